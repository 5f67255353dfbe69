"""WooCommerce payloads of a version: as much of them as there is to read. See docs/woocommerce.md for the whole shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    ORDER = "order"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Version:
    serial: int
    modified_at: datetime
    is_alive: bool = True


def build(shop: int, kind: Kind, id: int, version: Version) -> bytes:
    shape = _order if kind is Kind.ORDER else _product
    at = version.modified_at.strftime("%Y-%m-%dT%H:%M:%S")
    return json.dumps({"id": id, "date_created_gmt": at, "date_modified_gmt": at, **shape(shop, id, version.serial)}).encode()


def deleted(id: int) -> bytes:
    return json.dumps({"id": id}).encode()


def gone(kind: Kind) -> bytes:
    """What is delivered where the thing is gone before the body is built; what a read of it answers, too."""
    resource = "shop_order" if kind is Kind.ORDER else "product"
    return json.dumps({"code": f"woocommerce_rest_{resource}_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}).encode()


def label(shop: int, id: int) -> str:
    return f"S{shop}-{id}"


def _order(shop: int, id: int, serial: int) -> dict[str, Any]:
    lines = [{"id": id * 10 + n, "product_id": n, "name": f"Line {n}", "quantity": serial, "total": "1.00"} for n in (1, 2)]
    billing = {"email": f"shopper{id}@example.com", "first_name": "Ada", "last_name": f"of shop {shop}"}
    refunds: list[Any] = []
    more = {"line_items": lines, "refunds": refunds, "billing": billing, "customer_id": 0, "currency": "EUR"}
    return {"number": label(shop, id), "status": "processing", "total": f"{serial}.00", **more}


def _product(shop: int, id: int, serial: int) -> dict[str, Any]:
    price = {"price": f"{serial}.00", "regular_price": f"{serial}.00"}
    stock = {"manage_stock": True, "stock_quantity": serial, "stock_status": "instock"}
    address = f"https://shop{shop}.example/product/{id}/"
    return {"name": f"{label(shop, id)} v{serial}", "type": "simple", "status": "publish", "permalink": address, **price, **stock}
