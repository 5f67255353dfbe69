"""A store that needs an operator."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.stores import Store
from luxebrain.models.work import Delivery, DeliveryState, Lease
from tests.database.rows import make_store


def make_trouble(name: str) -> int:
    """A store with a parked inbox, work that rests, two parked deliveries and one that waits."""
    store_id = make_store(name)
    with transaction():
        session.execute(update(Store).where(Store.id == store_id).values(connected_at=utcnow()))
    add_trouble(store_id, name)
    return store_id


def add_trouble(store_id: int, name: str) -> None:
    hour_ago = utcnow() - timedelta(hours=1)
    with transaction(store_id):
        session.add(Lease(kind="inbox.apply", failures=10, error=f"ZeroDivisionError: by {name}", parked_at=hour_ago))
        session.add(Lease(kind="prices.push", failures=2, error=f"Unavailable: {name} is away", retry_at=utcnow() + timedelta(minutes=1)))
        for number, state in enumerate((DeliveryState.DEAD, DeliveryState.DEAD, DeliveryState.WAITING)):
            parts = {"topic": "order.updated", "body": b"{}", "fingerprint": bytes([number]), "received_at": hour_ago}
            session.add(Delivery(state=state, outcome=f"{name} cannot be read", **parts))
