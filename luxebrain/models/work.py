"""Work that must happen: deliveries waiting to be applied, syncs on their way, rows set aside, what runs when, and who works on what."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, Numeric, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.crypto import new_id
from luxebrain.database.session import Base
from luxebrain.database.tenancy import store_key


def own_id() -> Mapped[int]:
    return mapped_column(primary_key=True, autoincrement=False, insert_sentinel=True, sort_order=-9, default=new_id)


class Lease(Base):
    """Who works on one kind of work of one store. Whoever takes it raises the fence; a write under an old fence is refused.

    `failures`: how often in a row it ended in an error or its worker died. It is tried again ever more slowly (`retry_at`), then parked
    with its last `error` until somebody asks for it again.
    """

    __tablename__ = "lease"
    store_id: Mapped[int] = store_key()
    kind: Mapped[str] = mapped_column(primary_key=True)
    fence: Mapped[int] = mapped_column(server_default="1")
    leased_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    error: Mapped[str] = mapped_column(server_default="")
    retry_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]


class DeliveryState(StrEnum):
    WAITING = "waiting"
    APPLYING = "applying"  # in a worker's hands; found so by the next one, that worker died over it
    DONE = "done"
    DEAD = "dead"  # parked after too many attempts, with its reason; replayed by hand


OPEN_DELIVERIES = (DeliveryState.WAITING, DeliveryState.APPLYING)


class Delivery(Base):
    """The inbox: a webhook as it came. `fingerprint` makes a second arrival a no-op. Few rows are open or dead: both have an index.

    `attempts` counts the times it was taken up, `deaths` those of them that ended with the worker. `lag_s`: from the change in the store
    until it was here, where it brought something new.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("uq_delivery_fingerprint", "store_id", "fingerprint", unique=True),
        Index("ix_delivery_open", "store_id", "id", postgresql_where=text("state in ('waiting', 'applying')")),
        Index("ix_delivery_dead", "store_id", "id", postgresql_where=text("state = 'dead'")),
    )
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    fingerprint: Mapped[bytes]
    topic: Mapped[str]
    body: Mapped[bytes]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    state: Mapped[str] = mapped_column(server_default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    deaths: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    retry_at: Mapped[datetime] = mapped_column(server_default=func.now())
    outcome: Mapped[str] = mapped_column(server_default="")
    done_at: Mapped[datetime | None]
    lag_s: Mapped[float | None]


class Tombstone(Base):
    """Something that the platform deleted before we ever saw it."""

    __tablename__ = "tombstone"
    store_id: Mapped[int] = store_key()
    entity: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    deleted_at: Mapped[datetime]


class ScheduledTask(Base):
    """A row of the timetable: when it is due next, when it last ran, and what went wrong then. Of several clocks one takes it each time."""

    __tablename__ = "scheduled_task"
    name: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(server_default="")


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class SyncRun(Base):
    """One pass over a store's entities. It goes on where it was, whoever was killed."""

    __tablename__ = "sync_run"
    __table_args__ = (Index("uq_sync_run_running", "store_id", unique=True, postgresql_where=text("state = 'running'")),)
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    state: Mapped[str] = mapped_column(server_default=RunState.RUNNING)
    since: Mapped[datetime | None]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(server_default="")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    retry_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SyncStep(Base):
    """One entity of a run: `cursor` is where the next page starts."""

    __tablename__ = "sync_step"
    __table_args__ = (ForeignKeyConstraint(["store_id", "run_id"], ["sync_run.store_id", "sync_run.id"], ondelete="CASCADE"),)
    store_id: Mapped[int] = store_key()
    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    cursor: Mapped[str | None]
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int | None]
    bad_rows: Mapped[int] = mapped_column(server_default="0")
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Certificate(Base):
    """One comparison of a store with our copy of it. `since`: of what changed from then on; None: of everything."""

    __tablename__ = "certificate"
    __table_args__ = (Index("uq_certificate_running", "store_id", unique=True, postgresql_where=text("state = 'running'")),)
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    state: Mapped[str] = mapped_column(server_default=RunState.RUNNING)
    since: Mapped[datetime | None]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(server_default="")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    retry_at: Mapped[datetime] = mapped_column(server_default=func.now())


def _certificate_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["store_id", "certificate_id"], ["certificate.store_id", "certificate.id"], ondelete="CASCADE")


class CertificatePart(Base):
    """One entity of a certificate. `unsettled`: rows that still differ after they were read again."""

    __tablename__ = "certificate_part"
    __table_args__ = (_certificate_key(),)
    store_id: Mapped[int] = store_key()
    certificate_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    cursor: Mapped[str | None]
    total: Mapped[int | None]
    done: Mapped[int] = mapped_column(server_default="0")
    healed: Mapped[int] = mapped_column(server_default="0")
    set_aside: Mapped[int] = mapped_column(server_default="0")
    unsettled: Mapped[int] = mapped_column(server_default="0")
    finished_at: Mapped[datetime | None]


class CertificateDay(Base):
    """Both sides of what last changed on a day (UTC), after the healing: rows, and a sum over them that no order of rows changes."""

    __tablename__ = "certificate_day"
    __table_args__ = (_certificate_key(),)
    store_id: Mapped[int] = store_key()
    certificate_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    store_rows: Mapped[int]
    store_checksum: Mapped[Decimal] = mapped_column(Numeric(40, 0))
    our_rows: Mapped[int]
    our_checksum: Mapped[Decimal] = mapped_column(Numeric(40, 0))


class Drift(StrEnum):
    MISSING = "missing"  # the store had it, we did not
    STALE = "stale"  # the store had another state of it
    GONE = "gone"  # the store had it no longer


class Healing(Base):
    """A row that had drifted from the store's and was put right."""

    __tablename__ = "healing"
    __table_args__ = (_certificate_key(),)
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    certificate_id: Mapped[int]
    entity: Mapped[str]
    platform_id: Mapped[int]
    drift: Mapped[str]
    healed_at: Mapped[datetime]


class Departure(Base):
    """A store being left, and the receipt of it. `receipt`: a list of {what, removed, left, more}, made at the end (services.receipts)."""

    __tablename__ = "departure"
    __table_args__ = (Index("uq_departure_running", "store_id", unique=True, postgresql_where=text("state = 'running'")),)
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    state: Mapped[str] = mapped_column(server_default=RunState.RUNNING)
    restores_prices: Mapped[bool]
    asked_by: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(server_default="")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    retry_at: Mapped[datetime] = mapped_column(server_default=func.now())
    receipt: Mapped[Any] = mapped_column(JSONB, server_default=text("'[]'"))


class QuarantinedRow(Base):
    """A row that could not become a record: kept with its reason until it reads well."""

    __tablename__ = "quarantined_row"
    __table_args__ = (Index("uq_quarantined_row_platform", "store_id", "entity", "platform_id", unique=True),)
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    entity: Mapped[str]
    platform_id: Mapped[int | None]
    reason: Mapped[str]
    payload: Mapped[Any] = mapped_column(JSONB)
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
