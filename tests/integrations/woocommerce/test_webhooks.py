"""Recorded deliveries: signed by who they should be, told apart, and read for what they are worth."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import Headers

from luxebrain.errors import InvalidInput, InvalidSignature
from luxebrain.integrations.platform import CartRecord, Changed, Deleted, Entity, Irrelevant, OrderRecord, ProductRecord, Stale
from luxebrain.integrations.woocommerce.webhooks import TOPICS, check_signature, dedupe_key, is_ping, read_delivery, read_headers
from tests.integrations.captured import SECRET, Captured, delivered, deliveries, ping

SIGNED_BY_US = [delivery for delivery in deliveries() if delivery.capture != "create_without_secret"]


def test_every_recorded_delivery_verifies_and_no_changed_one_does() -> None:
    assert len(SIGNED_BY_US) >= 60
    for delivery in SIGNED_BY_US:
        signature = read_headers(delivery.headers.get).signature

        check_signature(SECRET, delivery.body, signature)

        with pytest.raises(InvalidSignature):
            check_signature(SECRET, delivery.body + b" ", signature)
        with pytest.raises(InvalidSignature):
            check_signature(SECRET + "x", delivery.body, signature)


@pytest.mark.parametrize("signature", ["", "é", "AAAA", "=" * 1000])
def test_malformed_signature_is_an_invalid_one(signature: str) -> None:
    with pytest.raises(InvalidSignature):
        check_signature(SECRET, b"{}", signature)


def test_ping_is_recognised_and_a_delivery_is_none() -> None:
    assert is_ping(ping().headers, ping().body)
    assert not any(is_ping(delivery.headers, delivery.body) for delivery in deliveries())
    assert not is_ping({}, b'{"id": 5}')


def test_header_that_is_missing_is_named() -> None:
    headers = {name: value for name, value in deliveries()[0].headers.items() if name != "X-WC-Webhook-Signature"}

    with pytest.raises(InvalidInput) as problem:
        read_headers(headers.get)

    assert problem.value.field.lower() == "x-wc-webhook-signature"


def test_header_names_are_found_in_any_case() -> None:
    headers = Headers({name.lower(): value for name, value in deliveries()[0].headers.items()})

    assert read_headers(headers.get) == read_headers(deliveries()[0].headers.get)


def test_deliveries_that_share_an_id_have_keys_of_their_own() -> None:
    batch = [delivery for delivery in deliveries() if delivery.capture == "product_batch_update_5"]
    ids = {read_headers(delivery.headers.get).delivery_id for delivery in batch}

    keys = {dedupe_key(read_headers(delivery.headers.get), delivery.body) for delivery in batch}

    assert len(ids) < len(batch) == len(keys)


def test_delivery_sent_again_has_the_same_key() -> None:
    delivery = deliveries()[0]

    assert dedupe_key(read_headers(delivery.headers.get), delivery.body) == dedupe_key(
        read_headers(dict(delivery.headers).get), delivery.body
    )


def test_plain_product_is_believed() -> None:
    change = _change("product_update_price", "product.updated")

    assert isinstance(change, Changed)
    assert isinstance(change.record, ProductRecord)


def test_order_is_believed_on_created_and_on_updated() -> None:
    created, updated = (_change("order_create_guest_rest", topic) for topic in ("order.created", "order.updated"))

    assert isinstance(created, Changed)
    assert isinstance(created.record, OrderRecord)
    assert created == updated


@pytest.mark.parametrize(
    ("capture", "topic"),
    [("variation_update_price", "product.updated"), ("variation_create", "product.created"), ("variable_create", "product.created")],
)
def test_variation_and_variable_product_send_us_to_the_product(capture: str, topic: str) -> None:
    payload = delivered(capture, topic).payload
    product_id = payload["parent_id"] or payload["id"]

    assert _change(capture, topic) == Stale(Entity.PRODUCTS, product_id)


def test_trashed_coupon_does_not_delete_the_product_of_that_id() -> None:
    assert _change("coupon_trash", "product.deleted") == Stale(Entity.PRODUCTS, 478)
    assert isinstance(_change("product_trash", "coupon.deleted"), Irrelevant)


def test_trashed_and_restored_products_are_looked_up() -> None:
    trashed = delivered("product_update_then_trashed_before_delivery", "product.updated").payload["id"]

    assert _change("product_update_then_trashed_before_delivery", "product.updated") == Stale(Entity.PRODUCTS, trashed)
    assert _change("product_untrash_wp", "product.restored") == Stale(Entity.PRODUCTS, 466)


@pytest.mark.parametrize(
    ("capture", "topic"), [("product_update_then_deleted_before_delivery", "product.updated"), ("coupon_untrash_wp", "product.restored")]
)
def test_error_body_is_irrelevant_and_says_why(capture: str, topic: str) -> None:
    change = _change(capture, topic)

    assert isinstance(change, Irrelevant)
    assert "woocommerce_rest_product_invalid_id" in change.reason


def test_abandoned_checkout_is_a_cart_and_a_new_wordpress_user_is_irrelevant() -> None:
    abandoned = _change("checkout_draft_abandoned", "order.updated")
    assert isinstance(abandoned, Changed)
    assert isinstance(abandoned.record, CartRecord)
    assert isinstance(_change("customer_wp_user_subscriber", "customer.created"), Irrelevant)


def test_deleted_customer_is_deleted_and_deleted_order_is_looked_up() -> None:
    assert _change("customer_delete_rest", "customer.deleted") == Deleted(Entity.CUSTOMERS, 5)
    assert isinstance(_change("order_trash", "order.deleted"), Stale)


@pytest.mark.parametrize("payload", [None, [], "x", 7, {}, {"id": "x"}, {"id": 5, "date_modified_gmt": "never"}])
def test_payload_that_no_topic_has_is_refused_with_a_reason(payload: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_delivery("product.updated", payload)


def test_every_recorded_delivery_can_be_read() -> None:
    for delivery in deliveries():
        read_delivery(delivery.topic, delivery.payload)


def test_categories_and_variations_have_no_topic() -> None:
    assert {topic.split(".")[0] for topic in TOPICS} == {"product", "order", "customer"}


def _change(capture: str, topic: str) -> object:
    delivery: Captured = delivered(capture, topic)
    return read_delivery(topic, delivery.payload)
