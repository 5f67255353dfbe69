"""The inbox: a delivery is stored once before it is answered, and applied once afterwards, however often and late it comes.

record_delivery is all that the door does. The job claims up to 100 rows, reads again what a delivery only hints at, and applies each in a
transaction that also marks it done. What it finds claimed already was in the hands of a worker that died: those are then claimed one by
one, so that the one that kills is known, and parked.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, func, literal, select, text, update
from sqlalchemy.exc import OperationalError

from luxebrain.clock import is_ahead
from luxebrain.crypto import new_id
from luxebrain.database.alone import execute_alone
from luxebrain.database.session import session, table_of
from luxebrain.database.tenancy import current_store_id
from luxebrain.errors import OutgoingError, Unauthorized
from luxebrain.integrations.platform import Change, Changed, CollectionRecord, Deleted, Entity, Irrelevant, Platform, Record, Stale
from luxebrain.models.work import Delivery, DeliveryState
from luxebrain.scrub import scrub
from luxebrain.services import arrivals, leases, records, stores
from luxebrain.services.arrivals import Arrival
from luxebrain.services.outside import open_platform_of
from luxebrain.services.stores import Endpoint

log = logging.getLogger(__name__)
KIND = "inbox.apply"
BATCH = 100
MOST_ATTEMPTS = 10
MOST_DEATHS = 3
SUPERSEDED = "another delivery of the same moment says more"
KILLED = f"{MOST_DEATHS} workers died while they applied it."


@dataclass(frozen=True, slots=True)
class Task:
    id: int
    topic: str
    body: bytes = field(repr=False)
    attempts: int


@dataclass(frozen=True, slots=True)
class Failure:
    reason: str
    is_final: bool
    is_unauthorized: bool = False


@dataclass(frozen=True, slots=True)
class Current:
    """What the platform has now."""

    record: Record


Outcome = Change | Current | Failure


_RECORD = """
insert into delivery (store_id, id, topic, body, fingerprint)
select scope.store_id, %(id)s, %(topic)s, %(body)s, %(fingerprint)s
from (
    select set_config('app.store_id', store_id::text, true)::bigint as store_id
    from webhook_endpoint where token = %(token)s and sealed_secret = %(sealed_secret)s
) scope
on conflict (store_id, fingerprint) do nothing returning id"""


def record_delivery(endpoint: Endpoint, topic: str, body: bytes, fingerprint: bytes) -> bool:
    """Stores a delivery that was verified with this endpoint's secret; committed, in one round trip.

    False where it is there already, or where the endpoint is no longer what it was: look that up again to tell.
    """
    parts = {"id": new_id(), "topic": topic, "body": body, "fingerprint": fingerprint}
    return bool(execute_alone(_RECORD, parts | {"token": endpoint.token, "sealed_secret": endpoint.sealed_secret}))


def claim_deliveries(fence: int, *, now: datetime) -> tuple[list[Task], Platform | None]:
    """Up to 100 deliveries that are due, oldest first, counted as tried; one alone where a worker has died over it."""
    leases.hold_lease(KIND, fence)
    _bury_the_dead(now=now)
    is_due = (Delivery.state == DeliveryState.WAITING) & (Delivery.retry_at <= now)
    due = session.execute(select(Delivery.id, Delivery.deaths).where(is_due).order_by(Delivery.id).limit(BATCH)).all()
    ids = [due[0].id] if due and due[0].deaths else [row.id for row in due if not row.deaths]
    claimed = update(Delivery).where(Delivery.id.in_(ids)).values(state=DeliveryState.APPLYING, attempts=Delivery.attempts + 1)
    found = session.execute(claimed.returning(Delivery.id, Delivery.topic, Delivery.body, Delivery.attempts))
    tasks = sorted((Task(*row) for row in found), key=lambda task: task.id)
    return tasks, open_platform_of(stores.get_store(current_store_id())) if tasks else None


def _bury_the_dead(*, now: datetime) -> None:
    """Nothing is in our own hands yet, so whatever is being applied was in the hands of a worker that died, or lost its line to us."""
    deaths_now = leases.deaths_before(KIND)
    deaths = Delivery.deaths + deaths_now
    is_over = deaths >= MOST_DEATHS
    changes = {
        "deaths": deaths,
        "state": case((is_over, DeliveryState.DEAD), else_=DeliveryState.WAITING),
        "outcome": case((is_over, KILLED), (deaths_now > 0, leases.DIED), else_=""),
        "retry_at": literal(now) + func.power(2, deaths) * text("interval '1 second'"),
        "done_at": case((is_over, literal(now)), else_=None),
    }
    session.execute(update(Delivery).where(Delivery.state == DeliveryState.APPLYING).values(changes))


def call_platform(tasks: Sequence[Task], platform: Platform) -> list[tuple[Task, Outcome]]:
    """What each delivery means. Something that several hint at is read once: all of them came before."""
    read: dict[tuple[Entity, int], Outcome] = {}
    outcomes: list[tuple[Task, Outcome]] = []
    for task in tasks:
        outcome = _parse(task, platform)
        if isinstance(outcome, Stale):
            key = (outcome.entity, outcome.id)
            if key not in read:
                read[key] = read_again(outcome, platform)
            outcome = read[key]
        outcomes.append((task, outcome))
    return outcomes


def find_superseded(outcomes: Sequence[tuple[Task, Outcome]], *, now: datetime) -> dict[int, int]:
    """Deliveries that say nothing that another of the same batch does not say better, each with the one that does: an order that is made
    is delivered as created and as updated, a stock that is counted down once for every sale."""
    words: dict[tuple[Entity, int], tuple[int, Changed | Current]] = {}
    superseded: dict[int, tuple[Entity, int]] = {}
    for task, outcome in outcomes:
        if not isinstance(outcome, Changed | Current) or (key := _about(outcome, now)) is None:
            continue
        before_id, before = words.setdefault(key, (task.id, outcome))
        if before_id == task.id:
            continue
        if _says_more(outcome, before):
            superseded[before_id] = key
            words[key] = (task.id, outcome)
        elif _says_more(before, outcome):
            superseded[task.id] = key
    return {id: words[key][0] for id, key in superseded.items()}


def _about(outcome: Changed | Current, now: datetime) -> tuple[Entity, int] | None:
    """None where its time says nothing about what came before what."""
    record = outcome.record
    if isinstance(record, CollectionRecord) or is_ahead(record.modified_at, now):
        return None
    return records.entity_of(record), record.id


def _says_more(one: Changed | Current, other: Changed | Current) -> bool:
    """What was just read says all that was delivered before, but for a store that answers from a cache. Of two different states of one
    second neither does."""
    if isinstance(other, Current) and not isinstance(one, Current):
        return _time_of(one) > _time_of(other)
    is_newer = _time_of(one) > _time_of(other) or (isinstance(one, Current) and _time_of(one) == _time_of(other))
    return is_newer or one.record == other.record


def _time_of(outcome: Changed | Current) -> datetime:
    assert not isinstance(outcome.record, CollectionRecord)
    return outcome.record.modified_at


def _parse(task: Task, platform: Platform) -> Outcome:
    try:
        return platform.parse_delivery(task.topic, json.loads(task.body))
    except (ValueError, RecursionError) as error:
        return Failure(f"It cannot be read: {error}", is_final=True)


def read_again(hint: Stale, platform: Platform) -> Current | Deleted | Failure:
    try:
        record = platform.read_one(hint.entity, hint.id)
    except OutgoingError as error:
        return Failure(str(error), is_final=False, is_unauthorized=isinstance(error, Unauthorized))
    except ValueError as error:
        return Failure(str(error), is_final=True)
    return Current(record) if record else Deleted(hint.entity, hint.id)


_DELIVERY = table_of(Delivery)
_MARK = (
    update(_DELIVERY)
    .where(_DELIVERY.c.id == bindparam("marked_id"), _DELIVERY.c.state == DeliveryState.APPLYING)
    .values({name: bindparam(name) for name in ("state", "outcome", "retry_at", "done_at", "lag_s")})
)


def record_outcome(task: Task, outcome: Outcome, fence: int, *, now: datetime) -> Stale | None:
    """Applies one delivery and marks it done, together. Returns a hint, with nothing done, where only the platform knows which of two
    states of one second, or of a clock that is wrong, is the newer: read it again and record that."""
    leases.hold_lease(KIND, fence)
    state, words, retry_at, lag_s = DeliveryState.DONE, "", now, None
    match outcome:
        case Changed(record):
            entity = records.entity_of(record)
            arrival = arrivals.compare(entity, record, now=now)
            if arrival is Arrival.TIED:
                return Stale(entity, record.id)
            if arrival is Arrival.NEWER:
                records.apply_records(entity, [record], is_current=False, now=now)
                lag_s = _lag_s(record, now)
        case Current(record):
            records.apply_records(records.entity_of(record), [record], is_current=True, now=now)
            lag_s = _lag_s(record, now)
        case Deleted(entity, id):
            records.record_deletions(entity, [id], now=now)
        case Irrelevant(reason):
            words = reason
        case Stale():
            raise AssertionError("a hint is read again before it is recorded")
        case Failure(reason, is_final, is_unauthorized):
            is_dead = is_final or task.attempts >= MOST_ATTEMPTS
            state, words = (DeliveryState.DEAD if is_dead else DeliveryState.WAITING), scrub(reason)
            retry_at = now + timedelta(seconds=min(2**task.attempts, 600))
            if is_unauthorized:
                stores.pause(current_store_id(), reason)
    done_at = None if state is DeliveryState.WAITING else now
    marked = {"marked_id": task.id, "state": state, "outcome": words, "retry_at": retry_at, "done_at": done_at, "lag_s": lag_s}
    session.execute(_MARK, marked)
    return None


def _lag_s(record: Record, now: datetime) -> float | None:
    """None where the platform does not say when it changed. Two hosts' clocks differ: never below 0."""
    return None if isinstance(record, CollectionRecord) else max(0.0, (now - record.modified_at).total_seconds())


def record_superseded(ids: Collection[int], fence: int, *, now: datetime) -> None:
    """Done, all at once: what supersedes them was recorded before."""
    leases.hold_lease(KIND, fence)
    done = {"state": DeliveryState.DONE, "outcome": SUPERSEDED, "done_at": now}
    session.execute(update(_DELIVERY).where(_DELIVERY.c.id.in_(ids), _DELIVERY.c.state == DeliveryState.APPLYING).values(done))


def record_crash(task: Task, error: Exception, fence: int, *, now: datetime) -> None:
    """A delivery that we fail on: the rest goes on, this one is tried again and then parked with its reason.

    A database that is away, full or whose line broke is not its fault, and the answer to a commit may have been lost with the line: that
    flies, and the sweep comes by.
    """
    if isinstance(error, OperationalError):
        raise error
    log.exception("delivery failed", extra={"delivery_id": task.id, "topic": task.topic})
    record_outcome(task, Failure(scrub(f"Our own error: {type(error).__name__}: {error}")[:500], is_final=False), fence, now=now)
