"""Recorded payloads become the Records they should; spoilt ones become bad rows with a reason."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luxebrain.integrations.platform import (
    BadRow,
    CartRecord,
    CollectionRecord,
    CustomerRecord,
    Entity,
    Irrelevant,
    OrderRecord,
    OrderStatus,
    ProductRecord,
    ProductStatus,
)
from luxebrain.integrations.woocommerce.clicks import read_clicks
from luxebrain.integrations.woocommerce.records import read_row
from tests.integrations.captured import answer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda c: st.lists(c) | st.dictionaries(st.text(max_size=8), c),
)


def test_simple_product_has_one_variant_with_its_own_id() -> None:
    product = _product("product_simple")

    (variant,) = product.variants
    assert (product.id, variant.id, variant.title, variant.sku) == (24, 24, "", "MUG-1")
    assert (variant.price, variant.compare_at_price) == (Decimal("12.50"), None)
    assert (variant.stock_quantity, variant.is_in_stock) == (18, True)
    assert (product.description, product.tags, product.collection_ids) == ("mug", ("summer",), (25,))
    assert product.image_url == variant.image_url != ""


def test_times_are_read_from_the_gmt_fields() -> None:
    product = _product("product_simple")

    assert product.created_at == datetime(2026, 11, 22, 23, 48, 12, tzinfo=UTC)
    assert product.modified_at == datetime(2026, 11, 22, 23, 48, 19, tzinfo=UTC)


def test_variable_product_has_its_variations_as_variants_with_their_prices() -> None:
    product = read_row(Entity.PRODUCTS, answer("product_variable"), answer("product_variable_variations"))

    assert isinstance(product, ProductRecord)
    assert [(v.id, v.title, v.stock_quantity) for v in product.variants] == [
        (42, "S, Cotton", 2),
        (43, "M, Cotton", None),
        (44, "L, Linen", None),
        (45, "L", None),  # leaves the fabric open
    ]
    assert [(v.price, v.compare_at_price) for v in product.variants if v.id == 44] == [(Decimal("28.00"), None)]


def test_variable_product_without_variations_is_valid_and_has_nothing_to_sell() -> None:
    assert _product("product_variable_without_variations").variants == ()


def test_names_lose_entities_and_tags() -> None:
    collections = [read_row(Entity.COLLECTIONS, row) for row in answer("categories")]

    assert CollectionRecord(id=25, title="Mugs & Cups") in collections
    assert _product("product_entity").title.startswith("Tom & Jerry’s")
    assert not set("<>&;") & set(_product("product_entity").title.replace("Tom & Jerry", ""))


def test_product_without_price_has_none_and_a_free_one_costs_nothing() -> None:
    assert _product("product_noprice").variants[0].price is None
    assert _product("product_free").variants[0].price == 0


def test_reduced_product_says_what_it_cost_before() -> None:
    variant = _product("product_onsale").variants[0]

    assert (str(variant.price), str(variant.compare_at_price)) == (
        answer("product_onsale")["price"],
        answer("product_onsale")["regular_price"],
    )


def test_sale_that_ended_but_is_still_charged_is_the_price() -> None:
    payload = {**answer("product_simple"), "price": "18.99", "regular_price": "30.00", "sale_price": "18.99", "on_sale": False}

    product = read_row(Entity.PRODUCTS, payload)

    assert isinstance(product, ProductRecord)
    assert (product.variants[0].price, product.variants[0].compare_at_price) == (Decimal("18.99"), Decimal("30.00"))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("product_simple", ProductStatus.ACTIVE),
        ("product_hidden", ProductStatus.HIDDEN),
        ("product_private", ProductStatus.HIDDEN),
        ("product_draft", ProductStatus.DRAFT),
    ],
)
def test_status_says_where_a_product_can_be_seen(name: str, status: ProductStatus) -> None:
    assert _product(name).status is status


@pytest.mark.parametrize(
    "extra",
    [
        {"meta_data": [{"id": 1, "key": "_wc_cog_cost", "value": "4.20"}]},
        {"cost_of_goods_sold": {"values": [{"defined_value": 4.2}], "total_value": 4.2}},
    ],
)
def test_unit_cost_is_read_from_the_store_or_the_plugin(extra: dict[str, Any]) -> None:
    product = read_row(Entity.PRODUCTS, {**answer("product_simple"), **extra})

    assert isinstance(product, ProductRecord)
    assert product.variants[0].unit_cost == Decimal("4.2")


def test_variation_is_no_product_of_its_own() -> None:
    assert isinstance(read_row(Entity.PRODUCTS, answer("variation_fetched_as_product")), Irrelevant)


def test_customer_has_the_phone_of_the_billing_address() -> None:
    customer = read_row(Entity.CUSTOMERS, answer("customer_single"))

    assert isinstance(customer, CustomerRecord)
    assert (customer.email, customer.first_name, customer.phone) == ("ann@example.com", "Ann", "0700")


def test_wordpress_user_who_buys_nothing_is_no_customer() -> None:
    assert isinstance(
        read_row(Entity.CUSTOMERS, {**answer("customer_single"), "role": "subscriber", "is_paying_customer": False}), Irrelevant
    )


def test_guest_order_has_no_customer_but_an_address() -> None:
    order = _order("order_guest")

    assert order.customer_id is None
    assert "@" in order.email


def test_order_without_billing_is_valid() -> None:
    order = _order("order_create_minimal_pending")

    assert (order.status, order.email) == (OrderStatus.PENDING, "")


def test_order_lines_are_net_of_coupons_and_name_the_variant_sold() -> None:
    order = _order("order_with_coupon")

    assert [(line.product_id, line.variant_id, line.quantity, line.total) for line in order.lines] == [
        (24, 24, 1, Decimal("11.25")),
        (41, 42, 2, Decimal("36.00")),
    ]
    assert (order.customer_id, order.total, order.currency) == (3, Decimal("47.25"), "GBP")
    assert (order.discount, order.coupon_codes) == (Decimal("5.25"), ("save10",))


def test_refund_is_positive_and_leaves_the_total_alone() -> None:
    order = _order("order_partially_refunded")

    assert [(refund.id, refund.amount, refund.reason) for refund in order.refunds] == [(59, Decimal("12.50"), "one broken")]
    assert order.status is OrderStatus.FULFILLED
    assert _order("order_fully_refunded").status is OrderStatus.REFUNDED


def test_line_of_a_deleted_product_keeps_its_name_and_total() -> None:
    (line,) = _order("order_after_product_force_deleted").lines

    assert (line.product_id, line.variant_id, line.title, line.sku, line.total) == (None, None, "Doomed", "", Decimal("3.00"))


def test_abandoned_checkout_is_a_cart_and_no_order() -> None:
    carts = [read_row(Entity.ORDERS, row) for row in answer("orders_checkout_draft")]

    assert {type(cart) for cart in carts} == {CartRecord}
    assert all(cart.total >= 0 for cart in carts if isinstance(cart, CartRecord))
    assert isinstance(read_row(Entity.ORDERS, answer("orders_checkout_draft")[0] | {"status": "auto-draft"}), Irrelevant)


def test_status_made_up_by_a_plugin_counts_by_whether_it_was_paid() -> None:
    shipped = {**answer("order_with_coupon"), "status": "shipped"}
    unpaid = {**shipped, "date_paid_gmt": None}

    statuses = [row.status for row in (read_row(Entity.ORDERS, shipped), read_row(Entity.ORDERS, unpaid)) if isinstance(row, OrderRecord)]

    assert statuses == [OrderStatus.PAID, OrderStatus.PENDING]


@pytest.mark.parametrize(
    ("entity", "name", "spoilt", "reason"),
    [
        (Entity.PRODUCTS, "product_simple", {"price": "1,234.50"}, "price"),
        (Entity.PRODUCTS, "product_simple", {"price": "-4"}, "price is negative"),
        (Entity.PRODUCTS, "product_simple", {"price": "NaN"}, "price"),
        (Entity.PRODUCTS, "product_simple", {"date_modified_gmt": "yesterday"}, "date_modified_gmt"),
        (Entity.PRODUCTS, "product_simple", {"id": 2**63}, "id"),
        (Entity.PRODUCTS, "product_simple", {"id": "x"}, "id"),
        (Entity.PRODUCTS, "product_simple", {"stock_quantity": 10**12}, "stock_quantity"),
        (Entity.ORDERS, "order_guest", {"currency": "pounds"}, "currency"),
        (Entity.ORDERS, "order_guest", {"total": ""}, "total is missing"),
        (Entity.CUSTOMERS, "customer_single", {"date_created_gmt": None}, "date_created_gmt is missing"),
    ],
)
def test_spoilt_row_is_kept_with_its_reason(entity: Entity, name: str, spoilt: dict[str, Any], reason: str) -> None:
    row = read_row(entity, {**answer(name), **spoilt})

    assert isinstance(row, BadRow)
    assert reason in row.reason


@pytest.mark.parametrize("written", ["1e300000", "-1e300000", "1e1000000000", 1e300])
def test_quantity_written_with_a_huge_exponent_is_refused(written: object) -> None:
    """The bound stands before the whole number: written out, a billion figures would not end within a test."""
    line = answer("order_guest")["line_items"][0] | {"quantity": written}

    row = read_row(Entity.ORDERS, {**answer("order_guest"), "line_items": [line]})

    assert isinstance(row, BadRow)
    assert "quantity is too large" in row.reason


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(Entity), JSON)
def test_any_json_becomes_a_row_and_never_an_error(entity: Entity, payload: Any) -> None:
    assert isinstance(read_row(entity, payload), BadRow | Irrelevant)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(answer("product_simple"))), JSON)
def test_any_value_in_any_field_of_a_product_never_raises(field: str, value: Any) -> None:
    assert isinstance(read_row(Entity.PRODUCTS, {**deepcopy(answer("product_simple")), field: value}), ProductRecord | BadRow | Irrelevant)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(answer("order_with_coupon"))), JSON)
def test_any_value_in_any_field_of_an_order_never_raises(field: str, value: Any) -> None:
    assert isinstance(read_row(Entity.ORDERS, {**deepcopy(answer("order_with_coupon")), field: value}), OrderRecord | BadRow | Irrelevant)


@pytest.mark.parametrize("form", ["list", "object", "text", "wrapped"])
def test_clicks_are_read_in_every_form_they_come_in(form: str) -> None:
    click = {"click_id": "c1", "product_id": 24, "at": 1795391639}
    value = {"list": [click], "object": click, "text": json.dumps([click]), "wrapped": {"clicks": [click]}}[form]

    order = read_row(Entity.ORDERS, {**answer("order_guest"), "meta_data": [{"id": 1, "key": "_luxebrain", "value": value}]})

    assert isinstance(order, OrderRecord)
    assert order.clicks == (click,)


@pytest.mark.parametrize(
    "value",
    ["", "{", "[" * 5000, "x" * 100_000, 7, None, ["a", 1, None], [{}], {"a" * 50: "b"}, {"a": "b" * 300}, {"a": {"b": 1}}, {"a": 1e999}],
)
def test_garbage_in_place_of_clicks_is_left_out(value: Any) -> None:
    assert read_clicks(value) == ()


def test_clicks_are_bounded() -> None:
    assert len(read_clicks([{"id": number} for number in range(10_000)])) == 50


def _product(name: str) -> ProductRecord:
    product = read_row(Entity.PRODUCTS, answer(name))
    assert isinstance(product, ProductRecord), product
    return product


def _order(name: str) -> OrderRecord:
    order = read_row(Entity.ORDERS, answer(name))
    assert isinstance(order, OrderRecord), order
    return order


def test_half_an_emoji_and_nul_become_text_that_can_be_kept() -> None:
    name = "Cup \\u0000 \0\0 \ud83d"

    kept = read_row(Entity.PRODUCTS, answer("product_simple") | {"name": name})
    spoilt = read_row(Entity.PRODUCTS, answer("product_simple") | {"name": name, "regular_price": "twelve", "weight": float("nan")})

    assert isinstance(kept, ProductRecord)
    assert kept.title == "Cup \\u0000?"
    assert isinstance(spoilt, BadRow)
    assert (spoilt.payload["name"], spoilt.payload["weight"]) == ("Cup \\u0000  ?", "NaN")
