"""Deliveries that were parked: applied again when somebody asks for it; and what is left of those that were applied, once it is old.

A body holds a shopper's name and address: it is kept as long as it may explain something, then emptied. The row stays, so that the
delivery is still known when it comes once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update

from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.errors import NotConnected
from luxebrain.models.work import Delivery, DeliveryState
from luxebrain.services import audit, leases, stores
from luxebrain.services.audit import Deed
from luxebrain.services.inbox import KIND

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which of the parked: one by its id; or those of a topic, received from `since` until before `until`. Nothing given: all."""

    delivery_id: int | None = None
    topic: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found = [Delivery.state == DeliveryState.DEAD]
        if self.delivery_id is not None:
            found.append(Delivery.id == self.delivery_id)
        if self.topic:
            found.append(Delivery.topic == self.topic)
        if self.since is not None:
            found.append(Delivery.received_at >= self.since)
        if self.until is not None:
            found.append(Delivery.received_at < self.until)
        return found


EVERYTHING = Choice()


def list_parked(choice: Choice = EVERYTHING, *, limit: int = MOST_SHOWN) -> list[Delivery]:
    """Of the acting store, newest first."""
    return list(session.scalars(select(Delivery).where(*choice.conditions()).order_by(Delivery.id.desc()).limit(limit)))


def count_parked(choice: Choice = EVERYTHING) -> dict[str, int]:
    """By topic, the most first."""
    counted = select(Delivery.topic, func.count()).where(*choice.conditions()).group_by(Delivery.topic)
    return dict(session.execute(counted.order_by(func.count().desc(), Delivery.topic)).all())


def replay(choice: Choice, *, by: int | None) -> int:
    """The chosen ones of the acting store, as if they had just come. Returns how many. `by`: a user's id.

    Raises NotConnected: without the store's keys they would only fail again.
    """
    if stores.get_store(current_store_id()).connected_at is None:
        raise NotConnected
    waiting = {"state": DeliveryState.WAITING, "attempts": 0, "deaths": 0, "retry_at": func.now(), "outcome": "", "done_at": None}
    ids = sorted(session.scalars(update(Delivery).where(*choice.conditions()).values(waiting).returning(Delivery.id)))
    if ids:
        subject = f"delivery {ids[0]}" if len(ids) == 1 else f"{len(ids)} deliveries"
        audit.record(Deed("deliveries.replayed", subject, {"ids": ids[:100]}), user_id=by)
        leases.ring_for(KIND, by=by)
    return len(ids)


def empty_bodies(*, before: datetime) -> int:
    """Of the acting store's deliveries that were applied before then. Returns how many."""
    old = update(Delivery).where(Delivery.state == DeliveryState.DONE, Delivery.done_at < before, Delivery.body != b"")
    return len(session.scalars(old.values(body=b"").returning(Delivery.id)).all())
