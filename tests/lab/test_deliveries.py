"""Webhooks leave the fake store as they left the recorded one."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from lab.woocommerce import catalog
from lab.woocommerce.context import Lab, Options
from lab.woocommerce.documents import Document
from lab.woocommerce.faults import WebhookFaults
from lab.woocommerce.server import LabServer
from tests.lab.receiver import Receiver
from tests.lab.recorded import assert_alike, captures

SECRET = "s3cret <&>\"'"


@pytest.fixture
def server() -> Iterator[LabServer]:
    with LabServer(Options(development=True, delivery_delay_s=0.05)) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def test_delivery_has_the_recorded_headers_and_a_signature_over_its_bytes(server: LabServer, receiver: Receiver) -> None:
    product = _product(server)
    _subscribe(server, receiver, "product.updated")

    catalog.update_product(server.store, product, {"regular_price": "7.50"})
    assert server.lab.deliveries.wait_until_idle()

    delivery = receiver.received[-1]
    recorded = dict(captures("deliveries")["product_update_price"][0]["headers"])
    depends = {
        "X-WC-Webhook-Source",
        "X-WC-Webhook-Signature",
        "X-WC-Webhook-ID",
        "X-WC-Webhook-Delivery-ID",
        "Accept-Encoding",
        "Content-Length",
    }
    assert {name: delivery.headers.get(name) for name in recorded if name not in depends} == {
        name: value for name, value in recorded.items() if name not in depends
    }
    assert set(recorded) <= set(delivery.headers)
    digest = hmac.new(SECRET.encode(), delivery.body, hashlib.sha256).digest()
    assert delivery.headers["X-WC-Webhook-Signature"] == base64.b64encode(digest).decode()
    assert b"\\/" in delivery.body


def test_product_payload_is_the_recorded_one(server: LabServer, receiver: Receiver) -> None:
    product = _product(server, sku="HK-1", manage_stock=True, stock_quantity=10)
    _subscribe(server, receiver, "product.updated")

    catalog.update_product(server.store, product, {"regular_price": "7.50"})
    assert server.lab.deliveries.wait_until_idle()

    assert_alike(json.loads(captures("deliveries")["product_update_price"][0]["body"]), json.loads(receiver.received[-1].body))


def test_ping_is_a_form_field_without_signature(server: LabServer, receiver: Receiver) -> None:
    _subscribe(server, receiver, "product.updated")

    ping = receiver.received[0]
    recorded = captures("deliveries")["ping"]
    assert ping.body == b"webhook_id=1"
    assert recorded["body"].startswith("webhook_id=")
    assert ping.headers["Content-Type"] == dict(recorded["headers"])["Content-Type"]
    assert not any(name.startswith("X-WC-") for name in ping.headers)


def test_two_updates_before_delivery_are_one_with_the_last_state(server: LabServer, receiver: Receiver) -> None:
    product = _product(server)
    _subscribe(server, receiver, "product.updated")

    catalog.update_product(server.store, product, {"regular_price": "1"})
    catalog.update_product(server.store, product, {"regular_price": "2"})
    assert server.lab.deliveries.wait_until_idle()

    assert receiver.topics() == [None, "product.updated"]
    assert json.loads(receiver.received[-1].body)["price"] == "2"


def test_product_deleted_before_delivery_sends_an_error_as_body(server: LabServer, receiver: Receiver) -> None:
    product = _product(server)
    _subscribe(server, receiver, "product.updated")

    catalog.update_product(server.store, product, {"regular_price": "2"})
    catalog.erase(server.store, product)
    assert server.lab.deliveries.wait_until_idle()

    recorded = captures("deliveries")["product_update_then_deleted_before_delivery"][-1]
    assert json.loads(receiver.received[-1].body) == json.loads(recorded["body"])


def test_checkout_announces_update_before_creation_and_the_stock(server: LabServer, receiver: Receiver) -> None:
    product = _product(server, manage_stock=True, stock_quantity=4)
    for topic in ("order.created", "order.updated", "product.updated"):
        _subscribe(server, receiver, topic)
    cart = server.store.carts.create()
    cart.add(server.store, product["id"], 3)

    server.store.place_order(cart, {"email": "ann@example.com"}, meta={"_luxebrain": "click-1"})
    assert server.lab.deliveries.wait_until_idle()

    assert receiver.topics()[3:] == ["order.updated", "order.created", "product.updated"]
    order = json.loads(receiver.received[-2].body)
    assert [(meta["key"], meta["value"]) for meta in order["meta_data"]] == [("_luxebrain", "click-1")]
    assert json.loads(receiver.received[-1].body)["stock_quantity"] == 1


def test_trashing_a_product_also_says_a_coupon_went(server: LabServer, receiver: Receiver) -> None:
    product = _product(server)
    for topic in ("product.deleted", "coupon.deleted"):
        _subscribe(server, receiver, topic)

    catalog.trash_product(server.store, product)
    assert server.lab.deliveries.wait_until_idle()

    assert receiver.topics()[2:] == ["coupon.deleted", "product.deleted"]
    assert receiver.received[-1].body == b'{"id":%d}' % product["id"]


def test_seven_failures_in_a_row_disable_a_webhook_and_nothing_is_sent_again(server: LabServer, receiver: Receiver) -> None:
    product = _product(server)
    webhook = _subscribe(server, receiver, "product.updated")
    receiver.statuses = [500] * 7

    for _ in range(8):
        catalog.update_product(server.store, product, {"regular_price": "2"})
        server.lab.deliveries.run_now()
        assert server.lab.deliveries.wait_until_idle()

    assert len(receiver.received) == 1 + 7
    stored = server.store.find("webhook", webhook["id"])
    assert stored is not None
    assert (stored["status"], stored["failure_count"]) == ("disabled", 6)


def test_revoked_key_takes_no_webhook_with_it_and_a_delivery_waits_for_the_one_before(server: LabServer, receiver: Receiver) -> None:
    """They are worked one after the other: a receiver that takes its time holds up all others."""
    first, second = (_product(server, name=name) for name in ("First", "Second"))
    _subscribe(server, receiver, "product.updated")
    for key in server.store.all("key"):
        server.store.put("key", key | {"revoked": True})

    for product in (first, second):
        catalog.update_product(server.store, product, {"regular_price": "2"})
    assert server.lab.deliveries.wait_until_idle()

    assert [json.loads(delivery.body)["name"] for delivery in receiver.received[1:]] == ["First", "Second"]


@pytest.mark.parametrize(("status", "failures"), [(201, 0), (302, 0), (303, 1), (410, 1)])
def test_only_200_to_302_count_as_success(server: LabServer, receiver: Receiver, status: int, failures: int) -> None:
    product = _product(server)
    webhook = _subscribe(server, receiver, "product.updated")
    receiver.statuses = [status]

    catalog.update_product(server.store, product, {"regular_price": "2"})
    assert server.lab.deliveries.wait_until_idle()

    stored = server.store.find("webhook", webhook["id"])
    assert stored is not None
    assert stored["failure_count"] == failures


def test_private_address_gets_nothing_unless_in_development(receiver: Receiver) -> None:
    with LabServer(Options(development=False, delivery_delay_s=0)) as server:
        product = _product(server)
        webhook = _subscribe(server, receiver, "product.updated")
        catalog.update_product(server.store, product, {"regular_price": "2"})
        assert server.lab.deliveries.wait_until_idle()

        assert webhook["status"] == "active"
        assert receiver.received == []


def test_faults_lose_deliveries_or_sign_them_wrongly_or_send_twice(server: LabServer, receiver: Receiver) -> None:
    products = [_product(server, name=f"Mug {number}") for number in range(4)]
    _subscribe(server, receiver, "product.updated")
    lab: Lab = server.lab
    lab.faults.webhooks = WebhookFaults(drop_share=0.5, wrong_signature=True, twice=True)

    for product in products:
        catalog.update_product(server.store, product, {"regular_price": "2"})
    assert lab.deliveries.wait_until_idle()

    delivery = receiver.received[-1]
    digest = base64.b64encode(hmac.new(SECRET.encode(), delivery.body, hashlib.sha256).digest()).decode()
    assert len(receiver.received) == 1 + 2 * 2
    assert delivery.headers["X-WC-Webhook-Signature"] != digest


def _product(server: LabServer, *, name: str = "Hook mug", **more: object) -> Document:
    return catalog.create_product(server.store, {"name": name, "regular_price": "7.00", **more})


def _subscribe(server: LabServer, receiver: Receiver, topic: str) -> Document:
    key = server.make_key()
    body = {"topic": topic, "delivery_url": f"{receiver.url}/hook", "secret": SECRET}
    client = server.app.test_client()
    answer = client.post(
        "/wp-json/wc/v3/webhooks", json=body, base_url="https://lab.test", auth=(key["consumer_key"], key["consumer_secret"])
    )
    assert answer.status_code == 201
    created: Document = answer.get_json()
    return created
