"""The sync copies a store page by page, sets bad rows aside, and goes on where it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from lab.woocommerce import catalog, orders
from lab.woocommerce.faults import FaultRule
from luxebrain import config, jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.catalog import Product, Variant
from luxebrain.models.orders import Contact, Order, OrderLine, Refund
from luxebrain.models.stores import Store
from luxebrain.models.work import QuarantinedRow, SyncRun, SyncStep
from luxebrain.services import leases, syncs
from tests.live import Connected, make_order, make_other_store, make_product


def test_first_sync_copies_products_orders_and_people(connected: Connected) -> None:
    mug = make_product(connected.lab, "Tom &amp; Jerry’s <b>Mug</b>", "12.50", manage_stock=True, stock_quantity=7)
    order = make_order(connected.lab, mug, 2)

    run = connected.sync()

    assert run.state == "done"
    with connected.app.app_context(), transaction(connected.store_id):
        product = session.query(Product).one()
        variant = session.query(Variant).one()
        line = session.query(OrderLine).one()
        assert product.title == "Tom & Jerry’s Mug"
        assert (variant.id, variant.product_id) == (product.id, product.id)  # a simple product's variant has its id
        assert (str(variant.price), variant.stock_quantity) == ("12.5000", 5)
        assert (line.order_id, line.product_id, line.quantity) == (order["id"], mug["id"], 2)
        assert "ada@example.com" in [contact.email for contact in session.query(Contact)]


def test_sync_does_not_touch_another_store(connected: Connected, merchant_id: int) -> None:
    with connected.app.app_context():
        other = make_other_store(owner_id=merchant_id)
        with transaction(other):
            now = utcnow()
            row = {"title": "Noise", "url": "", "status": "active", "description": "", "image_url": "", "tags": [], "collection_ids": []}
            session.add(Product(id=1, created_at=now, modified_at=now - timedelta(days=9), **row))
    make_product(connected.lab, "Mug")

    connected.sync()

    with connected.app.app_context(), transaction(other):
        assert [product.title for product in session.query(Product)] == ["Noise"]


def test_bad_row_is_set_aside_while_the_rest_goes_on_and_comes_back_once_it_reads_well(connected: Connected) -> None:
    bad, _good = make_product(connected.lab, "Bad"), make_product(connected.lab, "Good")
    connected.lab.store.product(bad["id"])["regular_price"] = "twelve"
    connected.lab.store.product(bad["id"])["price"] = "twelve"

    connected.sync()

    with connected.app.app_context(), transaction(connected.store_id):
        assert [product.title for product in session.query(Product)] == ["Good"]
        row = session.query(QuarantinedRow).one()
        assert row.platform_id == bad["id"]
        assert "twelve" in row.reason
        assert session.query(SyncStep).filter_by(entity="products").one().bad_rows == 1
    with connected.lab.store.lock:
        catalog.update_product(connected.lab.store, connected.lab.store.product(bad["id"]), {"regular_price": "12.00"})
    connected.apply_deliveries()
    with connected.app.app_context(), transaction(connected.store_id):
        assert {product.title for product in session.query(Product)} == {"Bad", "Good"}
        assert session.query(QuarantinedRow).count() == 0


def test_rows_that_no_database_can_hold_as_they_are_stop_nothing(connected: Connected) -> None:
    """PostgreSQL has neither text nor JSON with NUL."""
    spoilt, bad = make_product(connected.lab, "Mug \0 with a hole"), make_product(connected.lab, "Bad \0")
    connected.lab.store.product(bad["id"]).update(regular_price="twelve", price="twelve")

    run = connected.sync()

    assert run.state == "done"
    with connected.app.app_context(), transaction(connected.store_id):
        (product,) = session.query(Product)
        assert (product.id, product.title) == (spoilt["id"], "Mug with a hole")
        assert session.query(QuarantinedRow).one().platform_id == bad["id"]


def test_killed_sync_goes_on_where_it_was(connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(250):
        make_product(connected.lab, f"Mug {number}")
    config.use(replace(config.current(), lease_s=1))
    jobs.load_jobs()
    with connected.app.app_context():
        with transaction(connected.store_id):
            fence = leases.claim_lease(syncs.KIND)
        assert fence is not None
        for _ in range(4):  # webhooks, collections, two pages of products
            assert jobs.JOBS[syncs.KIND](connected.store_id, fence)
        with transaction(connected.store_id):  # killed here: the page was recorded, the lease runs out by itself
            assert session.query(SyncStep).filter_by(entity="products").one().done == 200
            leases.release_lease(syncs.KIND, fence)
    requests_before = connected.lab.lab.faults.stats["GET /wp-json/wc/v3/products"].requests

    run = connected.sync()

    with connected.app.app_context(), transaction(connected.store_id):
        assert run.state == "done"
        assert session.query(Product).count() == 250
    assert connected.lab.lab.faults.stats["GET /wp-json/wc/v3/products"].requests - requests_before == 1


def test_store_that_answers_503_is_asked_again_later(connected: Connected) -> None:
    make_product(connected.lab, "Mug")
    connected.lab.lab.faults.add(FaultRule(path="/wp-json/wc/v3/products", status=503, times=20))

    run = connected.sync()

    assert run.state == "running"
    assert run.error
    assert run.retry_at > utcnow()
    connected.lab.lab.faults.clear()
    with connected.app.app_context(), transaction(connected.store_id):
        session.query(SyncRun).update({"retry_at": utcnow()})
    assert connected.sync().state == "done"


def test_revoked_key_pauses_the_store_and_says_so(connected: Connected) -> None:
    for key in connected.lab.store.all("key"):
        connected.lab.store.remove("key", key["id"])

    run = connected.sync()

    assert run.state == "failed"
    with connected.app.app_context(), transaction():
        assert session.get_one(Store, connected.store_id).paused_reason


def test_later_sync_reads_what_changed_and_notices_refunds(connected: Connected) -> None:
    mug = make_product(connected.lab, "Mug")
    order = make_order(connected.lab, mug, 2)
    connected.sync()
    with connected.lab.store.lock:
        orders.create_refund(connected.lab.store, connected.lab.store.order(order["id"]), {"amount": "10.00", "reason": "chipped"})

    with connected.app.app_context(), transaction(connected.store_id):
        syncs.start_sync()
    run = connected.sync()

    assert run.since is not None
    with connected.app.app_context(), transaction(connected.store_id):
        assert [str(refund.amount) for refund in session.query(Refund)] == ["10.0000"]
        assert str(session.query(Order).one().refunded) == "10.0000"


def test_asking_twice_for_a_sync_gives_the_one_that_runs(connected: Connected) -> None:
    with connected.app.app_context():
        with transaction(connected.store_id):
            first = syncs.start_sync(is_full=True).id
        with transaction(connected.store_id):
            second = syncs.start_sync(is_full=True).id

    assert first == second
