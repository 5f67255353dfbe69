"""Shopify's deliveries: verified on their raw bytes with the new and the old secret, told apart, and read."""

from __future__ import annotations

from typing import Any

import pytest

from luxebrain.errors import InvalidInput, InvalidSignature
from luxebrain.integrations.platform import (
    Change,
    Changed,
    CollectionRecord,
    CustomerRecord,
    Deleted,
    Entity,
    Irrelevant,
    OrderRecord,
    Stale,
)
from luxebrain.integrations.shopify.webhooks import check_signature, dedupe_key, parse_shop, read_delivery, read_headers
from tests.integrations.shopify.samples import SHOP, live_order, sample

HEADERS = {
    "X-Shopify-Topic": "orders/updated",
    "X-Shopify-Shop-Domain": SHOP,
    "X-Shopify-API-Version": "2026-10",
    "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
    "X-Shopify-Hmac-Sha256": "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g=",
}
# (secret, body, signature): the suites of shopify-api-js and shopify_app.
VECTORS = [
    ("test_secret_key", b'{"foo": "bar"}', "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g="),
    ("secret", b"foo=anything", "yCGX/RrK4fcuNtr3ztk5tQGsOBjcAzHpGLdMUrbV8yI="),
    ("old_secret", b"foo=anything", "XqRcjrSv57VACn6apEO9znyu/wkN1VC7QxdSPwK3Hzs="),
]


@pytest.mark.parametrize(("secret", "body", "signature"), VECTORS)
def test_published_signatures_verify_and_no_changed_body_does(secret: str, body: bytes, signature: str) -> None:
    check_signature([secret], body, signature)

    with pytest.raises(InvalidSignature):
        check_signature([secret], body + b" ", signature)


def test_old_secret_signs_while_it_is_changed_and_no_longer() -> None:
    _, body, signed_by_old = VECTORS[2]

    check_signature(["secret", "old_secret"], body, signed_by_old)

    with pytest.raises(InvalidSignature):
        check_signature(["secret"], body, signed_by_old)


@pytest.mark.parametrize("signature", ["", "x", "ä", "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g", VECTORS[1][2]])
def test_malformed_signature_is_an_invalid_one(signature: str) -> None:
    with pytest.raises(InvalidSignature):
        check_signature(["test_secret_key"], b'{"foo": "bar"}', signature)


def test_empty_body_is_signed_by_nobody() -> None:
    with pytest.raises(InvalidSignature):
        check_signature(["secret"], b"", "+eZuF5tnR65UEI+C+K3os8Jddv0wr95sOVgixTAZYWk=")


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_header_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_headers({other: value for other, value in HEADERS.items() if other != name})

    assert refused.value.field == name


def test_header_names_are_found_in_any_case_and_the_signature_is_not_printed() -> None:
    delivery = read_headers({name.upper(): value for name, value in HEADERS.items()})

    assert (delivery.topic, delivery.shop, delivery.api_version) == ("orders/updated", SHOP, "2026-10")
    assert HEADERS["X-Shopify-Hmac-Sha256"] not in repr(delivery)


def test_delivery_sent_again_has_the_same_key() -> None:
    again, another = read_headers(HEADERS), read_headers(HEADERS | {"X-Shopify-Webhook-Id": "another"})

    assert dedupe_key(read_headers(HEADERS)) == dedupe_key(again) != dedupe_key(another)


@pytest.mark.parametrize("domain", ["someshop.myshopify.com", "test-shop.myshopify.com", "SomeShop.MyShopify.com"])
def test_shop_is_known_by_its_domain(domain: str) -> None:
    assert parse_shop(domain) == domain.lower()


@pytest.mark.parametrize(
    "domain",
    [
        "notshopify.com",
        "-invalid.myshopify.com",
        "shop.myshopify.com.evil.com",
        "https://shop.myshopify.com",
        "shop.myshopify.com/x",
        "shop.myshopify.com\n",
        "shop_myshopify.com",
        "ſhop.myshopify.com",
        "",
    ],
)
def test_what_only_looks_like_a_shop_is_refused(domain: str) -> None:
    with pytest.raises(InvalidInput):
        parse_shop(domain)


@pytest.mark.parametrize(
    ("topic", "payload", "kind"),
    [
        ("orders/updated", live_order(), OrderRecord),
        ("customers/update", sample("customers__update"), CustomerRecord),
        ("collections/update", sample("collections__update"), CollectionRecord),
    ],
)
def test_what_says_all_is_believed(topic: str, payload: dict[str, Any], kind: type[Any]) -> None:
    found = read_delivery(topic, payload, shop=SHOP)

    assert isinstance(found, Changed)
    assert isinstance(found.record, kind)


@pytest.mark.parametrize(
    ("topic", "payload", "change"),
    [
        ("products/update", sample("products__update"), Stale(Entity.PRODUCTS, 788032119674292922)),
        ("products/delete", sample("products__delete"), Deleted(Entity.PRODUCTS, 788032119674292922)),
        ("customers/delete", sample("customers__delete"), Deleted(Entity.CUSTOMERS, 706405506930370084)),
        ("refunds/create", sample("refunds__create"), Stale(Entity.ORDERS, 820982911946154508)),
        ("orders/updated", sample("orders__updated"), Irrelevant("a test order")),
    ],
)
def test_what_says_less_sends_us_to_the_thing_itself(topic: str, payload: dict[str, Any], change: Change) -> None:
    assert read_delivery(topic, payload, shop=SHOP) == change


@pytest.mark.parametrize(
    "topic", ["customers/redact", "customers/data_request", "shop/redact", "app/uninstalled", "inventory_levels/update", "moon/eclipsed"]
)
def test_matters_of_people_and_of_the_app_change_nothing_in_the_catalogue(topic: str) -> None:
    payload = {"moon/eclipsed": {}}.get(topic) if topic == "moon/eclipsed" else sample(topic.replace("/", "__"))

    assert isinstance(read_delivery(topic, payload, shop=SHOP), Irrelevant)


@pytest.mark.parametrize("payload", [None, [], "text", {}, {"id": "one"}])
def test_payload_that_no_topic_has_is_refused_with_a_reason(payload: object) -> None:
    with pytest.raises(ValueError, match=r"id|object"):
        read_delivery("orders/create", payload, shop=SHOP)
