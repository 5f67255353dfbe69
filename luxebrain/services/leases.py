"""Who works on what: one lease per store and kind of work, with a fence that rises whenever it changes hands.

A worker claims, holds on in each of its transactions (which locks the row: whoever took over meanwhile makes it fail), releases at the end.
"""

from __future__ import annotations

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from luxebrain import config
from luxebrain.database.session import session
from luxebrain.errors import LeaseLost
from luxebrain.models.work import Lease
from luxebrain.queue import enqueue


def ring(kind: str) -> None:
    """Asks for this kind of work to be done for the acting store, after the commit."""
    enqueue(kind, key=session.scalar(select(Lease.fence).where(Lease.kind == kind)) or 1)


def claim_lease(kind: str) -> int | None:
    """The new fence, or None where somebody else is at it."""
    until = _from_now()
    statement = insert(Lease).values(kind=kind, fence=2, leased_until=until)
    statement = statement.on_conflict_do_update(
        index_elements=["store_id", "kind"],
        set_={"fence": Lease.fence + 1, "leased_until": until},
        where=Lease.leased_until.is_(None) | (Lease.leased_until < func.now()),
    )
    return session.scalar(statement.returning(Lease.fence))


def hold_lease(kind: str, fence: int) -> None:
    """Raises LeaseLost where somebody has taken over; else nobody can before this transaction ends."""
    statement = update(Lease).where(Lease.kind == kind, Lease.fence == fence).values(leased_until=_from_now())
    if session.scalar(statement.returning(Lease.fence)) is None:
        raise LeaseLost(f"another worker has taken over {kind}")


def release_lease(kind: str, fence: int) -> None:
    session.execute(update(Lease).where(Lease.kind == kind, Lease.fence == fence).values(leased_until=None))


def _from_now() -> object:
    return func.now() + text(f"interval '{config.current().lease_s} seconds'")
