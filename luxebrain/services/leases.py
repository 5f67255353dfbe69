"""Who works on what: one lease per store and kind of work, with a fence that rises whenever it changes hands.

A worker claims, holds on in each of its transactions (which locks the row: whoever took over meanwhile makes it fail), releases at the end.
Work that ends in an error, or with its worker, is tried again ever more slowly and then parked: one store's trouble must not keep every
worker busy.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Interval, ScalarSelect, and_, bindparam, case, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from luxebrain import config
from luxebrain.database.session import session, table_of
from luxebrain.errors import LeaseLost
from luxebrain.models.work import Lease
from luxebrain.queue import enqueue
from luxebrain.scrub import scrub
from luxebrain.services import audit
from luxebrain.services.audit import Deed

MOST_FAILURES = 10
LONGEST_WAIT_S = 300
DIED = "Its worker was killed, or died over it."


def ring(kind: str) -> None:
    """Asks for this kind of work to be done for the acting store, after the commit. Parked work waits for `resume`."""
    lease = session.execute(select(Lease.fence, Lease.parked_at).where(Lease.kind == kind)).first()
    if lease is None or lease.parked_at is None:
        enqueue(kind, key=lease.fence if lease else 1)


def claim_lease(kind: str) -> int | None:
    """The new fence; None where somebody else is at it, or where it failed lately or too often."""
    until = _from_now()
    has_died = Lease.leased_until.is_not(None)  # it would have been released
    statement = insert(Lease).values(kind=kind, fence=2, leased_until=until)
    statement = statement.on_conflict_do_update(
        index_elements=["store_id", "kind"],
        set_={
            "fence": Lease.fence + 1,
            "leased_until": until,
            "failures": case((has_died, Lease.failures + 1), else_=Lease.failures),
            "error": case((has_died, DIED), else_=Lease.error),
        },
        where=is_free(),
    )
    claimed = session.execute(statement.returning(Lease.fence, Lease.failures)).first()
    if claimed is not None and claimed.failures >= MOST_FAILURES:
        _update(kind, claimed.fence, leased_until=None, parked_at=func.now())
        return None
    return claimed.fence if claimed else None


def deaths_before(kind: str) -> ScalarSelect[int]:
    """1 where whoever held this lease before us died over it, else 0; for a statement in the holder's transaction."""
    return select(case((Lease.error == DIED, 1), else_=0)).where(Lease.kind == kind).scalar_subquery()


def is_free() -> ColumnElement[bool]:
    """Nobody is at it and it may be tried now. (The sweep in services.admin asks the same of every store.)"""
    return and_(
        or_(Lease.leased_until.is_(None), Lease.leased_until < func.now()),
        Lease.parked_at.is_(None),
        or_(Lease.retry_at.is_(None), Lease.retry_at <= func.now()),
    )


def is_held(kind: str) -> bool:
    """Somebody is at it this moment."""
    return session.scalar(select(Lease.fence).where(Lease.kind == kind, Lease.leased_until >= func.now())) is not None


_LEASE = table_of(Lease)
_HOLD = (
    update(_LEASE)
    .where(_LEASE.c.kind == bindparam("held_kind"), _LEASE.c.fence == bindparam("held_fence"))
    .values(leased_until=func.now() + bindparam("length", type_=Interval))
    .returning(_LEASE.c.fence)
)


def hold_lease(kind: str, fence: int) -> None:
    """Raises LeaseLost where somebody has taken over; else nobody can before this transaction ends."""
    held = {"held_kind": kind, "held_fence": fence, "length": timedelta(seconds=config.current().lease_s)}
    if session.scalar(_HOLD, held) is None:
        raise LeaseLost(f"another worker has taken over {kind}")


def release_lease(kind: str, fence: int) -> None:
    """After work that went well."""
    _update(kind, fence, leased_until=None, failures=0, error="", retry_at=None)


def fail_lease(kind: str, fence: int, error: Exception, *, now: datetime) -> None:
    """After work that ended in an error: again after 2, 4, 8, ... seconds, and not by itself after the tenth time.

    A PostgreSQL that is away, full or whose line broke is not the work's fault, and counts for nothing.
    """
    failures = Lease.failures + int(not isinstance(error, OperationalError))
    wait = func.least(func.power(2, failures), LONGEST_WAIT_S) * text("interval '1 second'")
    is_over = failures >= MOST_FAILURES
    parked_at = case((is_over, now), else_=None)
    words = scrub(f"{type(error).__name__}: {error}")[:500]
    _update(kind, fence, leased_until=None, failures=failures, error=words, retry_at=now + wait, parked_at=parked_at)


def resume(kind: str, *, by: int | None) -> bool:
    """Takes parked work of the acting store up again. False where it is not parked. `by`: a user's id."""
    fresh = {"parked_at": None, "failures": 0, "retry_at": None}
    parked = update(Lease).where(Lease.kind == kind, Lease.parked_at.is_not(None))
    if session.scalar(parked.values(fresh).returning(Lease.fence)) is None:
        return False
    audit.record(Deed("work.resumed", kind), user_id=by)
    ring(kind)
    return True


def forget_failures() -> None:
    """Of the acting store, which was connected anew: what failed before is tried again."""
    session.execute(update(Lease).values(parked_at=None, failures=0, retry_at=None))


def ring_for(kind: str, *, by: int | None) -> None:
    """Somebody asks for this work: it is taken up again even where it was parked. `by`: a user's id."""
    if not resume(kind, by=by):
        ring(kind)


def _update(kind: str, fence: int, **values: object) -> None:
    session.execute(update(Lease).where(Lease.kind == kind, Lease.fence == fence).values(values))


def _from_now() -> object:
    return func.now() + timedelta(seconds=config.current().lease_s)
