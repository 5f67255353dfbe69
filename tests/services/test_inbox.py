"""A delivery is applied once, whatever comes when; what it only hints at is read again from the store."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, update
from sqlalchemy.exc import OperationalError

from lab.woocommerce import catalog, orders, shapes, shapes_orders
from lab.woocommerce.faults import FaultRule, WebhookFaults
from luxebrain import jobs
from luxebrain.clock import utcnow
from luxebrain.crypto import new_id
from luxebrain.database.session import db, session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import Changed, Entity, Irrelevant, ProductRecord, ProductStatus, Record
from luxebrain.models.catalog import Product, Variant
from luxebrain.models.orders import Order, OrderLine
from luxebrain.models.work import Delivery, Lease
from luxebrain.services import inbox, leases, records
from luxebrain.services.inbox import Current, Outcome, Task
from luxebrain.webhooks.doorbell import doorbell
from tests.database.rows import add_delivery
from tests.live import Connected, make_order, make_product


def test_new_order_arrives_by_webhook_and_lowers_the_stock(connected: Connected) -> None:
    mug = make_product(connected.lab, "Mug", manage_stock=True, stock_quantity=5)
    connected.sync()

    make_order(connected.lab, mug, 2)
    deliveries = connected.apply_deliveries()

    assert {delivery.state for delivery in deliveries} == {"done"}
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(OrderLine).one().quantity == 2
        assert session.query(Variant).one().stock_quantity == 3


def test_guest_and_unknown_product_lose_nothing(connected: Connected) -> None:
    connected.sync()

    make_order(connected.lab, {"id": 99_999}, email="")
    connected.apply_deliveries()

    with connected.app.app_context(), transaction(connected.store_id):
        order = session.query(Order).one()
        assert (order.customer_id, order.contact_id) == (None, None)


def test_variable_product_is_read_again_with_its_variations(connected: Connected) -> None:
    connected.sync()
    with connected.lab.store.lock:
        tee = catalog.create_product(connected.lab.store, {"name": "Tee", "type": "variable"})
        small = catalog.create_variation(connected.lab.store, tee, {"regular_price": "9.00"})

    connected.apply_deliveries()

    with connected.app.app_context(), transaction(connected.store_id):
        assert [(variant.id, variant.product_id) for variant in session.query(Variant)] == [(small["id"], tee["id"])]


def test_deleted_product_becomes_a_tombstone_that_a_late_delivery_does_not_revive(connected: Connected) -> None:
    mug = make_product(connected.lab, "Mug")
    connected.sync()
    with connected.lab.store.lock:
        late_body = json.dumps(shapes.product(connected.lab.store, connected.lab.store.product(mug["id"])))
        catalog.trash_product(connected.lab.store, connected.lab.store.product(mug["id"]))
    connected.apply_deliveries()

    with connected.app.app_context():
        with transaction(connected.store_id):
            assert session.query(Product).one().deleted_at is not None
            add_delivery("product.updated", late_body.encode(), b"late")
        connected.apply_deliveries()
        with transaction(connected.store_id):
            assert session.query(Product).one().deleted_at is not None


def test_delivery_sent_twice_is_stored_once(connected: Connected) -> None:
    connected.sync()
    connected.lab.lab.faults.webhooks = WebhookFaults(twice=True)

    make_order(connected.lab, make_product(connected.lab))
    deliveries = connected.apply_deliveries()

    assert len({delivery.fingerprint for delivery in deliveries}) == len(deliveries)
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(OrderLine).count() == 1


def test_older_state_never_overwrites_a_newer_one(connected: Connected) -> None:
    order = make_order(connected.lab, make_product(connected.lab))
    connected.sync()
    with connected.lab.store.lock:
        old_body = json.dumps(shapes_orders.order(connected.lab.store, connected.lab.store.order(order["id"])))
        connected.lab.store.advance(60)
        orders.update_order(connected.lab.store, connected.lab.store.order(order["id"]), {"status": "completed"})
    connected.apply_deliveries()

    with connected.app.app_context(), transaction(connected.store_id):
        add_delivery("order.updated", old_body.encode(), b"old")
    connected.apply_deliveries()

    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Order).one().status == "fulfilled"


def test_body_that_cannot_be_read_is_parked_with_its_reason_while_the_rest_goes_on(connected: Connected) -> None:
    connected.sync()
    with connected.app.app_context(), transaction(connected.store_id):
        add_delivery("order.updated", b"{ no json", b"1")
        add_delivery("order.updated", b"[" * 100_000, b"2")

    make_order(connected.lab, make_product(connected.lab))
    connected.apply_deliveries()

    with connected.app.app_context(), transaction(connected.store_id):
        dead = session.query(Delivery).filter_by(state="dead").all()
        assert len(dead) == 2
        assert all("cannot be read" in delivery.outcome for delivery in dead)
        assert session.query(Order).count() == 1


def test_store_that_is_away_delays_what_must_be_read_again(connected: Connected) -> None:
    connected.sync()
    connected.lab.lab.faults.add(FaultRule(path="/wp-json/wc/v3/products", status=503, times=50))
    with connected.lab.store.lock:
        catalog.create_product(connected.lab.store, {"name": "Tee", "type": "variable"})

    connected.apply_deliveries()

    with connected.app.app_context(), transaction(connected.store_id):
        waiting = session.query(Delivery).filter_by(state="waiting").all()
        assert waiting
        assert all(delivery.retry_at > utcnow() for delivery in waiting)
        session.query(Delivery).update({"retry_at": utcnow()})
    connected.lab.lab.faults.clear()
    connected.apply_deliveries()
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Product).one().title == "Tee"


def test_of_several_states_in_one_batch_the_newest_is_applied_and_the_others_are_done_with_it(connected: Connected) -> None:
    order = make_order(connected.lab, make_product(connected.lab))
    connected.sync()
    bodies = []
    for status in ("on-hold", "processing", "completed"):
        with connected.lab.store.lock:
            connected.lab.store.advance(60)
            orders.update_order(connected.lab.store, connected.lab.store.order(order["id"]), {"status": status})
            bodies.append(json.dumps(shapes_orders.order(connected.lab.store, connected.lab.store.order(order["id"]))).encode())
    assert connected.lab.lab.deliveries.wait_until_idle()
    with connected.app.app_context(), transaction(connected.store_id):
        session.query(Delivery).delete()
        for number in (1, 2, 0, 2):
            add_delivery("order.updated", bodies[number], f"{number} {new_id()}".encode())

    deliveries = connected.apply_deliveries()

    assert [delivery.state for delivery in deliveries] == ["done"] * 4
    assert [delivery.outcome for delivery in deliveries].count(inbox.SUPERSEDED) == 3
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Order).one().status == "fulfilled"


def test_two_states_of_one_second_supersede_neither_and_what_was_read_supersedes_both(connected: Connected) -> None:
    at = utcnow().replace(microsecond=0)
    mug = ProductRecord(
        id=1,
        title="Mug",
        url="",
        status=ProductStatus.ACTIVE,
        description="",
        image_url="",
        tags=(),
        collection_ids=(),
        variants=(),
        created_at=at,
        modified_at=at,
    )
    first, second, newest = Changed(mug), Changed(replace(mug, title="Bowl")), Current(mug)
    ahead = Changed(replace(mug, modified_at=at + timedelta(days=1)))

    def superseded(*outcomes: Outcome) -> dict[int, int]:
        batch = [(Task(number, "product.updated", b"", 1), outcome) for number, outcome in enumerate(outcomes)]
        return inbox.find_superseded(batch, now=at)

    assert superseded(first, second) == {}
    assert superseded(first, second, newest) == {0: 2}, "the second, of the same second as the first, was never the last word"
    assert superseded(newest, first) == {1: 0}
    assert superseded(newest, newest, newest) == {0: 2, 1: 2}
    assert superseded(first, ahead, first) == {0: 2}
    later = Changed(replace(mug, modified_at=at + timedelta(seconds=1)))
    assert superseded(later, newest) == {1: 0}, "it was read from a cache"


def test_what_another_should_have_said_better_is_applied_where_that_one_fails(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order(connected.lab, make_product(connected.lab))
    connected.sync()
    bodies = []
    for status in ("processing", "completed"):
        with connected.lab.store.lock:
            connected.lab.store.advance(60)
            orders.update_order(connected.lab.store, connected.lab.store.order(order["id"]), {"status": status})
            bodies.append(json.dumps(shapes_orders.order(connected.lab.store, connected.lab.store.order(order["id"]))).encode())
    assert connected.lab.lab.deliveries.wait_until_idle()
    apply = records.apply_records

    def fails_on_the_newest(entity: Entity, applied: Sequence[Record], **more: Any) -> None:
        assert getattr(applied[0], "status", "") != "fulfilled"
        apply(entity, applied, **more)

    with connected.app.app_context(), transaction(connected.store_id):
        session.query(Delivery).delete()
        session.execute(update(Order).values(status="pending"))
        for body in bodies:
            add_delivery("order.updated", body, body[-32:] + bytes([len(body) % 251]) + new_id().to_bytes(8))
    monkeypatch.setattr(records, "apply_records", fails_on_the_newest)

    deliveries = connected.apply_deliveries()

    assert sorted(delivery.state for delivery in deliveries) == ["done", "waiting"]
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Order).one().status == "paid"


def work_until_killed(connected: Connected) -> None:
    """One claim by a worker that the topic order.poison kills before it records anything; a while after what came before."""
    with connected.app.app_context():
        with transaction(connected.store_id):
            session.execute(update(Delivery).values(retry_at=utcnow()))
            session.execute(update(Lease).where(Lease.leased_until.is_not(None)).values(leased_until=utcnow() - timedelta(seconds=1)))
            fence = leases.claim_lease(inbox.KIND)
            assert fence is not None
            tasks, _platform = inbox.claim_deliveries(fence, now=utcnow())
        if "order.poison" in {task.topic for task in tasks}:
            return
        for task in tasks:
            with transaction(connected.store_id):
                inbox.record_outcome(task, Irrelevant("fine"), fence, now=utcnow())
        with transaction(connected.store_id):
            leases.release_lease(inbox.KIND, fence)


def waiting_and_dead(connected: Connected) -> list[tuple[str, str, int]]:
    with connected.app.app_context(), transaction(connected.store_id):
        return [(each.topic, each.state, each.deaths) for each in session.query(Delivery).order_by(Delivery.id)]


def test_delivery_that_kills_its_workers_is_parked_and_those_beside_it_are_not(connected: Connected) -> None:
    connected.sync()
    with connected.app.app_context(), transaction(connected.store_id):
        for number, topic in enumerate(("order.poison", "order.fine", "order.fine")):
            session.add(Delivery(id=number, topic=topic, body=b"{}", fingerprint=bytes([number])))

    work_until_killed(connected)
    assert {state for _, state, _ in waiting_and_dead(connected)} == {"applying"}
    for _ in range(10):
        work_until_killed(connected)

    assert waiting_and_dead(connected) == [("order.poison", "dead", 3), ("order.fine", "done", 1), ("order.fine", "done", 1)]
    with connected.app.app_context(), transaction(connected.store_id):
        dead = session.query(Delivery).filter_by(state="dead").one()
        assert (dead.outcome, dead.done_at is not None) == (inbox.KILLED, True)


def test_work_of_a_worker_that_died_is_taken_up_again(connected: Connected) -> None:
    connected.sync()
    order = make_order(connected.lab, make_product(connected.lab))
    assert connected.lab.lab.deliveries.wait_until_idle()
    with connected.app.app_context(), transaction(connected.store_id):
        session.execute(update(Delivery).values(state="applying", attempts=1))

    connected.apply_deliveries()
    with connected.app.app_context(), transaction(connected.store_id):
        session.execute(update(Delivery).values(retry_at=utcnow()))
    deliveries = connected.apply_deliveries()

    assert {delivery.state for delivery in deliveries} == {"done"}
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Order).one().id == order["id"]


def test_a_commit_whose_answer_is_lost_is_neither_undone_nor_held_against_the_delivery(connected: Connected) -> None:
    """PostgreSQL committed, the line broke before it could say so: the delivery is applied and done, whatever we think of it."""
    connected.sync()
    make_order(connected.lab, make_product(connected.lab))
    assert connected.lab.lab.deliveries.wait_until_idle()
    doorbell.stop()  # it commits too

    with connected.app.app_context():
        with (
            losing_the_answer_to_commit(number=3),
            pytest.raises(OperationalError),
        ):  # after the lease's and the claim's: the first delivery's
            jobs.run("inbox.apply", connected.store_id)
        with transaction(connected.store_id):
            first, *rest = session.query(Delivery).order_by(Delivery.id).all()

        with transaction(connected.store_id):
            session.execute(update(Lease).values(retry_at=None))

    assert (first.state, first.outcome) == ("done", "")
    assert {delivery.state for delivery in rest} == {"applying"}
    connected.apply_deliveries()
    with connected.app.app_context(), transaction(connected.store_id):
        session.execute(update(Delivery).values(retry_at=utcnow()))
    assert {delivery.deaths for delivery in connected.apply_deliveries()} == {0}
    assert {delivery.state for delivery in connected.apply_deliveries()} == {"done"}


@contextmanager
def losing_the_answer_to_commit(*, number: int) -> Iterator[None]:
    def commit(connection: Connection) -> None:
        if next(numbers) == number:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.commit()
            driver.close()

    numbers = itertools.count(1)
    event.listen(db.engine, "commit", commit)
    try:
        yield
    finally:
        event.remove(db.engine, "commit", commit)
