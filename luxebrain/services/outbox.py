"""The ledger of outside effects. Only this module moves the states of an effect; the rooms say what a call came to.

Why nothing happens twice. An effect leaves with the worker that moved it to attempted, and that is committed before the call. From there it
goes back to pending only with the word that it certainly did not happen. What a dead worker had in hand becomes unknown: its lease runs
out, its successor's first step finds it. An unknown one is never simply done again. A kind that can look (prices, subscriptions) takes it
in hand once more to look first; for the others (messages) it waits for somebody who knows.

Whoever calls holds the lease of its kind in the same transaction and passes the fence. Should the lease fail to keep two apart, two claims
still hand out an effect once, and a record that names an effect of another fence changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CursorResult,
    DateTime,
    Select,
    SmallInteger,
    Text,
    Update,
    and_,
    any_,
    case,
    column,
    func,
    literal,
    select,
    text,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import insert

from luxebrain.crypto import new_id
from luxebrain.database.session import session
from luxebrain.models.outbox import Effect, EffectState

# Literals: a prepared statement's parameter does not match the predicate of the partial index.
OPEN = text("effect.state in ('pending', 'attempted', 'unknown')")
WAITING = text("effect.state in ('pending', 'unknown')")
FINAL = (EffectState.ACCEPTED, EffectState.REFUSED)


@dataclass(frozen=True, slots=True)
class Claim:
    """An effect in our hands; `attempts` counts this one. `was_unknown`: look before anything is done."""

    id: int
    attempts: int
    was_unknown: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to: ACCEPTED, REFUSED, UNKNOWN, or PENDING where this call certainly did nothing and it is to be tried again.

    `retry_at`: when to try, or of an unknown one, to look, again; None: never by itself. `is_try` False: it costs no attempt.
    """

    state: EffectState
    outcome: str = ""
    retry_at: datetime | None = None
    is_try: bool = True


def ask(kind: str, keys: Sequence[str], *, now: datetime) -> dict[str, int]:
    """The effects' ids by key: new ones pending and due, and those that were asked for before as they are."""
    wanted = literal(list(keys), ARRAY(Text))  # two parameters, however many there are
    ids = literal([new_id() for _ in keys], ARRAY(BigInteger))
    ask_for_each(kind, select(func.unnest(ids).label("id"), func.unnest(wanted).label("key")), now=now)
    asked = select(Effect.key, Effect.id).where(Effect.kind == kind, Effect.key == any_(wanted))
    return dict(session.execute(asked).all())


def ask_for_each(kind: str, rows: Select[Any], *, now: datetime) -> int:
    """As many as `rows`, a query for (id, key), gives, in one statement; returns how many are new."""
    wanted = rows.subquery()
    at = literal(now)
    new = select(*wanted.c, literal(kind), at, at, at)
    # Without defaults: their parameters would clash with those of an insert within `rows`. The server knows the store.
    named = ["id", "key", "kind", "retry_at", "created_at", "changed_at"]
    statement = insert(Effect).from_select(named, new, include_defaults=False)
    statement = statement.on_conflict_do_nothing(index_elements=["store_id", "kind", "key"])
    return _count(statement.execution_options(preserve_rowcount=True))


def is_due(kind: str, *, now: datetime) -> ColumnElement[bool]:
    """What a worker may take in hand."""
    return and_(Effect.kind == kind, WAITING, Effect.retry_at <= now)


def claim(kind: str, ids: Collection[int], fence: int, *, now: datetime) -> dict[int, Claim]:
    """Takes those in hand that are due; commit before anything is called. What is in other hands is not among them."""
    if not ids:
        return {}
    taken = {"state": EffectState.ATTEMPTED, "fence": fence, "attempts": Effect.attempts + 1, "attempted_at": now, "changed_at": now}
    statement = _update(taken).where(Effect.id.in_(ids), is_due(kind, now=now))
    rows = session.execute(statement.returning(Effect.id, Effect.attempts, Effect.unknown_at.is_not(None)))
    return {id: Claim(id, attempts, was_unknown) for id, attempts, was_unknown in rows}


def record(answers: Mapping[int, Answer], fence: int, *, now: datetime) -> set[int]:
    """By effect; all in one statement, and only where it is still in our hands. Returns those that were.

    One that was unknown is resolved by a final answer, and by none other becomes known again.
    """
    if not answers:
        return set()
    new = _as_table(answers)
    was_unknown, is_final = Effect.unknown_at.is_not(None), new.c.state.in_(FINAL)
    resolved, doubtful = was_unknown & is_final, was_unknown & (new.c.state == EffectState.PENDING)
    changes = {
        "state": case((resolved, EffectState.RESOLVED), (doubtful, EffectState.UNKNOWN), else_=new.c.state),
        "is_there": case((resolved, new.c.state == EffectState.ACCEPTED)),
        "unknown_at": case((new.c.state == EffectState.UNKNOWN, func.coalesce(Effect.unknown_at, now)), else_=Effect.unknown_at),
        "attempts": Effect.attempts - new.c.no_try,
        "outcome": new.c.outcome,
        "retry_at": new.c.retry_at.cast(DateTime(timezone=True)),  # where all are NULL, their column is text
        "changed_at": now,
    }
    mine = and_(Effect.id == new.c.id, Effect.state == EffectState.ATTEMPTED, Effect.fence == fence)
    return set(session.scalars(_update(changes).where(mine).returning(Effect.id)))


def give_up_on_interrupted(kind: str, reason: str, *, look_at: datetime | None, now: datetime) -> None:
    """Call it before anything is in our own hands: whatever is attempted was then in those of a worker that is gone."""
    session.execute(_update(_unknown(reason, look_at, now=now)).where(Effect.kind == kind, OPEN, Effect.state == EffectState.ATTEMPTED))


def put_off(kind: str, *, until: datetime) -> None:
    """All that waits: nobody is there to take it."""
    session.execute(_update({"retry_at": until}).where(Effect.kind == kind, WAITING, Effect.retry_at < until))


def withdraw(ids: Collection[int], reason: str, *, now: datetime) -> int:
    """Stops what has not left; returns how many. What may have left stays as it is."""
    if not ids:
        return 0
    stopped = _update(_withdrawn(reason, now=now)).where(Effect.id.in_(ids), Effect.state == EffectState.PENDING)
    return _count(stopped)


def stop_all(*, stopped: str, may_have_left: str, but: str = "", now: datetime) -> None:
    """Of the acting store: what has not left never will; what may have left is listed as unknown, and nobody looks into it any more.

    `but`: a kind that goes on.
    """
    session.execute(_update(_withdrawn(stopped, now=now)).where(Effect.state == EffectState.PENDING, Effect.kind != but))
    in_doubt = and_(OPEN, Effect.kind != but, (Effect.state == EffectState.ATTEMPTED) | Effect.retry_at.is_not(None))
    session.execute(_update(_unknown(may_have_left, None, now=now)).where(in_doubt))


def resolve(ids: Collection[int], *, is_there: bool, reason: str, now: datetime) -> int:
    """Somebody knows by now: a person who asked, a provider that reported. Returns how many were unknown; the others stay as they are."""
    known = {"state": EffectState.RESOLVED, "is_there": is_there, "outcome": reason, "retry_at": None, "changed_at": now}
    return _count(_update(known).where(Effect.id.in_(ids), Effect.state == EffectState.UNKNOWN))


@dataclass(frozen=True, slots=True)
class EffectCount:
    """`oldest`: when the first of them was asked for."""

    kind: str
    state: str
    count: int
    oldest: datetime


def count_open() -> list[EffectCount]:
    """What is not settled, by kind and state; of the acting store, or of all (services.console)."""
    counted = select(Effect.kind, Effect.state, func.count(), func.min(Effect.created_at)).where(OPEN).group_by(Effect.kind, Effect.state)
    return [EffectCount(*row) for row in session.execute(counted.order_by(Effect.kind, Effect.state))]


def _update(changes: dict[str, Any]) -> Update:
    return update(Effect).values(changes).execution_options(synchronize_session=False)


def _unknown(reason: str, look_at: datetime | None, *, now: datetime) -> dict[str, Any]:
    since = func.coalesce(Effect.unknown_at, now)
    return {"state": EffectState.UNKNOWN, "unknown_at": since, "outcome": reason, "retry_at": look_at, "changed_at": now}


def _withdrawn(reason: str, *, now: datetime) -> dict[str, Any]:
    return {"state": EffectState.WITHDRAWN, "outcome": reason, "retry_at": None, "changed_at": now}


def _as_table(answers: Mapping[int, Answer]) -> Any:
    names = ("id", BigInteger), ("state", Text), ("outcome", Text), ("retry_at", DateTime(timezone=True)), ("no_try", SmallInteger)
    rows = [(id, answer.state, answer.outcome, answer.retry_at, int(not answer.is_try)) for id, answer in answers.items()]
    return values(*(column(name, kind) for name, kind in names), name="new").data(rows)


def _count(statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
