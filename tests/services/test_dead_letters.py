"""What was parked can be tried again and is written down; what was applied long ago keeps no body."""

from __future__ import annotations

from datetime import timedelta

import pytest

from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.accounts import AuditEntry
from luxebrain.models.work import Delivery, DeliveryState
from luxebrain.services import dead_letters
from tests.database.rows import add_delivery, make_store

pytestmark = pytest.mark.usefixtures("context")


def add_deliveries(store_id: int, state: DeliveryState, *, count: int = 2, age: timedelta = timedelta()) -> list[int]:
    with transaction(store_id):
        for number in range(count):
            add_delivery("order.updated", b"body", f"{state}{number}{age}".encode())
        ids = list(
            session.scalars(
                session.query(Delivery.id).filter(Delivery.state == DeliveryState.WAITING, Delivery.done_at.is_(None)).statement
            )
        )
        session.query(Delivery).filter(Delivery.id.in_(ids)).update({"state": state, "done_at": utcnow() - age, "attempts": 10})
    return sorted(ids)


def states(store_id: int) -> list[tuple[str, int]]:
    with transaction(store_id):
        return [(delivery.state, delivery.attempts) for delivery in session.query(Delivery).order_by(Delivery.id)]


def test_one_parked_delivery_is_tried_again_and_the_deed_is_written_down() -> None:
    ours, other = make_store("ours"), make_store("other")
    first, _second = add_deliveries(ours, DeliveryState.DEAD)
    add_deliveries(other, DeliveryState.DEAD)

    with transaction(ours):
        assert dead_letters.replay(first, by=None) == 1

    assert sorted(states(ours)) == [("dead", 10), ("waiting", 0)]
    assert states(other) == [("dead", 10)] * 2
    with transaction(ours):
        assert [(entry.action, entry.details) for entry in session.query(AuditEntry)] == [("deliveries.replayed", {"ids": [first]})]


def test_all_parked_deliveries_are_tried_again_and_no_others() -> None:
    ours = make_store("ours")
    add_deliveries(ours, DeliveryState.DONE)
    add_deliveries(ours, DeliveryState.DEAD)

    with transaction(ours):
        assert dead_letters.replay(None, by=None) == 2
        assert dead_letters.replay(None, by=None) == 0

    assert sorted(states(ours)) == [("done", 10)] * 2 + [("waiting", 0)] * 2


def test_old_bodies_are_emptied_once_applied_and_the_delivery_is_still_known() -> None:
    ours, other = make_store("ours"), make_store("other")
    month = timedelta(days=31)
    for store_id in (ours, other):
        add_deliveries(store_id, DeliveryState.DONE, age=month)
    add_deliveries(ours, DeliveryState.DONE)
    add_deliveries(ours, DeliveryState.DEAD, age=month)

    with transaction(ours):
        assert dead_letters.empty_bodies(before=utcnow() - timedelta(days=30)) == 2

    with transaction(ours):
        assert sorted(session.scalars(session.query(Delivery.body).statement)) == [b"", b""] + [b"body"] * 4
    with transaction(other):
        assert set(session.scalars(session.query(Delivery.body).statement)) == {b"body"}
