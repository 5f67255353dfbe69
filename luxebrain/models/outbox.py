"""The ledger of outside effects: what we ask of a store or a mail server, once, and how far each of them is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.database.session import Base
from luxebrain.database.tenancy import store_key
from luxebrain.models.work import own_id


class EffectState(StrEnum):
    PENDING = "pending"  # asked for; certainly not there; a worker takes it from retry_at on
    ATTEMPTED = "attempted"  # in the hands of the worker with this fence; found so after its death it becomes unknown
    ACCEPTED = "accepted"  # the other side has it and said so
    REFUSED = "refused"  # over, and certainly not there; `outcome` says why
    UNKNOWN = "unknown"  # nobody can say whether it is there; looked into from retry_at on, where there is one
    RESOLVED = "resolved"  # was unknown until somebody looked; `is_there` says what was found
    WITHDRAWN = "withdrawn"  # stopped before it left


class Effect(Base):
    """`kind` names who does it, `key` is what makes it one: asking twice for one key of one kind is one effect.

    What asked for it refers to it: a message has its effect's number, a proposal names it, a sync run is in the key. Nothing refers back,
    so the ledger outlives a campaign that is deleted. services.outbox alone moves the states.
    """

    __tablename__ = "effect"
    __table_args__ = (
        CheckConstraint("(state = 'resolved') = (is_there is not null)", name="resolved_one_way"),
        Index("uq_effect_key", "store_id", "kind", "key", unique=True),
        Index("ix_effect_open", "store_id", "kind", "id", postgresql_where=text("state in ('pending', 'attempted', 'unknown')")),
    )
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    kind: Mapped[str]
    key: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=EffectState.PENDING)
    fence: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    retry_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    outcome: Mapped[str] = mapped_column(server_default="")
    is_there: Mapped[bool | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempted_at: Mapped[datetime | None]
    unknown_at: Mapped[datetime | None]  # since when it was unknown, the first time; stays
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())  # of a final state: when it was settled
