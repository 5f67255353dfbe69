"""Stores and rows to plant: every claim about one store is made beside another with look-alike rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.catalog import Product
from luxebrain.models.stores import Store
from luxebrain.models.work import Delivery

PROFILE: dict[str, Any] = {"currency": "GBP", "timezone": "Europe/London", "prices_include_tax": True}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_store(name: str) -> int:
    with transaction():
        store = Store(platform="woocommerce", url=f"https://{name}.example", name=name, **PROFILE)
        session.add(store)
        session.flush()
        return store.id


def product_row(product_id: int, title: str, *, hours: int = 0) -> dict[str, Any]:
    """As a service hands it to upsert_newer; `hours` after noon is when the platform modified it."""
    return {
        "id": product_id,
        "title": title,
        "url": "",
        "status": "published",
        "description": "",
        "image_url": "",
        "tags": [],
        "collection_ids": [],
        "created_at": NOON,
        "modified_at": NOON + timedelta(hours=hours),
    }


def order_row(order_id: int, *, clicks: list[Any]) -> dict[str, Any]:
    return {
        "id": order_id,
        "number": str(order_id),
        "status": "paid",
        "currency": "GBP",
        "total": 12,
        "refunded": 0,
        "clicks": clicks,
        "created_at": NOON,
        "modified_at": NOON,
    }


def add_product(store_id: int, product_id: int, title: str) -> None:
    with transaction(store_id):
        session.add(Product(**product_row(product_id, title)))


def add_delivery(topic: str, body: bytes, fingerprint: bytes) -> None:
    """Into the acting store's inbox, as if it had been verified."""
    session.add(Delivery(topic=topic, body=body, fingerprint=fingerprint))
