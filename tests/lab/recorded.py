"""The store that was recorded, rebuilt in the fake one with the same numbers; and the comparison of two answers, field by field."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from lab.woocommerce import auth, catalog, orders, users
from lab.woocommerce.app import make_lab
from lab.woocommerce.context import Lab, Options
from lab.woocommerce.documents import Document
from lab.woocommerce.store import Store

HOME = "https://127.0.0.1:8843"
CAPTURES = Path(__file__).parent / "captures"

# What hangs on the moment, on chance or on the other contents of that store: compared by type, not by value.
DEPENDS = {
    "id",
    "order_key",
    "payment_url",
    "key",
    "related_ids",
    "href",
    "src",
    "avatar_url",
    "count",
    "total_sales",
    "date_modified",
    "date_created",
    "date_modified_gmt",
    "date_created_gmt",
    "date_completed",
    "date_completed_gmt",
    "date_paid",
    "date_paid_gmt",
    "srcset",
    "thumbnail",
    "self",
    "number",
    "order_id",
    "order_number",
    "redirect_url",
    "value",
    "display_value",
    "average_rating",
    "name@image",
    "routes",
    "menu_order",
    "maximum",
    "stock_quantity",
    "slug",
    "permalink",
    "description",
    "short_description",
    "items_weight",
    "generated_slug",
    "position",
    "tip",
    "label",
    "type",
    "default",
    "username",
    "is_paying_customer",
    "role",
    "first_name",
    "last_name",
    "email",
    "resource_id",
}
# A date that may or may not be there, a number that may be whole: any of these types.
LOOSE: tuple[tuple[type, ...], ...] = ((str, type(None)), (int, float))


@cache
def captures(group: str) -> dict[str, Any]:
    """Every recording of a group by its name."""
    found: dict[str, Any] = json.loads((CAPTURES / f"{group}.json").read_text("utf-8"))
    return found


def make_recorded_store() -> Flask:
    """The fake store with the recorded one's products, people and orders; nothing leaves it."""
    app = make_lab(Options(home_url=HOME, delivery_delay_s=3600))
    store = lab_of(app).store
    for number, name, parent in ((23, "Clothing", 0), (24, "Tshirts", 23), (25, "Mugs & Cups", 0)):
        blank = {"slug": catalog.slug_of(name), "parent": parent, "description": "", "display": "default", "menu_order": 0}
        store.put("category", {"id": number, "name": catalog.kses(name)} | blank)
    _add_products(store)
    _add_variations(store)
    _add_people(store)
    _add_orders(store)
    return app


def lab_of(app: Flask) -> Lab:
    lab: Lab = app.extensions["lab"]
    return lab


def replay(app: Flask, capture: Document, *, permissions: str = "read_write", headers: dict[str, str] | None = None) -> Any:
    """Send a recorded request again, with a key of the fake store."""
    key = auth.create_key(lab_of(app).store, description="replay", permissions=permissions)
    base = HOME if capture["secure"] else HOME.replace("https", "http")
    client: FlaskClient = app.test_client()
    content = {"data": capture["body"], "content_type": "application/json"} if capture["body"] else {}
    sent = {**capture["headers"], **(headers or {})}
    credentials = None if headers is not None else (key["consumer_key"], key["consumer_secret"])
    return client.open(capture["path"], method=capture["method"], base_url=base, headers=sent, auth=credentials, **content)


def assert_alike(recorded: Any, answered: Any, place: str = "$", *, same_thing: bool = True) -> None:
    """Same keys, same types, and the same values where they do not depend on the recorded store.

    Entries of a list are compared with those of their own id; one that is not there lends its types (`same_thing` is False).
    """
    name = place.rpartition(".")[2].partition("[")[0]
    if isinstance(recorded, dict) and isinstance(answered, dict):
        assert set(recorded) == set(answered) or not same_thing, f"{place}: {set(recorded) ^ set(answered)}"
        for key in recorded.keys() & answered.keys():
            assert_alike(recorded[key], answered[key], f"{place}.{key}", same_thing=same_thing)
    elif isinstance(recorded, list) and isinstance(answered, list):
        for index, one in enumerate(recorded[: len(answered)]):
            other, is_same = _counterpart(one, answered, index)
            assert_alike(one, other, f"{place}[{index}]", same_thing=same_thing and is_same)
    elif not same_thing:
        assert same_type(recorded, answered) or None in (recorded, answered) or name == "id", f"{place}: {recorded!r} became {answered!r}"
    elif name in DEPENDS:
        assert same_type(recorded, answered), f"{place}: {recorded!r} became {answered!r}"
    else:
        assert (type(recorded), recorded) == (type(answered), answered), f"{place}: {recorded!r} became {answered!r}"


def _counterpart(one: Any, answered: list[Any], index: int) -> tuple[Any, bool]:
    number = one.get("id") if isinstance(one, dict) else None
    if number is None:
        return answered[index], True
    found = next((other for other in answered if isinstance(other, dict) and other.get("id") == number), None)
    return (found, True) if found is not None else (answered[index], False)


def same_type(one: object, other: object) -> bool:
    return type(one) is type(other) or any(isinstance(one, kinds) and isinstance(other, kinds) for kinds in LOOSE)


def _add_products(store: Store) -> None:
    pictures = {name: {"src": f"/wp-content/uploads/2026/11/{name}.png"} for name in ("p1", "p2", "p3", "p2-1")}
    mug: Document = {
        "name": "Plain Mug",
        "regular_price": "12.50",
        "sku": "MUG-1",
        "description": "<p>A mug</p>",
        "short_description": "mug",
        "weight": "0.35",
    }
    mug |= {"categories": [{"id": 25}], "manage_stock": True, "stock_quantity": 25, "images": [pictures["p1"]]}
    mug |= {"dimensions": {"length": "10", "width": "8", "height": "9"}, "meta_data": [{"key": "_luxe_cost", "value": "4.20"}]}
    mug |= {"tags": [{"id": 26, "name": "summer", "slug": "summer"}]}
    sale: Document = {
        "name": "Sale Tee",
        "regular_price": "30.00",
        "sale_price": "19.99",
        "sku": "TEE-SALE",
        "categories": [{"id": 24}],
        "images": [pictures["p2"], pictures["p3"]],
    }
    scheduled = {"date_on_sale_from": "2027-01-01T00:00:00", "date_on_sale_to": "2027-01-31T23:59:59", "sku": "TEE-SCHED"}
    scheduled |= {"name": "Scheduled Sale Tee", "regular_price": "30.00", "sale_price": "21.00"}
    waiting = {"sku": "CUP-BO", "manage_stock": True, "stock_quantity": 0, "backorders": "notify"}
    attributes = [{"id": 2, "name": "Size", "slug": "pa_size", "variation": True, "options": ["L", "M", "S"]}]
    attributes += [{"name": "Fabric", "slug": "Fabric", "variation": True, "options": ["Cotton", "Linen"]}]
    tee = {
        "name": "Variable Tee",
        "type": "variable",
        "sku": "VT",
        "categories": [{"id": 24}],
        "images": [pictures["p2-1"]],
        "attributes": attributes,
    }
    bought_there = {"external_url": "https://example.com/x", "button_text": "Buy there"}
    products: dict[int, Document] = {
        24: mug,
        25: {"name": "Tom & Jerry’s “Café” <b>Mug</b> £5", "regular_price": "5", "sku": "MUG-2", "categories": [{"id": 25}]},
        28: sale,
        29: scheduled,
        30: {"name": "Out of stock Cup", "regular_price": "8.00", "sku": "CUP-OOS", "stock_status": "outofstock"},
        31: {"name": "Backorder Cup", "regular_price": "8.00"} | waiting,
        32: {"name": "Draft thing", "regular_price": "99", "status": "draft"},
        34: {"name": "Hidden catalog thing", "regular_price": "15", "catalog_visibility": "hidden"},
        35: {"name": "No price thing"},
        36: {"name": "Free thing", "regular_price": "0"},
        37: {"name": "Ebook", "regular_price": "9", "virtual": True, "downloadable": True},
        38: {"name": "Affiliate thing", "regular_price": "40", "type": "external"} | bought_there,
        41: tee,
    }
    for number, sent in products.items():
        _renumber(store, "product", catalog.create_product(store, sent), number)


def _add_variations(store: Store) -> None:
    parent = store.product(41)
    size, fabric = {"id": 2, "name": "Size", "slug": "pa_size"}, {"id": 0, "name": "Fabric", "slug": "fabric"}
    rows = ((42, "VT-S-C", "20.00", "", ["S", "Cotton"]), (43, "VT-M-C", "20.00", "15.00", ["M", "Cotton"]))
    rows += ((44, "VT-L-L", "28.00", "", ["L", "Linen"]), (45, "VT-ANY", "22.00", "", ["L"]))  # type: ignore[assignment]
    for number, sku, regular, sale, options in rows:
        chosen = [attribute | {"option": option} for attribute, option in zip((size, fabric), options, strict=False)]
        sent = {"sku": sku, "regular_price": regular, "sale_price": sale, "attributes": chosen}
        stock = {"manage_stock": True, "stock_quantity": 5} if number == 42 else {}
        _renumber(store, "variation", catalog.create_variation(store, parent, sent | stock), number)
    catalog.sync_parent(store, 41)


def _add_people(store: Store) -> None:
    for number, first, last in ((2, "Ann", "Archer"), (3, "Bob", "Öztürk"), (4, "Cy", "Cole")):
        email = f"{first.lower()}@example.com"
        billing = {"first_name": first, "last_name": last, "address_1": f"{number - 1} High St", "city": "London", "postcode": "N1 1AA"}
        billing |= {"country": "GB", "email": email, "phone": "0700"}
        sent = {"email": email, "first_name": first, "last_name": last, "billing": billing, "username": first.lower()}
        store.put("customer", users.make_customer(store, sent, customer_id=number))


def _add_orders(store: Store) -> None:
    billing = {"first_name": "Gus", "last_name": "Guest", "address_1": "9 Low Rd", "city": "Leeds", "postcode": "LS1 1AA", "country": "GB"}
    billing |= {"email": "guest1@example.com", "phone": "0711"}
    guest = {"status": "completed", "set_paid": True, "payment_method": "bacs", "payment_method_title": "Bank transfer", "billing": billing}
    guest["line_items"] = [{"product_id": 24, "quantity": 2}, {"product_id": 28, "quantity": 1}]
    refunded = {
        "customer_id": 2,
        "status": "completed",
        "line_items": [{"product_id": 24, "quantity": 3}, {"product_id": 28, "quantity": 1}],
    }
    for number, sent in (
        (49, guest),
        (53, {"line_items": [{"product_id": 25}]}),
        (56, {"line_items": [{"product_id": 24}]}),
        (57, refunded),
    ):
        order = orders.create_order(store, sent)
        _renumber(store, "order", order, number)
    order = store.order(57)
    order["line_items"][0]["id"] = 13
    store.put("order", order)


def _renumber(store: Store, kind: str, document: Document, number: int) -> None:
    store.remove(kind, document["id"])
    document["id"] = number
    store.put_all(kind, [document])
