"""What a real store sends of itself that nobody would expect, as it was recorded of WooCommerce 9.9.5, and what we make of it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from lab.woocommerce import catalog
from lab.woocommerce.context import Options
from lab.woocommerce.server import LabServer
from luxebrain.errors import Rejected
from luxebrain.integrations.platform import Changed, Entity, OrderRecord, OrderStatus, Platform, ProductRecord, ProductStatus, Stale
from luxebrain.integrations.woocommerce.client import WooClient
from luxebrain.integrations.woocommerce.webhooks import is_signed, read_delivery, read_headers
from tests.integrations.captured import SECRET, delivered, deliveries
from tests.integrations.woocommerce.shop import WooShop
from tests.lab.receiver import Receiver


@pytest.fixture
def lab() -> Iterator[LabServer]:
    with LabServer(Options(development=True, delivery_delay_s=0.01)) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def test_webhook_whose_ping_was_not_answered_well_is_active(platform: Platform, receiver: Receiver) -> None:
    receiver.statuses = [500] * 20

    platform.subscribe(f"{receiver.url}/hook", SECRET)

    assert platform.is_subscribed(f"{receiver.url}/hook")


def test_delivery_carries_no_time_but_the_one_in_its_body() -> None:
    """So a replay cannot be told from its headers, and what is older than what we know is left out by its body's date."""
    headers = delivered("product_update_price", "product.updated").headers

    assert not [name for name in headers if "time" in name.lower() or name.lower() == "date"]
    assert delivered("product_update_price", "product.updated").payload["date_modified_gmt"]


@pytest.mark.parametrize("kind", ["product", "variation", "order"])
def test_what_is_deleted_for_good_sends_nothing(
    lab: LabServer, client: WooClient, shop: WooShop, platform: Platform, receiver: Receiver, kind: str
) -> None:
    product, (variation, _) = shop.make_variable_product(["1.00", "2.00"])
    order = shop.make_order(product)
    assert lab.lab.deliveries.wait_until_idle()
    platform.subscribe(f"{receiver.url}/hook", SECRET)
    pings = len(receiver.received)

    client.delete(
        {"product": f"products/{product}", "variation": f"products/{product}/variations/{variation}", "order": f"orders/{order}"}[kind]
    )
    assert lab.lab.deliveries.wait_until_idle()

    assert receiver.topics()[pings:] == []


def test_product_restored_by_rest_arrives_as_an_update() -> None:
    """The topic product.restored is only sent where a person restores it."""
    change = _change("product_untrash_rest_status_publish", "product.updated")

    assert isinstance(change, Changed)
    assert change.record.id == 466


def test_draft_is_announced_and_stays_a_draft() -> None:
    change = _change("product_create_draft", "product.created")

    assert isinstance(change, Changed)
    assert isinstance(change.record, ProductRecord)
    assert change.record.status is ProductStatus.DRAFT


def test_update_that_changed_nothing_is_sent_and_says_the_same() -> None:
    change = _change("product_update_identical", "product.updated")

    assert isinstance(change, Changed)
    assert change.record.id == delivered("product_update_identical", "product.updated").payload["id"]


def test_checkout_says_that_an_order_changed_before_it_says_that_there_is_one() -> None:
    topics = [
        delivery.topic for delivery in deliveries() if delivery.capture == "checkout_block_storeapi_cod" and "order." in delivery.topic
    ]
    early = _change("checkout_block_storeapi_cod", "order.updated")

    assert topics.index("order.updated") < topics.index("order.created")
    assert isinstance(early, Changed)
    assert isinstance(early.record, OrderRecord)


def test_stock_that_an_order_took_arrives_as_an_updated_product() -> None:
    topics = {delivery.topic for delivery in deliveries() if delivery.capture == "order_status_processing"}

    assert {"order.updated", "product.updated"} <= topics


@pytest.mark.parametrize(
    ("capture", "status", "is_whole"),
    [("order_partial_refund", OrderStatus.FULFILLED, False), ("order_full_refund", OrderStatus.REFUNDED, True)],
)
def test_refund_arrives_as_an_updated_order_whose_total_stands(capture: str, status: OrderStatus, is_whole: bool) -> None:
    change = _change(capture, "order.updated")

    assert isinstance(change, Changed)
    assert isinstance(change.record, OrderRecord)
    refunded = sum((refund.amount for refund in change.record.refunds), Decimal(0))
    assert change.record.status is status
    assert 0 < refunded <= change.record.total
    assert (refunded == change.record.total) is is_whole


def test_what_changes_no_order_is_not_sent(lab: LabServer, client: WooClient, platform: Platform, receiver: Receiver) -> None:
    """A category's new name has no topic: it is read with each later sync."""
    category = client.post("products/categories", {"name": "Mugs"})["id"]
    platform.subscribe(f"{receiver.url}/hook", SECRET)
    pings = len(receiver.received)

    client.post(f"products/categories/{category}", {"name": "Cups"})
    assert lab.lab.deliveries.wait_until_idle()

    assert receiver.topics()[pings:] == []


def test_secret_that_the_store_made_up_is_known_to_nobody(lab: LabServer, client: WooClient, receiver: Receiver) -> None:
    """A webhook made without one: it is never shown, so nothing it signs can be checked. Ours is always sent along."""
    made = client.post("webhooks", {"topic": "product.created", "delivery_url": f"{receiver.url}/hook"})
    catalog.create_product(lab.store, {"name": "Mug"})
    assert lab.lab.deliveries.wait_until_idle()

    delivery = receiver.received[-1]
    assert "secret" not in made
    assert delivery.headers["X-WC-Webhook-Topic"] == "product.created"
    assert not is_signed(SECRET, delivery.body, read_headers(delivery.headers.get).signature)


def test_webhook_outlives_the_key_it_was_made_with(lab: LabServer, platform: Platform, receiver: Receiver) -> None:
    platform.subscribe(f"{receiver.url}/hook", SECRET)
    for key in lab.store.all("key"):
        lab.store.put("key", key | {"revoked": True})

    catalog.create_product(lab.store, {"name": "Mug"})
    assert lab.lab.deliveries.wait_until_idle()

    assert receiver.topics()[-1] == "product.created"


def test_revived_webhook_ends_at_its_next_failure_and_one_made_anew_does_not(
    lab: LabServer, client: WooClient, platform: Platform, receiver: Receiver
) -> None:
    """Its count of failures is kept where nobody sees it."""
    platform.subscribe(f"{receiver.url}/hook", SECRET)
    id = next(webhook["id"] for webhook in lab.store.all("webhook") if webhook["topic"] == "product.created")
    _fail(lab, receiver, 7)
    client.post(f"webhooks/{id}", {"status": "active"})
    _fail(lab, receiver, 1)
    revived = client.get(f"webhooks/{id}")["status"]

    platform.subscribe(f"{receiver.url}/hook", SECRET)
    _fail(lab, receiver, 1)

    assert revived == "disabled"
    assert platform.is_subscribed(f"{receiver.url}/hook")


def test_asking_for_a_webhook_that_is_paused_makes_an_active_one(client: WooClient) -> None:
    made = client.post("webhooks", {"topic": "order.created", "delivery_url": "https://shop.example/hook", "status": "paused"})

    assert made["status"] == "active"


def test_variations_have_no_topic_of_their_own_and_arrive_as_products(client: WooClient) -> None:
    with pytest.raises(Rejected) as refusal:
        client.post("webhooks", {"topic": "variation.updated", "delivery_url": "https://shop.example/hook"})

    assert refusal.value.status == 400
    assert _change("variations_batch_update_price", "product.updated") == Stale(
        Entity.PRODUCTS, delivered("variations_batch_update_price", "product.updated").payload["parent_id"]
    )


def _fail(lab: LabServer, receiver: Receiver, times: int) -> None:
    for _ in range(times):
        receiver.statuses = [500]
        catalog.create_product(lab.store, {"name": "Mug"})
        assert lab.lab.deliveries.wait_until_idle()


def _change(capture: str, topic: str) -> object:
    return read_delivery(topic, delivered(capture, topic).payload)
