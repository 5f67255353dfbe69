"""The sample files keep the schema written in data/samples/README.md, and hang together."""

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
PRICE = re.compile(r"^\d+\.\d\d$")

OFFER = {"id": int, "sku": str, "regular_price": str, "sale_price": str, "manage_stock": bool, "meta_data": list, "attributes": list}
PRODUCT = OFFER | {
    "name": str,
    "slug": str,
    "type": str,
    "status": str,
    "days_ago": float | int,
    "short_description": str,
    "description": str,
    "categories": list,
    "tags": list,
    "images": list,
    "variations": list,
}
CUSTOMER = {"id": int, "email": str, "first_name": str, "last_name": str, "days_ago": float | int, "billing": dict}
ORDER = {"id": int, "number": str, "status": str, "currency": str, "days_ago": float | int, "line_items": list, "customer_id": int}
LINE = {"product_id": int, "variation_id": int, "quantity": int, "total": str}
REFUND = {"id": int, "reason": str, "amount": str, "days_ago": float | int, "line_items": list}
ADDRESS = {"first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country", "email", "phone"}
STATUSES = {"completed", "processing", "on-hold", "cancelled", "failed", "refunded"}

Document = dict[str, Any]


@pytest.fixture(scope="module")
def products() -> list[Document]:
    return read("products")


@pytest.fixture(scope="module")
def customers() -> list[Document]:
    return read("customers")


@pytest.fixture(scope="module")
def orders() -> list[Document]:
    return read("orders")


def test_files_stay_under_six_megabytes() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) <= 6_000_000


def test_counts_are_those_of_a_gift_shop(products: list[Document], customers: list[Document], orders: list[Document]) -> None:
    assert 400 <= len(products) <= 600
    assert len({category["name"] for product in products for category in product["categories"]}) == 13
    assert 1_000 <= len(customers) <= 2_000
    assert 6_000 <= len(orders) <= 9_000


def test_every_product_has_the_fields_of_the_schema(products: list[Document]) -> None:
    for product in products:
        assert_fields(product, PRODUCT | {"stock_quantity": int | None})
        assert product["type"] in ("simple", "variable")
        assert product["status"] in ("publish", "draft")
        assert product["images"] == [{"src": f"/lab/pictures/{product['id']}.svg", "alt": product["images"][0]["alt"]}]
        assert all(set(term) == {"id", "name", "slug"} for term in product["categories"] + product["tags"])


def test_prices_stock_and_costs_are_sane_on_everything_that_is_sold(products: list[Document]) -> None:
    for offer in offers(products):
        assert_fields({key: offer[key] for key in [*OFFER, "stock_quantity"]}, OFFER | {"stock_quantity": int})
        assert offer["regular_price"] == "" or PRICE.match(offer["regular_price"])
        assert offer["stock_quantity"] >= 0
        assert offer["sale_price"] == "" or Decimal(offer["sale_price"]) < Decimal(offer["regular_price"])
        assert all(meta["key"] == "_wc_cog_cost" and PRICE.match(meta["value"]) for meta in offer["meta_data"])


def test_variable_products_sell_only_through_two_or_more_different_variations(products: list[Document]) -> None:
    variable = [product for product in products if product["type"] == "variable"]

    assert len(variable) >= 20
    for product in variable:
        options = [variation["attributes"][0]["option"] for variation in product["variations"]]
        assert product["regular_price"] == product["sale_price"] == ""
        assert product["stock_quantity"] is None
        assert options == product["attributes"][0]["options"]
        assert len(set(options)) == len(options) >= 2
    assert all(not product["variations"] for product in products if product["type"] == "simple")


def test_numbers_slugs_and_skus_are_unique(products: list[Document], customers: list[Document], orders: list[Document]) -> None:
    posts = [offer["id"] for product in products for offer in [product, *product["variations"]]]
    posts += [order["id"] for order in orders] + [refund["id"] for order in orders for refund in order.get("refunds", [])]

    for values in (posts, [customer["id"] for customer in customers], [p["slug"] for p in products], [o["sku"] for o in offers(products)]):
        assert len(values) == len(set(values))


def test_customers_are_nobody_real(customers: list[Document]) -> None:
    for customer in customers:
        assert_fields(customer, CUSTOMER)
        assert set(customer["billing"]) == ADDRESS
        assert customer["email"] == customer["billing"]["email"]
        assert customer["email"].endswith("@example.com")
        assert customer["billing"]["phone"].startswith("07700 900")
        assert re.search(r"\d[CIKMOV]{2}$", customer["billing"]["postcode"])
    assert len({customer["email"] for customer in customers}) == len(customers)


def test_every_order_has_the_fields_of_the_schema(orders: list[Document]) -> None:
    for order in orders:
        optional = {key: kind for key, kind in {"billing_email": str, "billing": dict, "refunds": list}.items() if key in order}
        assert_fields(order, ORDER | optional)
        assert order["number"] == str(order["id"])
        assert order["status"] in STATUSES
        assert 1 <= len(order["line_items"]) <= 20
        assert ("billing_email" in order) == (order["customer_id"] == 0)
        for line in order["line_items"]:
            assert_fields(line, LINE if line["product_id"] else LINE | {"name": str, "sku": str})
            assert line["quantity"] > 0
            assert PRICE.match(line["total"])


def test_orders_name_products_and_customers_that_exist(products: list[Document], customers: list[Document], orders: list[Document]) -> None:
    places = {(product["id"], variation["id"]) for product in products for variation in product["variations"]}
    places |= {(product["id"], 0) for product in products if not product["variations"]} | {(0, 0)}

    assert {(line["product_id"], line["variation_id"]) for order in orders for line in order["line_items"]} <= places
    assert {order["customer_id"] for order in orders} - {0} == {customer["id"] for customer in customers}


def test_orders_span_eleven_months_oldest_first_and_end_today(orders: list[Document]) -> None:
    ages = [order["days_ago"] for order in orders]

    assert ages == sorted(ages, reverse=True)
    assert 330 <= ages[0] <= 336
    assert 0 < ages[-1] < 1


def test_refunds_give_back_what_their_lines_cost(orders: list[Document]) -> None:
    refunded = [order for order in orders if "refunds" in order]

    assert len(refunded) >= 100
    for order in refunded:
        (refund,) = order["refunds"]
        assert_fields(refund, REFUND)
        assert Decimal(refund["amount"]) == sum(Decimal(line["total"]) for line in refund["line_items"])
        assert refund["days_ago"] < order["days_ago"]
        assert (order["status"] == "refunded") == (refund["line_items"] == order["line_items"]) or len(order["line_items"]) == 1


def test_imperfections_of_a_real_shop_are_there(products: list[Document], orders: list[Document]) -> None:
    assert any("&amp;" in product["name"] for product in products)
    assert any("<em>" in product["name"] for product in products)
    assert sum(offer["regular_price"] == "" for offer in offers(products)) == 1
    assert sum(product["status"] == "draft" for product in products) == 1
    assert sum(offer["stock_quantity"] == 0 for offer in offers(products)) >= 5
    assert sum(order["customer_id"] == 0 and order["billing_email"] == "" for order in orders) == 1
    assert any(line["product_id"] == 0 for order in orders for line in order["line_items"])


def test_some_products_have_no_orders_yet(products: list[Document], orders: list[Document]) -> None:
    sold = Counter(line["product_id"] for order in orders for line in order["line_items"])

    assert sum(sold[product["id"]] == 0 for product in products) >= 9


def read(name: str) -> list[Document]:
    documents: list[Document] = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))
    return documents


def offers(products: list[Document]) -> list[Document]:
    """Everything with a price of its own: simple products and variations."""
    return [offer for product in products for offer in product["variations"] or [product]]


def assert_fields(document: Document, schema: dict[str, Any]) -> None:
    """The same keys as the schema, each of its type."""
    assert set(document) == set(schema)
    for key, kind in schema.items():
        assert isinstance(document[key], kind), f"{key} of {document.get('id', document)}"
