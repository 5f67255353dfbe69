"""What was parked can be tried again and is written down; what was applied long ago keeps no body."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.errors import NotConnected
from luxebrain.models.accounts import AuditEntry
from luxebrain.models.stores import Store
from luxebrain.models.work import Delivery, DeliveryState, Lease
from luxebrain.services import dead_letters
from luxebrain.services.dead_letters import EVERYTHING, Choice
from tests.database.rows import NOON, add_delivery
from tests.database.rows import make_store as make_unconnected_store

pytestmark = pytest.mark.usefixtures("context")


def make_store(name: str) -> int:
    store_id = make_unconnected_store(name)
    with transaction():
        session.execute(update(Store).where(Store.id == store_id).values(connected_at=utcnow()))
    return store_id


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
        assert dead_letters.replay(Choice(delivery_id=first), by=None) == 1

    assert sorted(states(ours)) == [("dead", 10), ("waiting", 0)]
    assert states(other) == [("dead", 10)] * 2
    with transaction(ours):
        assert [(entry.action, entry.details) for entry in session.query(AuditEntry)] == [("deliveries.replayed", {"ids": [first]})]


def test_who_tries_them_again_takes_up_the_parked_inbox_too() -> None:
    ours = make_store("ours")
    add_deliveries(ours, DeliveryState.DEAD)
    with transaction(ours):
        session.add(Lease(kind="inbox.apply", failures=10, parked_at=utcnow()))

    with transaction(ours):
        dead_letters.replay(EVERYTHING, by=7)

    with transaction(ours):
        assert session.get_one(Lease, (ours, "inbox.apply")).parked_at is None
        assert [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)] == ["deliveries.replayed", "work.resumed"]


def test_a_store_that_is_not_connected_tries_nothing_again() -> None:
    ours = make_unconnected_store("ours")
    add_deliveries(ours, DeliveryState.DEAD)

    with transaction(ours), pytest.raises(NotConnected):
        dead_letters.replay(EVERYTHING, by=None)

    assert states(ours) == [("dead", 10)] * 2


def test_all_parked_deliveries_are_tried_again_and_no_others() -> None:
    ours = make_store("ours")
    add_deliveries(ours, DeliveryState.DONE)
    add_deliveries(ours, DeliveryState.DEAD)

    with transaction(ours):
        assert dead_letters.replay(EVERYTHING, by=None) == 2
        assert dead_letters.replay(EVERYTHING, by=None) == 0

    assert sorted(states(ours)) == [("done", 10)] * 2 + [("waiting", 0)] * 2


def test_a_range_of_parked_deliveries_is_tried_again_by_topic_and_time() -> None:
    ours, other = make_store("ours"), make_store("other")
    for store_id in (ours, other):
        with transaction(store_id):
            for number, (topic, days) in enumerate(
                (("order.updated", 1), ("order.updated", 5), ("product.updated", 1), ("order.updated", 9))
            ):
                received = NOON - timedelta(days=days)
                parked = {"state": DeliveryState.DEAD, "received_at": received, "outcome": f"{topic} {days}"}
                session.add(Delivery(topic=topic, body=b"{}", fingerprint=bytes([number]), **parked))
    choice = Choice(topic="order.updated", since=NOON - timedelta(days=5), until=NOON)

    with transaction(ours):
        assert dead_letters.count_parked() == {"order.updated": 3, "product.updated": 1}
        assert dead_letters.count_parked(choice) == {"order.updated": 2}
        assert {delivery.outcome for delivery in dead_letters.list_parked(choice)} == {"order.updated 1", "order.updated 5"}
        assert dead_letters.replay(choice, by=7) == 2

    with transaction(ours):
        assert dead_letters.count_parked() == {"order.updated": 1, "product.updated": 1}
        (entry,) = session.query(AuditEntry)
        assert (entry.user_id, entry.subject, len(entry.details["ids"])) == (7, "2 deliveries", 2)
    with transaction(other):
        assert sum(dead_letters.count_parked().values()) == 4


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
