"""Deliveries that were parked: applied again when somebody asks for it; and what is left of those that were applied, once it is old.

A body holds a shopper's name and address: it is kept as long as it may explain something, then emptied. The row stays, so that the
delivery is still known when it comes once more.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, update

from luxebrain.database.session import session
from luxebrain.models.work import Delivery, DeliveryState
from luxebrain.services import audit, leases
from luxebrain.services.audit import Deed
from luxebrain.services.inbox import KIND


def replay(delivery_id: int | None, *, by: int | None) -> int:
    """One parked delivery, or all of the acting store (None), as if they had just come. Returns how many. `by`: a user's id."""
    parked = update(Delivery).where(Delivery.state == DeliveryState.DEAD)
    if delivery_id is not None:
        parked = parked.where(Delivery.id == delivery_id)
    waiting = {"state": DeliveryState.WAITING, "attempts": 0, "deaths": 0, "retry_at": func.now(), "outcome": "", "done_at": None}
    ids = sorted(session.scalars(parked.values(waiting).returning(Delivery.id)))
    if ids:
        subject = f"delivery {ids[0]}" if len(ids) == 1 else f"{len(ids)} deliveries"
        audit.record(Deed("deliveries.replayed", subject, {"ids": ids[:100]}), user_id=by)
        leases.ring(KIND)
    return len(ids)


def empty_bodies(*, before: datetime) -> int:
    """Of the acting store's deliveries that were applied before then. Returns how many."""
    old = update(Delivery).where(Delivery.state == DeliveryState.DONE, Delivery.done_at < before, Delivery.body != b"")
    return len(session.scalars(old.values(body=b"").returning(Delivery.id)).all())
