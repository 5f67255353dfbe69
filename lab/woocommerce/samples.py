"""Fills the store from data/samples: products.json, customers.json and orders.json, REST-like documents with dates as `days_ago`.

Counted back from the moment of loading, so the data end today. Everything goes in by one transaction a kind, and nothing is announced.
"""

import copy
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from lab.woocommerce import catalog, dates, orders, prices, users
from lab.woocommerce.documents import Document
from lab.woocommerce.state import State


def load(state: State, folder: Path) -> None:
    """Load the three files; a missing one is skipped. Raises ValueError naming the file that is no JSON list."""
    with state.lock:
        _load_products(state, _read(folder / "products.json"))
        _load_customers(state, _read(folder / "customers.json"))
        _load_orders(state, _read(folder / "orders.json"))


def _read(path: Path) -> list[Document]:
    if not path.exists():
        return []
    rows = json.loads(path.read_text("utf-8"))
    if not isinstance(rows, list):
        raise ValueError(f"{path} is not a JSON list")
    return rows


def _load_products(state: State, rows: list[Document]) -> None:
    categories = {category["id"]: category for row in rows for category in row.get("categories", [])}
    blank = {"parent": 0, "description": "", "display": "default", "menu_order": 0}
    state.put_all("category", [blank | known | {"name": catalog.kses(known["name"])} for known in categories.values()])
    products, variations = [], []
    for row in rows:
        product = _document(state, row, catalog.BLANK_PRODUCT)
        own = [_document(state, variation, catalog.BLANK | {"image": None}, parent=product) for variation in row.get("variations", [])]
        if product["type"] == "variable":
            catalog.inherit(product, own)
        products.append(product)
        variations += own
    state.put_all("variation", variations)
    state.put_all("product", products)


def _document(state: State, row: Document, blank: Document, *, parent: Document | None = None) -> Document:
    document = copy.deepcopy(blank) | {key: value for key, value in row.items() if key in blank}
    created = _stamp(state, row) if "days_ago" in row or "date_created_gmt" in row or parent is None else parent["date_created_gmt"]
    document.update(id=row["id"], date_created_gmt=created, date_modified_gmt=created, parent_id=parent["id"] if parent else 0)
    if "name" in document:
        document["name"] = catalog.kses(document["name"])
        document["slug"] = document["slug"] or catalog.slug_of(document["name"])
        document["categories"] = [category | {"name": catalog.kses(category["name"])} for category in document["categories"]]
    document["attributes"] = [_attribute(attribute) for attribute in document["attributes"]]
    for name in ("images", "image"):
        if document.get(name):
            document[name] = [_image(state, image) for image in document[name]] if name == "images" else _image(state, document[name])
    document["meta_data"] = [{"id": state.next_id("meta"), "key": meta["key"], "value": meta["value"]} for meta in document["meta_data"]]
    for field in ("regular_price", "sale_price"):
        document[field] = prices.as_text(document[field])
    prices.settle(document, state.stamp())
    catalog.settle_stock(document)
    return document


def _attribute(row: Document) -> Document:
    slug = row.get("slug") or catalog.slug_of(row["name"])
    if "option" in row:
        return {"id": row.get("id", 0), "name": row["name"], "slug": slug, "option": row["option"]}
    blank: Document = {"id": 0, "slug": slug, "position": 0, "visible": True, "variation": True, "options": []}
    return blank | row


def _image(state: State, row: Document) -> Document:
    name = row["src"].rsplit("/", 1)[-1]
    return {"id": row.get("id") or state.next_id("image"), "src": row["src"], "name": row.get("name", name), "alt": row.get("alt", "")}


def _load_customers(state: State, rows: list[Document]) -> None:
    made = []
    for row in rows:
        created = _stamp(state, row)
        made.append(users.make_customer(state, row | {"date_created_gmt": created, "date_modified_gmt": created}, customer_id=row["id"]))
    state.put_all("customer", made)


def _load_orders(state: State, rows: list[Document]) -> None:
    made, refunds = [], []
    for row in rows:
        order = _order(state, row)
        for sent in row.get("refunds", []):
            refund = _refund(state, order, sent)
            order["refund_ids"].insert(0, refund["id"])
            refunds.append(refund)
        made.append(order)
        _count_sales(state, order)
    state.put_all("order", made)
    state.put_all("refund", refunds)
    state.put_all("product", state.all("product"))


def _order(state: State, row: Document) -> Document:
    created = _stamp(state, row)
    order = orders.blank_order_at(state, order_id=row["id"], created=created)
    order.update(status=row.get("status", "completed"), customer_id=row.get("customer_id", 0), created_via="checkout", stock_taken=True)
    order["currency"] = row.get("currency", state.settings.currency)
    customer = state.find("customer", order["customer_id"])
    order["billing"] = orders.address(_billing(row, customer), extra=("email", "phone"))
    order["line_items"] = [_line(state, line) for line in row["line_items"]]
    order["meta_data"] = [{"id": state.next_id("meta"), "key": meta["key"], "value": meta["value"]} for meta in row.get("meta_data", [])]
    order["date_paid_gmt"] = created if order["status"] in ("processing", "completed", "refunded") else None
    order["date_completed_gmt"] = created if order["status"] == "completed" else None
    return order


def _billing(row: Document, customer: Document | None) -> Document:
    billing = dict(customer["billing"]) if customer else {}
    billing |= row.get("billing") or {}
    billing["email"] = row.get("billing_email") or billing.get("email") or (customer["email"] if customer else "")
    return billing


def _line(state: State, row: Document) -> Document:
    item = catalog.find_item(state, row.get("variation_id") or row["product_id"])
    line = orders.make_line(state, item, int(row["quantity"]), total=Decimal(str(row["total"])))
    return line if item is not None else line | {"name": row.get("name", ""), "product_id": row["product_id"]}


def _refund(state: State, order: Document, row: Document) -> Document:
    created = _stamp(state, row) if "days_ago" in row else order["date_created_gmt"]
    order["date_modified_gmt"] = max(order["date_modified_gmt"], created)
    amount = prices.money(abs(Decimal(str(row.get("amount") or row.get("total") or "0"))))
    return {
        "id": row.get("id") or state.next_id("refund"), "order_id": order["id"], "date_created_gmt": created, "amount": amount,
        "reason": row.get("reason", ""), "refunded_by": 1, "line_items": [],
    }  # fmt: skip


def _count_sales(state: State, order: Document) -> None:
    if order["status"] not in orders.TAKES_STOCK:
        return
    for line in order["line_items"]:
        product = state.find("product", line["product_id"])
        if product is not None:
            product["total_sales"] += line["quantity"]


def _stamp(state: State, row: Document) -> str:
    if "days_ago" in row:
        return dates.text(state.now() - timedelta(days=float(row["days_ago"])))
    return str(row.get("date_created_gmt") or state.stamp())
