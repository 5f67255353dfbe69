"""The sample shop's orders and catalogue as the engines take them (data/samples/README.md has the files' schema)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from luxebrain.engines.price_rules import ProductSales
from luxebrain.engines.segments import CustomerOrders

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAID = ("completed", "processing", "on-hold")


def read_lines() -> pd.DataFrame:
    """Columns of `interactions.order_lines`; guests have no customer."""
    rows = [
        (order["id"], order["customer_id"] or None, line["product_id"], line["quantity"], NOW - timedelta(days=order["days_ago"]))
        for order in _paid_orders()
        for line in order["line_items"]
    ]
    return pd.DataFrame(rows, columns=["order_id", "customer", "product_id", "quantity", "ordered_at"])


def read_catalogue() -> pd.DataFrame:
    products = json.loads((SAMPLES / "products.json").read_text())
    rows = [(product["id"], product["name"], [category["name"] for category in product.get("categories", ())]) for product in products]
    return pd.DataFrame(rows, columns=["product_id", "title", "categories"])


def read_customer_orders() -> CustomerOrders:
    orders = [order for order in _paid_orders() if order["customer_id"]]
    paid = [sum(float(line["total"]) for line in order["line_items"]) for order in orders]
    ordered_at = [int((NOW - timedelta(days=order["days_ago"])).timestamp()) for order in orders]
    customer = np.array([order["customer_id"] for order in orders], dtype=np.int64)
    refunded = [sum(float(refund["amount"]) for refund in order.get("refunds", ())) for order in orders]
    return CustomerOrders(customer, np.array(ordered_at, dtype=np.int64), np.array(paid), np.array(refunded))


def read_product_sales() -> list[ProductSales]:
    """One entry a sellable thing (variation, or product without variations), with the units of its lines."""
    units: dict[tuple[int, bool], int] = {}
    for order in _paid_orders():
        for line in order["line_items"]:
            if order["days_ago"] <= 84:
                key = (line["variation_id"] or line["product_id"], order["days_ago"] <= 28)
                units[key] = units.get(key, 0) + line["quantity"]
    return [_sales(item, days, units) for item, days in _items()]


def _sales(item: dict[str, Any], days: float, units: dict[tuple[int, bool], int]) -> ProductSales:
    cost = next((Decimal(meta["value"]) for meta in item["meta_data"] if meta["key"] == "_wc_cog_cost"), None)
    list_price = Decimal(item["regular_price"] or "0")
    return ProductSales(
        product_id=item["id"],
        price=Decimal(item["sale_price"] or item["regular_price"] or "0"),
        unit_cost=cost,
        list_price=list_price,
        stock=item["stock_quantity"] if item["manage_stock"] else None,
        units_last_28_days=units.get((item["id"], True), 0),
        units_prior_56_days=units.get((item["id"], False), 0),
        days_listed=int(days),
    )


def _items() -> Iterator[tuple[dict[str, Any], float]]:
    for product in json.loads((SAMPLES / "products.json").read_text()):
        for item in product["variations"] or [product]:
            yield item, product["days_ago"]


def _paid_orders() -> list[dict[str, Any]]:
    return [order for order in json.loads((SAMPLES / "orders.json").read_text()) if order["status"] in PAID]
