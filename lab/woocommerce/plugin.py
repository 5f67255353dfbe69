"""The store with LuxeBrain's WordPress plugin in it: the three things it is asked for, as extensions/woocommerce/luxebrain answers them.

`install` puts it in, `remove` takes it out; without it the routes are as unknown as any other.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import md5
from typing import Any

from flask import Blueprint, Response, request

from lab.woocommerce import auth, catalog
from lab.woocommerce.context import current_store
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import no_route
from lab.woocommerce.rendering import json_answer
from lab.woocommerce.store import Store

FORMAT = 2
UNCOUNTED = ("trash", "auto-draft", "draft", "new", "checkout-draft")

plugin = Blueprint("luxebrain_plugin", __name__, url_prefix="/wp-json/luxebrain/v1")


def install(store: Store, *, version: str, public_key: str = "", address: str = "") -> None:
    """As the merchant does under Plugins, with a zip that is filled in."""
    store.put("plugin", {"id": 1, "version": version, "public_key": public_key, "address": address})


def remove(store: Store) -> None:
    store.remove("plugin", 1)


@plugin.get("/alive")
def alive() -> Response:
    found, _key = _opened()
    settings = {"public_key": found["public_key"], "address": found["address"], "places": {}, "asks_for_opt_in": False}
    return json_answer(_about(found) | settings)


@plugin.get("/digest")
def digest() -> Response:
    found, _key = _opened()
    store, start = current_store(), request.args.get("from", "")
    with store.lock:
        entities = {"products": _by_day(_products(store), start), "orders": _by_day(_orders(store), start)}
        entities["variations"] = _by_day(_variations(store), start)
        entities["customers"] = _by_day(_customers(store), start)
    return json_answer(_about(found) | {"format": FORMAT, "from": start, "entities": entities})


@plugin.post("/leave")
def leave() -> Response:
    """Its settings, what was clicked before orders, and the key that asks for it; then it is switched off."""
    found, key = _opened()
    store = current_store()
    with store.lock:
        remove(store)
        for order in store.all("order"):
            order["meta_data"] = [entry for entry in order.get("meta_data", []) if entry.get("key") != "_luxebrain"]
            store.put("order", order)
        store.remove("key", key["id"])
    return json_answer(_about(found) | {"keys_removed": 1})


def _opened() -> tuple[Document, Document]:
    """(the plugin, the key that asks)."""
    found = current_store().find("plugin", 1)
    if found is None:
        raise no_route()
    return found, auth.authenticate(current_store(), request)


def _about(found: Document) -> dict[str, Any]:
    return {"plugin": found["version"], "at": f"{current_store().stamp()}Z", "order_storage": "tables"}


def _products(store: Store) -> dict[int, str]:
    """Changed when it or one of its variations was."""
    shown = [product for product in store.all("product") if product["status"] not in ("trash", "auto-draft")]
    latest = {product["id"]: product["date_modified_gmt"] for product in shown}
    for product in shown:
        changes = [variation["date_modified_gmt"] for variation in catalog.variations_of(store, product["id"])]
        latest[product["id"]] = max([latest[product["id"]], *changes])
    return latest


def _variations(store: Store) -> dict[int, str]:
    sold = [each for each in store.all("product") if each["status"] not in ("trash", "auto-draft") and each["type"] == "variable"]
    return {each["id"]: each["date_modified_gmt"] for product in sold for each in catalog.variations_of(store, product["id"])}


def _orders(store: Store) -> dict[int, str]:
    return {order["id"]: order["date_modified_gmt"] for order in store.all("order") if order["status"] not in UNCOUNTED}


def _customers(store: Store) -> dict[int, str]:
    shoppers = [customer for customer in store.all("customer") if customer["role"] == "customer"]
    return {customer["id"]: customer.get("date_modified_gmt") or customer["date_created_gmt"] for customer in shoppers}


def _by_day(rows: dict[int, str], start: str) -> list[dict[str, Any]]:
    days: dict[str, list[int]] = defaultdict(list)
    for id, modified in rows.items():
        if modified >= start:
            days[modified[:10]].append(int(md5(f"{id}:{modified}".encode(), usedforsecurity=False).hexdigest()[:15], 16))
    return [{"day": day, "rows": len(sums), "checksum": str(sum(sums))} for day, sums in sorted(days.items())]
