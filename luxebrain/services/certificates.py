"""The sync certificate: a store compared with our copy of it, row by row, and the copy put right where it had drifted.

Both sides are compared by ids and modification dates, a page at a time. Whatever does not agree is read again in full: what the store has
is kept, what it has no longer is deleted. Only then both sides are counted, so that a certificate never says more than was seen.

A store's clock counts whole seconds: a copy that was taken within moments of a change may lack another of the same second. It is read
again, once. What this cannot see is a change that moves no date.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import inf
from typing import Any

from sqlalchemy import bindparam, func, null, select, text, update
from sqlalchemy.dialects.postgresql import insert

from luxebrain.crypto import new_id
from luxebrain.database.session import session, table_of
from luxebrain.database.tenancy import current_store_id
from luxebrain.errors import NotConnected, OutgoingError, Unavailable
from luxebrain.integrations.platform import BadRow, Digest, Entity, IndexPage, Listed, Page, Platform, Record
from luxebrain.models.catalog import Product, Variant
from luxebrain.models.orders import Customer, Order
from luxebrain.models.work import Certificate, CertificateDay, CertificatePart, Drift, Healing, QuarantinedRow, RunState
from luxebrain.services import arrivals, digests, extensions, leases, records, runs, stores
from luxebrain.services.outside import open_platform_of

log = logging.getLogger(__name__)
KIND = "certificates.check"
MODELS: dict[Entity, type[Any]] = {Entity.PRODUCTS: Product, Entity.ORDERS: Order, Entity.CUSTOMERS: Customer}
UNDATED = (Entity.CUSTOMERS,)  # no list of those by date: always all of them
WINDOW = timedelta(days=30)
SAME_SECOND = timedelta(seconds=10)  # more than what two hosts' clocks differ by and a delivery's haste
MOST_IDS = 100
OF_ALL_PARTS = (func.max(Variant.modified_at), func.array_agg(Variant.id))
FEW = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    certificate_id: int
    entity: Entity
    cursor: str | None
    since: datetime | None
    platform: Platform = field(repr=False)
    asks_for_digest: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """Our side of a row. `parts_modified_at`: of the latest of its parts; `synced_at` None where the table does not say."""

    modified_at: datetime
    parts_modified_at: datetime | None
    part_ids: Sequence[int] | None
    synced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A page of both sides. `suspects`: ids that do not agree, or not for certain."""

    index: IndexPage
    ours: Mapping[int, Kept]
    suspects: Sequence[int]


def start_check(*, is_full: bool = False, now: datetime) -> Certificate:
    """Starts a comparison for the acting store, or returns the one that runs. Raises NotConnected."""
    if stores.get_store(current_store_id()).connected_at is None:
        raise NotConnected
    since = None if is_full else (now - WINDOW).replace(microsecond=0)
    statement = insert(Certificate).values(since=since, started_at=now)
    statement = statement.on_conflict_do_nothing(index_elements=["store_id"], index_where=text("state = 'running'"))
    id = session.scalar(statement.returning(Certificate.id))
    if id is None:
        return session.scalars(select(Certificate).order_by(Certificate.started_at.desc(), Certificate.id.desc()).limit(1)).one()
    session.add_all([CertificatePart(certificate_id=id, entity=str(entity), position=position) for position, entity in enumerate(MODELS)])
    session.flush()
    leases.ring(KIND)
    return session.get_one(Certificate, (current_store_id(), id))


def claim_page(fence: int, *, now: datetime) -> Task | None:
    leases.hold_lease(KIND, fence)
    certificate = session.scalar(select(Certificate).where(Certificate.state == RunState.RUNNING, Certificate.retry_at <= now))
    part = _open_part(certificate.id) if certificate else None
    if certificate is None or part is None:
        return None
    entity = Entity(part.entity)
    return Task(
        certificate_id=certificate.id,
        entity=entity,
        cursor=part.cursor,
        since=None if entity in UNDATED else certificate.since,
        platform=open_platform_of(stores.get_store(current_store_id())),
        asks_for_digest=extensions.find_sighting().is_there,
    )


def call_digest(task: Task) -> Digest | None:
    """The store's sums, in one call, where they spare it the walk. Outside any transaction."""
    if not task.asks_for_digest or task.cursor is not None:
        return None
    return task.platform.read_digest(None if task.since is None else task.since.date())


def find_index(task: Task, digest: Digest | None) -> IndexPage | None:
    """Where the store's sums are ours on every day, its rows are ours too; else None. They tell nothing of two changes in one second."""
    if digest is None or not digests.agrees(task.entity, digest, since=task.since):
        return None
    ours = _read_ours(task, IndexPage(rows={}, lowest_id=0, below_id=None, cursor=None, total=None))
    rows = {id: Listed(kept.modified_at, None if kept.part_ids is None else frozenset(kept.part_ids)) for id, kept in ours.items()}
    return IndexPage(rows=rows, lowest_id=0, below_id=None, cursor=None, total=len(rows))


def call_index(task: Task) -> IndexPage:
    """Raises OutgoingError, outside any transaction."""
    return task.platform.read_index(task.entity, task.cursor, since=task.since)


def compare(task: Task, index: IndexPage) -> Comparison:
    """Our side of the page, read after the store's. An empty list is not believed to mean that a whole store is gone: Unavailable."""
    ours = _read_ours(task, index)
    if index.below_id is None and not index.rows and len(ours) > FEW:
        raise Unavailable(f"The store shows none of its {task.entity}, and we know {len(ours)}. Nothing was deleted; look whether it does.")
    suspects = {id for id in index.rows.keys() | ours.keys() if not _agrees(index.rows.get(id), ours.get(id))}
    return Comparison(index, ours, sorted(suspects | _set_aside_among(task.entity, index)))


def call_suspects(task: Task, comparison: Comparison) -> Page:
    """What the store says of every suspect now. Raises OutgoingError, outside any transaction."""
    read: list[Record] = []
    bad_rows: list[BadRow] = []
    for start in range(0, len(comparison.suspects), MOST_IDS):
        page = task.platform.read_some(task.entity, comparison.suspects[start : start + MOST_IDS])
        read += page.records
        bad_rows += page.bad_rows
    return Page(records=tuple(read), bad_rows=tuple(bad_rows), cursor=None, total=None)


def record_failure(task: Task, error: OutgoingError, fence: int, *, now: datetime) -> None:
    leases.hold_lease(KIND, fence)
    runs.record_failure(session.get_one(Certificate, (current_store_id(), task.certificate_id)), error, now=now)


def record_crash(task: Task, error: Exception, fence: int, *, now: datetime) -> None:
    """A page that we fail on ourselves: tried again ever more slowly, and then the check ends and says so."""
    log.error("check failed", exc_info=error, extra={"entity": task.entity, "cursor": task.cursor})
    words = f"LuxeBrain could not compare a page of your {task.entity} ({type(error).__name__}). It is our mistake and was written down."
    record_failure(task, Unavailable(words), fence, now=now)


def record_page(task: Task, comparison: Comparison, read: Page, fence: int, *, now: datetime) -> bool:
    """Puts right what drifted and counts both sides. Returns whether there is more to read."""
    leases.hold_lease(KIND, fence)
    index = comparison.index
    truth = {record.id: record.modified_at for record in read.records if isinstance(record, arrivals.Dated)}
    drifts = _put_right(task, comparison, read, now=now)
    unsettled = _find_unsettled(read, now=now)
    bad_ids = {row.platform_id for row in read.bad_rows if row.platform_id is not None}
    suspects = set(comparison.suspects)
    records.release(task.entity, suspects - bad_ids)
    agreed = {id: comparison.ours[id].modified_at for id in index.rows if id not in suspects}
    _count(task, agreed | truth | {id: index.rows[id].modified_at for id in bad_ids & index.rows.keys()}, without=bad_ids | unsettled)
    part = session.get_one(CertificatePart, (current_store_id(), task.certificate_id, str(task.entity)))
    part.done += len(index.rows)
    part.total = index.total if index.total is not None else part.total
    part.healed += len(drifts)
    part.set_aside += len(bad_ids)
    part.unsettled += len(unsettled)
    part.cursor = index.cursor
    certificate = session.get_one(Certificate, (current_store_id(), task.certificate_id))
    certificate.attempts, certificate.error = 0, ""
    if index.cursor is None:
        part.finished_at, part.total = now, part.done
        session.flush()
        if _open_part(certificate.id) is None:
            certificate.state, certificate.finished_at = RunState.DONE, now
            return False
    return True


def _open_part(certificate_id: int) -> CertificatePart | None:
    open_parts = select(CertificatePart).where(CertificatePart.certificate_id == certificate_id, CertificatePart.finished_at.is_(None))
    return session.scalar(open_parts.order_by(CertificatePart.position).limit(1))


def _read_ours(task: Task, index: IndexPage) -> dict[int, Kept]:
    """All that the page speaks for, and what it names besides."""
    model = MODELS[task.entity]
    is_spoken_for = (model.id >= index.lowest_id) & model.deleted_at.is_(None)
    if index.below_id is not None:
        is_spoken_for &= model.id < index.below_id
    if task.since is not None:
        is_spoken_for &= (model.modified_at >= task.since) | model.id.in_(list(index.rows))
    kept_parts = (Variant.product_id == Product.id) & Variant.deleted_at.is_(None)
    parts = [select(of_all).where(kept_parts).correlate(Product).scalar_subquery() for of_all in OF_ALL_PARTS]
    synced_at = model.synced_at if hasattr(model, "synced_at") else null()
    columns = (model.id, model.modified_at, *(parts if model is Product else (null(), null())), synced_at)
    found = session.execute(select(*columns).where(is_spoken_for))
    return {id: Kept(*rest) for id, *rest in found}


def _set_aside_among(entity: Entity, index: IndexPage) -> set[int]:
    """What could not be read the last time: the page speaks for it too."""
    below = index.below_id if index.below_id is not None else inf
    kept = select(QuarantinedRow.platform_id).where(QuarantinedRow.entity == entity, QuarantinedRow.platform_id >= index.lowest_id)
    return {id for id in session.scalars(kept) if id is not None and id < below}


def _agrees(theirs: Listed | None, ours: Kept | None) -> bool:
    """For certain. A product is as new as the newest of its variants, whose dates the store's list does not show."""
    if theirs is None or ours is None:
        return False
    is_of_one_time = theirs.modified_at == ours.modified_at
    if theirs.part_ids is not None:
        is_of_one_time |= theirs.modified_at < ours.modified_at == ours.parts_modified_at
        is_of_one_time &= theirs.part_ids == set(ours.part_ids or ())
    return is_of_one_time and (ours.synced_at is None or ours.synced_at - ours.modified_at > SAME_SECOND)


def _put_right(task: Task, comparison: Comparison, read: Page, *, now: datetime) -> dict[int, Drift]:
    same = arrivals.find_same(_dated(read.records), now=now)
    changed = [record for record in read.records if record.id not in same]
    _let_go_back(task, changed, comparison.ours)
    records.apply_records(task.entity, changed, is_current=True, now=now)
    records.set_aside(read.bad_rows, now=now)
    alive = {record.id for record in read.records} | {row.platform_id for row in read.bad_rows}
    gone = [id for id in comparison.suspects if id in comparison.ours and id not in alive]
    records.record_deletions(task.entity, gone, now=now)
    drifts = {record.id: Drift.STALE if record.id in comparison.ours else Drift.MISSING for record in changed}
    drifts |= dict.fromkeys(gone, Drift.GONE)
    if drifts:
        known = {"certificate_id": task.certificate_id, "entity": str(task.entity), "healed_at": now}
        rows = [{"id": new_id(), "platform_id": id, "drift": drift, **known} for id, drift in sorted(drifts.items())]
        session.execute(insert(table_of(Healing)), rows)
    return drifts


def _let_go_back(task: Task, changed: Iterable[Record], ours: Mapping[int, Kept]) -> None:
    """Newer wins, but a date may rightly go back: a variation was deleted, a backup restored. Not where more was heard meanwhile."""
    table = table_of(MODELS[task.entity])
    back = [
        {"of_id": record.id, "ours": ours[record.id].modified_at, "theirs": record.modified_at}
        for record in _dated(changed)
        if record.id in ours and record.modified_at < ours[record.id].modified_at
    ]
    if back:
        is_unchanged = (table.c.id == bindparam("of_id")) & (table.c.modified_at == bindparam("ours"))
        session.execute(update(table).where(is_unchanged).values(modified_at=bindparam("theirs")), back)


def _find_unsettled(read: Page, *, now: datetime) -> set[int]:
    """What is not kept as it was read."""
    return {record.id for record in read.records} - arrivals.find_same(_dated(read.records), now=now)


def _dated(read: Iterable[Record]) -> list[arrivals.Dated]:
    return [record for record in read if isinstance(record, arrivals.Dated)]


def _count(task: Task, theirs: Mapping[int, datetime], *, without: set[int]) -> None:
    """`without`: ids that the store has, and our copy not or not so."""
    days: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for id, at in theirs.items():
        day, value = days[at.astimezone(UTC).date()], checksum(id, at)
        day[0] += 1
        day[1] += value
        if id not in without:
            day[2] += 1
            day[3] += value
    if not days:
        return
    known = {"certificate_id": task.certificate_id, "entity": str(task.entity)}
    names = ("store_rows", "store_checksum", "our_rows", "our_checksum")
    rows = [{"day": day, **dict(zip(names, sums, strict=True)), **known} for day, sums in sorted(days.items())]
    table = table_of(CertificateDay)
    statement = insert(table)
    more = {name: table.c[name] + statement.excluded[name] for name in names}
    session.execute(statement.on_conflict_do_update(index_elements=["store_id", "certificate_id", "entity", "day"], set_=more), rows)


def checksum(id: int, modified_at: datetime) -> int:
    """60 bits of a row; a day's are added up, so their order does not matter. The WordPress plugin computes the same."""
    text_of_row = f"{id}:{modified_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    return int(hashlib.md5(text_of_row.encode(), usedforsecurity=False).hexdigest()[:15], 16)
