"""Two states of one second are settled by asking the store; a creation that comes after its deletion stays dead."""

from __future__ import annotations

import json

from lab.woocommerce import orders, shapes_orders
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import Entity
from luxebrain.models.orders import Order
from luxebrain.models.work import Delivery, DeliveryState, Tombstone
from luxebrain.services import records
from tests.database.rows import add_delivery
from tests.live import Connected, make_order, make_other_store, make_product


def deliver(connected: Connected, topic: str, payload: dict) -> Delivery:
    with connected.app.app_context(), transaction(connected.store_id):
        add_delivery(topic, json.dumps(payload).encode(), json.dumps(payload).encode()[-32:])
    return connected.apply_deliveries()[-1]


def order_as_delivered(connected: Connected, order_id: int) -> dict:
    with connected.lab.store.lock:
        return dict(shapes_orders.order(connected.lab.store, connected.lab.store.order(order_id)))


def statuses(connected: Connected) -> dict[int, str]:
    with connected.app.app_context(), transaction(connected.store_id):
        return {order.id: order.status for order in session.query(Order).filter(Order.deleted_at.is_(None))}


def test_of_two_states_of_one_second_the_store_says_which_counts(connected: Connected) -> None:
    order = make_order(connected.lab, make_product(connected.lab))
    earlier = order_as_delivered(connected, order["id"])
    with connected.lab.store.lock:
        orders.update_order(connected.lab.store, connected.lab.store.order(order["id"]), {"status": "completed"})
    later = order_as_delivered(connected, order["id"])
    assert later["date_modified_gmt"] == earlier["date_modified_gmt"]
    connected.sync()

    delivery = deliver(connected, "order.updated", earlier)

    assert delivery.state == DeliveryState.DONE
    assert statuses(connected) == {order["id"]: "fulfilled"}


def test_a_known_state_is_not_read_again(connected: Connected) -> None:
    order = make_order(connected.lab, make_product(connected.lab))
    connected.sync()
    connected.apply_deliveries()
    connected.lab.lab.faults.stats.clear()

    delivery = deliver(connected, "order.updated", order_as_delivered(connected, order["id"]))

    assert delivery.state == DeliveryState.DONE
    assert connected.lab.lab.faults.stats == {}


def test_a_creation_that_comes_after_its_deletion_stays_dead_in_this_store_only(connected: Connected, merchant_id: int) -> None:
    order = make_order(connected.lab, make_product(connected.lab))
    body = order_as_delivered(connected, order["id"])
    with connected.app.app_context():
        other_id = make_other_store(owner_id=merchant_id)
        with transaction(connected.store_id):
            records.record_deletions(Entity.ORDERS, [order["id"]], now=utcnow())

    deliver(connected, "order.created", body)

    assert statuses(connected) == {}
    with connected.app.app_context(), transaction(other_id):
        assert session.query(Tombstone).count() == 0


def test_a_time_from_the_future_does_not_freeze_a_row(connected: Connected) -> None:
    """The store's clock was wrong for a while: a year ahead, then right again."""
    order = make_order(connected.lab, make_product(connected.lab))
    with connected.lab.store.lock:
        connected.lab.store.advance(365 * 86_400)
        orders.update_order(connected.lab.store, connected.lab.store.order(order["id"]), {"status": "completed"})
    connected.sync()
    connected.apply_deliveries()
    assert statuses(connected) == {order["id"]: "fulfilled"}

    with connected.lab.store.lock:
        connected.lab.store.advance(60 - 365 * 86_400)
        orders.update_order(connected.lab.store, connected.lab.store.order(order["id"]), {"status": "refunded"})
    connected.apply_deliveries()

    assert statuses(connected) == {order["id"]: "refunded"}


def test_a_delivery_from_the_future_is_not_believed_but_read_again(connected: Connected) -> None:
    order = make_order(connected.lab, make_product(connected.lab))
    connected.sync()
    forged = order_as_delivered(connected, order["id"]) | {"status": "completed", "date_modified_gmt": "2099-01-01T00:00:00"}

    delivery = deliver(connected, "order.updated", forged)

    assert delivery.state == DeliveryState.DONE
    assert statuses(connected) == {order["id"]: "paid"}
