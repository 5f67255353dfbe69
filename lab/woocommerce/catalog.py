"""Products, variations and categories: what creating, changing and deleting one does to it, to its parent and to whoever listens.

A document keeps every field that cannot be worked out; the rest (on_sale, permalink, price_html…) is added when it is answered (shapes.py).
"""

import copy
import html
import re
from typing import Any

from lab.woocommerce import dates, prices
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError
from lab.woocommerce.state import UNCATEGORIZED, State

BLANK: Document = {
    "status": "publish", "description": "", "sku": "", "price": "", "regular_price": "", "sale_price": "",
    "date_on_sale_from_gmt": None, "date_on_sale_to_gmt": None, "virtual": False, "downloadable": False, "downloads": [],
    "download_limit": -1, "download_expiry": -1, "tax_status": "taxable", "tax_class": "", "manage_stock": False, "stock_quantity": None,
    "stock_status": "instock", "backorders": "no", "low_stock_amount": None, "weight": "",
    "dimensions": {"length": "", "width": "", "height": ""}, "shipping_class": "", "shipping_class_id": 0, "attributes": [],
    "menu_order": 0, "meta_data": [], "global_unique_id": "",
}  # fmt: skip

BLANK_PRODUCT: Document = BLANK | {
    "type": "simple", "name": "Product", "slug": "", "featured": False, "catalog_visibility": "visible", "short_description": "",
    "total_sales": 0,
    "external_url": "", "button_text": "", "sold_individually": False, "reviews_allowed": True, "upsell_ids": [], "cross_sell_ids": [],
    "parent_id": 0, "purchase_note": "", "categories": [], "brands": [], "tags": [], "images": [], "default_attributes": [],
    "grouped_products": [], "post_password": "",
}  # fmt: skip

TRASHED = "__trashed"

# Not a client's to set: answered with 200 and ignored.
READ_ONLY = {
    "id", "price", "on_sale", "purchasable", "total_sales", "date_created", "date_created_gmt", "date_modified", "date_modified_gmt",
    "permalink",
    "price_html", "variations", "related_ids", "average_rating", "rating_count", "has_options", "parent_id", "backorders_allowed",
    "backordered",
}  # fmt: skip


def create_product(state: State, sent: Document) -> Document:
    """A new product from what a client sent; announces product.created."""
    product = copy.deepcopy(BLANK_PRODUCT) | {"id": state.next_id("product"), "date_created_gmt": state.stamp()}
    _apply(state, product, sent)
    product["slug"] = product["slug"] or ("" if product["status"] == "draft" else slug_of(product["name"]))
    product["categories"] = product["categories"] or [dict(UNCATEGORIZED)]
    save(state, product)
    state.announce("product.created", product["id"])
    return product


def update_product(state: State, product: Document, sent: Document) -> Document:
    """Change a product; an identical change counts too. Announces product.updated."""
    _apply(state, product, sent)
    if product["status"] != "trash" and not is_variation(product):
        product["slug"] = product["slug"].removesuffix(TRASHED)
    save(state, product)
    state.announce("product.updated", product["id"])
    return product


def create_variation(state: State, parent: Document, sent: Document) -> Document:
    """A new variation; announced as product.created, the parent is not."""
    variation = copy.deepcopy(BLANK) | {"id": state.next_id("variation"), "parent_id": parent["id"], "date_created_gmt": state.stamp()}
    variation["image"] = None
    _apply(state, variation, sent)
    save(state, variation)
    state.announce("product.created", variation["id"])
    return variation


def trash_product(state: State, product: Document) -> None:
    """To the trash; the platform also says coupon.deleted with the product's id (recorded)."""
    product.update(status="trash", slug=f"{product['slug']}{TRASHED}", date_modified_gmt=state.stamp())
    state.put("product", product)
    state.announce("coupon.deleted", product["id"])
    state.announce("product.deleted", product["id"])


def erase(state: State, product: Document) -> None:
    """Delete for good, with the variations; nobody is told (recorded)."""
    for variation in variations_of(state, product["id"]):
        state.remove("variation", variation["id"])
    state.remove("variation" if is_variation(product) else "product", product["id"])
    if is_variation(product):
        sync_parent(state, product["parent_id"])


def save(state: State, product: Document) -> None:
    """Settle prices and stock, stamp the change, keep the parent's price in step."""
    prices.settle(product, state.stamp())
    settle_stock(product)
    touch(state, product)


def touch(state: State, product: Document) -> None:
    """Stamp and store a product that changed, and its parent."""
    product["date_modified_gmt"] = state.stamp()
    if is_variation(product):
        state.put("variation", product)
        sync_parent(state, product["parent_id"])
        return
    if product["type"] == "variable":
        inherit(product, variations_of(state, product["id"]))
    state.put("product", product)


def sync_parent(state: State, parent_id: int) -> None:
    """A variable product's price and stock follow its variations, and its modification date moves with theirs."""
    parent = state.find("product", parent_id)
    if parent is not None:
        touch(state, parent)


def inherit(parent: Document, variations: list[Document]) -> None:
    """Price of the cheapest variation, in stock when any is."""
    amounts = [(prices.amount(variation["price"]), variation["price"]) for variation in variations]
    known = [(number, text) for number, text in amounts if number is not None]
    parent.update(regular_price="", sale_price="", price=min(known)[1] if known else "")
    if not parent["manage_stock"]:
        available = [variation["stock_status"] for variation in variations]
        parent["stock_status"] = next((status for status in ("instock", "onbackorder") if status in available), "outofstock")


def settle_stock(product: Document) -> None:
    """The stock status that a managed quantity means; the quantity is not kept for one that is not managed."""
    if product["manage_stock"] is not True:
        product["stock_quantity"] = None
        return
    product["stock_quantity"] = int(product["stock_quantity"] or 0)
    sold_out = "outofstock" if product["backorders"] == "no" else "onbackorder"
    product["stock_status"] = "instock" if product["stock_quantity"] > 0 else sold_out


def move_stock(state: State, item: Document, change: int) -> None:
    """Take from or give back to a managed stock; announces product.updated for the item itself."""
    if item["manage_stock"] is not True:
        return
    item["stock_quantity"] = int(item["stock_quantity"] or 0) + change
    settle_stock(item)
    touch(state, item)
    state.announce("product.updated", item["id"])


def is_variation(product: Document) -> bool:
    return bool(product["parent_id"])


def variations_of(state: State, parent_id: int) -> list[Document]:
    return [variation for variation in state.all("variation") if variation["parent_id"] == parent_id]


def find_item(state: State, item_id: object) -> Document | None:
    """A product or a variation by its number; they share one sequence."""
    return state.find("product", item_id) or state.find("variation", item_id)


def slug_of(name: str) -> str:
    plain = re.sub(r"<[^>]+>", " ", html.unescape(name)).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("’", "").replace("'", "").replace("é", "e")).strip("-")


def kses(text: str) -> str:
    """Ampersands become entities, tags stay: what the platform's filter leaves of a title."""
    return re.sub(r"&(?!#?\w+;)", "&amp;", text)


def _apply(state: State, product: Document, sent: Document) -> None:
    _refuse_taken_sku(state, product, sent)
    for name, value in sent.items():
        if name in READ_ONLY:
            continue
        if name in ("regular_price", "sale_price"):
            product[name] = prices.as_text(value)
        elif name.startswith("date_on_sale_"):
            product[f"{name.removesuffix('_gmt')}_gmt"] = _sale_date(state, name, value)
        elif name in product:
            product[name] = _stored(state, name, value)


def _stored(state: State, name: str, value: Any) -> Any:
    match name:
        case "name":
            return kses(str(value)) or "Product"
        case "categories":
            return [_category_reference(state, category) for category in value]
        case "images":
            return [_image(state, image) for image in value]
        case "image":
            return _image(state, value) if value else None
        case "attributes":
            return [_attribute(attribute) for attribute in value]
        case "meta_data":
            return [{"id": state.next_id("meta"), "key": meta["key"], "value": meta["value"]} for meta in value]
        case _:
            return value


def _sale_date(state: State, name: str, value: str | None) -> str | None:
    if not value:
        return None
    return dates.utc_of_site_time(value, 0 if name.endswith("_gmt") else state.settings.gmt_offset_hours)


def _category_reference(state: State, sent: Document) -> Document:
    known = state.find("category", sent["id"]) if "id" in sent else None
    return {"id": known["id"], "name": known["name"], "slug": known["slug"]} if known else dict(UNCATEGORIZED)


def _image(state: State, sent: Document) -> Document:
    source = sent.get("src", "")
    name = sent.get("name") or source.rsplit("/", 1)[-1]
    return {"id": sent.get("id") or state.next_id("image"), "src": source, "name": name, "alt": sent.get("alt", "")}


def _attribute(sent: Document) -> Document:
    name = sent.get("name", "")
    if "option" in sent:
        return {"id": sent.get("id", 0), "name": name, "slug": sent.get("slug", slug_of(name)), "option": sent["option"]}
    kept = {"id": sent.get("id", 0), "name": name, "slug": sent.get("slug", name), "position": sent.get("position", 0)}
    return kept | {
        "visible": sent.get("visible", True),
        "variation": sent.get("variation", False),
        "options": list(sent.get("options", [])),
    }


def _refuse_taken_sku(state: State, product: Document, sent: Document) -> None:
    sku = sent.get("sku")
    if not sku:
        return
    for other in [*state.all("product"), *state.all("variation")]:
        if other["sku"] == sku and other["id"] != product["id"]:
            more = {"resource_id": other["id"], "unique_sku": f"{sku}-1"}
            raise RestError(400, "product_invalid_sku", "Invalid or duplicated SKU.", more=more)
