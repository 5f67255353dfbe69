"""A corner of the sample shop: small enough to be read in a second, large enough that every page has something to show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.woocommerce.context import Options
from lab.woocommerce.server import LabServer

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
PRODUCTS, CUSTOMERS, ORDERS = 60, 120, 260


@contextmanager
def running_small_shop(folder: Path) -> Iterator[LabServer]:
    with LabServer(Options(data=cut_samples(folder), development=True, delivery_delay_s=0.01)) as running:
        yield running


def cut_samples(folder: Path) -> Path:
    """The first products and customers, and orders of those customers for those products, evenly over the year."""
    products, customers = _read("products")[:PRODUCTS], _read("customers")[:CUSTOMERS]
    items, people = {product["id"] for product in products}, {customer["id"] for customer in customers}
    orders = [_without(order, items) for order in _read("orders") if order.get("customer_id") in people]
    orders = [order for order in orders if order["line_items"] and "refunds" not in order]
    chosen = [orders[number * len(orders) // ORDERS] for number in range(ORDERS)]
    for name, rows in {"products": products, "customers": customers, "orders": chosen}.items():
        (folder / f"{name}.json").write_text(json.dumps(rows))
    return folder


def _read(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((SAMPLES / f"{name}.json").read_text())
    return rows


def _without(order: dict[str, Any], items: set[int]) -> dict[str, Any]:
    return order | {"line_items": [line for line in order["line_items"] if line["product_id"] in items]}
