"""What Shopify sends becomes Records as WooCommerce's does, or is set aside with its reason."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luxebrain.integrations.platform import (
    BadRow,
    CollectionRecord,
    CustomerRecord,
    Entity,
    Irrelevant,
    OrderRecord,
    OrderStatus,
    ProductRecord,
    ProductStatus,
)
from luxebrain.integrations.shopify.records import parse_gid, read_row
from tests.integrations.shopify.samples import SHOP, live_order, sample

PAID_BACK = {"kind": "refund", "status": "success"}
NEW_YEAR = datetime(2022, 1, 1, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def product(**changes: Any) -> ProductRecord:
    found = read_row(Entity.PRODUCTS, sample("products__update") | changes, shop=SHOP)
    assert isinstance(found, ProductRecord), found
    return found


def order(**changes: Any) -> OrderRecord:
    found = read_row(Entity.ORDERS, live_order(**changes), shop=SHOP)
    assert isinstance(found, OrderRecord), found
    return found


def is_read(found: object) -> None:
    """A record, or a reason why not."""
    assert isinstance(found, CollectionRecord | CustomerRecord | OrderRecord | ProductRecord | Irrelevant | BadRow)
    assert not isinstance(found, BadRow | Irrelevant) or found.reason


def line(**changes: Any) -> Any:
    return live_order()["line_items"][0] | changes


def test_product_has_its_variants_with_prices_stock_and_times_in_utc() -> None:
    found = product()

    assert (found.id, found.title, found.url) == (788032119674292922, "Example T-Shirt", f"https://{SHOP}/products/example-t-shirt")
    assert (found.tags, found.created_at, found.modified_at) == (("example", "mens", "t-shirt"), NEW_YEAR, NEW_YEAR)
    small, medium = found.variants
    assert (small.id, small.title, small.price, small.compare_at_price) == (642667041472713922, "Small", Decimal("19.99"), Decimal("24.99"))
    assert (small.stock_quantity, small.is_in_stock, medium.modified_at) == (75, True, NEW_YEAR)


def test_product_without_options_has_a_variant_without_a_title() -> None:
    variant = sample("products__update")["variants"][0] | {"title": "Default Title", "compare_at_price": "19.99"}

    (found,) = product(variants=[variant]).variants

    assert (found.title, found.compare_at_price) == ("", None)


@pytest.mark.parametrize(
    ("changes", "stock", "is_in_stock"),
    [
        ({"inventory_quantity": 0}, 0, False),
        ({"inventory_quantity": -2}, -2, False),
        ({"inventory_quantity": 0, "inventory_policy": "continue"}, 0, True),
        ({"inventory_quantity": 0, "inventory_management": None}, None, True),
        ({"inventory_quantity": 3, "inventory_management": "shopify"}, 3, True),
    ],
)
def test_stock_counts_where_it_is_counted(changes: dict[str, Any], stock: int | None, is_in_stock: bool) -> None:
    variant = sample("products__update")["variants"][0] | changes

    (found,) = product(variants=[variant]).variants

    assert (found.stock_quantity, found.is_in_stock) == (stock, is_in_stock)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, ProductStatus.ACTIVE),
        ({"published_at": None}, ProductStatus.DRAFT),
        ({"status": "draft"}, ProductStatus.DRAFT),
        ({"status": "archived"}, ProductStatus.DRAFT),
        ({"status": "unlisted"}, ProductStatus.HIDDEN),
    ],
)
def test_status_says_where_a_product_can_be_seen(changes: dict[str, Any], status: ProductStatus) -> None:
    assert product(**changes).status == status


def test_variant_shows_its_own_picture_and_else_the_product_s() -> None:
    pictures = [{"id": 1, "src": "https://cdn.example/one.png"}, {"id": 2, "src": "https://cdn.example/two.png"}]
    own, plain = ({**variant, "image_id": image} for variant, image in zip(sample("products__update")["variants"], (2, None), strict=True))

    found = product(images=pictures, variants=[own, plain])

    assert found.image_url == "https://cdn.example/one.png"
    assert [variant.image_url for variant in found.variants] == ["https://cdn.example/two.png", "https://cdn.example/one.png"]


def test_shapes_of_some_years_ago_are_read_too() -> None:
    assert isinstance(read_row(Entity.PRODUCTS, sample("rest_product")["product"], shop=SHOP), ProductRecord)
    assert isinstance(read_row(Entity.CUSTOMERS, sample("rest_customer")["customer"], shop=SHOP), CustomerRecord)
    assert isinstance(read_row(Entity.ORDERS, sample("rest_order")["order"], shop=SHOP), OrderRecord)


def test_customer_has_the_phone_of_the_address() -> None:
    found = read_row(Entity.CUSTOMERS, sample("customers__update"), shop=SHOP)

    assert isinstance(found, CustomerRecord)
    assert (found.id, found.email, found.first_name, found.phone) == (706405506930370084, "bob@biller.com", "Bob", "555-555-5555")
    assert found.modified_at == NEW_YEAR


def test_collection_is_read() -> None:
    found = read_row(Entity.COLLECTIONS, sample("collections__update"), shop=SHOP)

    assert found == CollectionRecord(id=408372092144951419, title="My New Collection")


def test_order_has_its_people_amounts_and_lines() -> None:
    found = order()

    assert (found.id, found.number, found.currency, found.total) == (820982911946154508, "#9999", "USD", Decimal("404.95"))
    assert (found.email, found.customer_id, found.first_name) == ("jon@example.com", 115310627314723954, "John")
    assert (found.lines[0].title, found.lines[0].total, found.lines[0].variant_id) == ("Aviator sunglasses", Decimal("89.99"), None)


def test_guest_order_has_no_customer_and_the_name_of_its_bill() -> None:
    found = order(customer=None)

    assert (found.customer_id, found.first_name, found.phone) == (None, "Steve", "555-555-SHIP")


def test_order_that_was_placed_as_a_test_is_none() -> None:
    assert read_row(Entity.ORDERS, sample("orders__updated"), shop=SHOP) == Irrelevant("a test order")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"financial_status": "paid"}, OrderStatus.PAID),
        ({"financial_status": "paid", "fulfillment_status": "fulfilled"}, OrderStatus.FULFILLED),
        ({"financial_status": "paid", "fulfillment_status": "partial"}, OrderStatus.PAID),
        ({"financial_status": "partially_refunded"}, OrderStatus.PAID),
        ({"financial_status": "pending"}, OrderStatus.PENDING),
        ({"financial_status": "authorized"}, OrderStatus.PENDING),
        ({"financial_status": "voided"}, OrderStatus.CANCELLED),
        ({"financial_status": "paid", "cancelled_at": "2022-01-01T00:00:00Z"}, OrderStatus.CANCELLED),
        ({"financial_status": "refunded", "cancelled_at": "2022-01-01T00:00:00Z"}, OrderStatus.REFUNDED),
        ({"financial_status": "made up"}, OrderStatus.PENDING),
    ],
)
def test_status_is_told_from_payment_delivery_and_cancellation(changes: dict[str, Any], status: OrderStatus) -> None:
    assert order(**{"cancelled_at": None, **changes}).status == status


def test_lines_are_net_of_discounts_and_of_tax_where_prices_hold_it() -> None:
    sold = line(price="12.00", quantity=2, discount_allocations=[{"amount": "4.00"}], tax_lines=[{"price": "3.19"}], product_id=None)

    without, included = (order(line_items=[sold], taxes_included=is_included).lines[0] for is_included in (False, True))

    assert (without.total, included.total, without.product_id) == (Decimal("20.00"), Decimal("16.81"), None)


def test_refund_is_what_was_paid_back() -> None:
    waiting = {"id": 7, "note": None, "transactions": [{"kind": "refund", "status": "pending", "amount": "9.00"}]}

    damaged, open_ = order(refunds=[sample("refunds__create"), waiting]).refunds

    assert (damaged.id, damaged.reason) == (890088186047892319, "Things were damaged")
    assert damaged.amount > 0
    assert (open_.amount, open_.reason) == (Decimal(0), "")


@pytest.mark.parametrize(
    ("entity", "payload", "reason"),
    [
        (Entity.PRODUCTS, sample("products__update") | {"variants": []}, "variants is empty"),
        (Entity.PRODUCTS, sample("products__update") | {"updated_at": "soon"}, "updated_at is not a date"),
        (Entity.ORDERS, live_order(total_price="many"), "total_price"),
        (Entity.ORDERS, live_order(currency="US"), "currency is not a code"),
        (Entity.ORDERS, live_order(id=2**63), "id is not an id"),
        (Entity.CUSTOMERS, sample("customers__delete"), "updated_at is missing"),
        (Entity.COLLECTIONS, ["no object"], "the row is no object"),
    ],
)
def test_spoilt_row_is_kept_with_its_reason(entity: Entity, payload: Any, reason: str) -> None:
    found = read_row(entity, payload, shop=SHOP)

    assert isinstance(found, BadRow)
    assert reason in found.reason


@given(st.sampled_from(Entity), JSON)
def test_any_json_becomes_a_row_and_never_an_error(entity: Entity, payload: Any) -> None:
    is_read(read_row(entity, payload, shop=SHOP))


@given(st.sampled_from(sorted(live_order())), JSON)
def test_any_value_in_any_field_of_an_order_never_raises(name: str, value: Any) -> None:
    is_read(read_row(Entity.ORDERS, live_order() | {name: value}, shop=SHOP))


@given(st.sampled_from(sorted(sample("products__update"))), JSON)
def test_any_value_in_any_field_of_a_product_never_raises(name: str, value: Any) -> None:
    is_read(read_row(Entity.PRODUCTS, sample("products__update") | {name: value}, shop=SHOP))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"line_items": [line(price="999999999999999", quantity=2_000_000_000)]}, "more than can be kept"),
        ({"line_items": [line(discount_allocations=[{"amount": "999999999999999"}] * 2)]}, "more than can be kept"),
        ({"refunds": [sample("refunds__create") | {"transactions": [PAID_BACK | {"amount": "-41.94"}]}]}, "less than nothing"),
    ],
)
def test_order_whose_amounts_cannot_be_true_is_set_aside(changes: dict[str, Any], reason: str) -> None:
    found = read_row(Entity.ORDERS, live_order(**changes), shop=SHOP)

    assert isinstance(found, BadRow)
    assert reason in found.reason


def test_global_id_holds_the_number() -> None:
    assert parse_gid("gid://shopify/Product/788032119674292922") == 788032119674292922
    assert parse_gid("gid://shopify/InventoryLevel/24826418?inventory_item_id=2718") == 24826418


@pytest.mark.parametrize("gid", ["", "788032119674292922", "gid://shopify/Product/", "gid://shopify/Product/²", "gid://other/Product/1"])
def test_what_is_no_global_id_is_refused(gid: str) -> None:
    with pytest.raises(ValueError, match=r"not an id|is not|missing"):
        parse_gid(gid)
