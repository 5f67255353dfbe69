"""Documents as the REST API answers them: catalogue, customers, webhooks and settings. Field for field and in the order of the recordings.

Orders and refunds are in shapes_orders.py. Absolute addresses are made from the store's `home_url`.
"""

import hashlib
import itertools
from decimal import Decimal
from urllib.parse import quote

from lab.woocommerce import catalog, dates, orders, prices
from lab.woocommerce.documents import Document
from lab.woocommerce.state import State

ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

WEBHOOK_HOOKS = {
    "customer.deleted": ["delete_user"],
    "customer.updated": ["profile_update", "woocommerce_update_customer"],
    "customer.created": ["user_register", "woocommerce_created_customer", "woocommerce_new_customer"],
    "coupon.restored": ["untrashed_post"],
    "coupon.deleted": ["wp_trash_post"],
    "coupon.updated": ["woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"],
    "coupon.created": ["woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"],
    "order.restored": ["untrashed_post", "woocommerce_untrash_order"],
    "order.deleted": ["wp_trash_post", "woocommerce_trash_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.created": ["woocommerce_new_order"],
    "product.restored": ["untrashed_post"],
    "product.deleted": ["wp_trash_post"],
    "product.updated": ["woocommerce_process_product_meta", "woocommerce_update_product", "woocommerce_update_product_variation"],
    "product.created": ["woocommerce_process_product_meta", "woocommerce_new_product", "woocommerce_new_product_variation"],
}


def links(state: State, path: str, *, up: str | None = None, allow: list[str] | None = None) -> Document:
    """`_links` of a resource at `path` below /wp-json/wc/v3/."""
    root = f"{state.home_url}/wp-json/wc/v3/"
    shown: Document = {"self": [{"href": root + path, "targetHints": {"allow": allow or ALL_METHODS}}]}
    shown["collection"] = [{"href": root + path.rpartition("/")[0]}]
    return shown | ({"up": [{"href": root + up}]} if up else {})


def date_pair(state: State, name: str, stamp: str | None) -> Document:
    """A date twice: in the site's time and, `_gmt`, in UTC."""
    return {name: dates.site_time(stamp, state.settings.gmt_offset_hours), f"{name}_gmt": stamp}


def product(state: State, document: Document) -> Document:
    """A product; a variation asked for as a product has the same shape with its own oddities."""
    is_variation = catalog.is_variation(document)
    shown = _identity(state, document) | _product_prices(state, document) | _selling(document) | _presentation(state, document)
    if is_variation:
        shown |= {"type": "variation", "total_sales": "0", "reviews_allowed": False, "categories": []}
    up = f"products/{document['parent_id']}" if is_variation else None
    return shown | {"_links": links(state, f"products/{document['id']}", up=up)}


def variation(state: State, document: Document) -> Document:
    """A variation below its parent: no name of its own but its options."""
    parent = document["parent_id"]
    shown = {"id": document["id"], "type": "variation"} | _dates_of(state, document)
    shown |= {"description": document["description"], "permalink": permalink(state, document), "sku": document["sku"]}
    shown |= {"global_unique_id": document["global_unique_id"]} | _product_prices(state, document)
    shown |= {"status": document["status"], "purchasable": is_purchasable(document)}
    for name in ("virtual", "downloadable", "downloads", "download_limit", "download_expiry", "tax_status", "tax_class"):
        shown[name] = document[name]
    shown |= {name: document[name] for name in ("manage_stock", "stock_quantity", "stock_status")} | _backorders(document)
    for name in ("low_stock_amount", "weight", "dimensions", "shipping_class", "shipping_class_id"):
        shown[name] = document[name]
    picture = variation_image(state, document)
    shown |= {"image": image(state, document, picture) if picture else None, "attributes": document["attributes"]}
    shown |= {"menu_order": document["menu_order"], "meta_data": document["meta_data"]}
    shown |= {"name": ", ".join(attribute["option"] for attribute in document["attributes"]), "parent_id": parent}
    return shown | {"_links": links(state, f"products/{parent}/variations/{document['id']}", up=f"products/{parent}")}


def category(state: State, document: Document) -> Document:
    shown = {name: document[name] for name in ("id", "name", "slug", "parent", "description", "display")}
    count = sum(1 for one in state.all("product") if any(known["id"] == document["id"] for known in one["categories"]))
    shown |= {"image": None, "menu_order": document["menu_order"], "count": count}
    up = f"products/categories/{document['parent']}" if document["parent"] else None
    return shown | {"_links": links(state, f"products/categories/{document['id']}", up=up)}


def customer(state: State, document: Document) -> Document:
    shown = {"id": document["id"]} | _dates_of(state, document)
    shown |= {
        name: document[name]
        for name in ("email", "first_name", "last_name", "role", "username", "billing", "shipping", "is_paying_customer")
    }
    shown["billing"], shown["shipping"] = (_customer_address(document[name]) for name in ("billing", "shipping"))
    gravatar = hashlib.sha256(document["email"].lower().encode()).hexdigest()[:32]
    shown["avatar_url"] = f"https://secure.gravatar.com/avatar/{gravatar}?s=96&d=mm&r=g"
    return shown | {"meta_data": document["meta_data"], "_links": links(state, f"customers/{document['id']}")}


def webhook(state: State, document: Document) -> Document:
    """A webhook; its secret and its count of failures are never shown."""
    resource, event = document["topic"].split(".")
    shown = {"id": document["id"], "name": document["name"], "status": document["status"], "topic": document["topic"]}
    shown |= {"resource": resource, "event": event, "hooks": WEBHOOK_HOOKS[document["topic"]], "delivery_url": document["delivery_url"]}
    return shown | _dates_of(state, document) | {"_links": links(state, f"webhooks/{document['id']}")}


def currency(state: State) -> Document:
    chosen = state.settings
    shown = {"code": chosen.currency, "name": chosen.currency_name, "symbol": chosen.currency_entity}
    return shown | {"_links": links(state, f"data/currencies/{chosen.currency}", allow=["GET"])}


def permalink(state: State, document: Document) -> str:
    """The item's page; a variation's is its parent's with the options asked for."""
    if not catalog.is_variation(document):
        if document["status"] in ("draft", "trash") or not document["slug"]:
            return f"{state.home_url}/?post_type=product&p={document['id']}"
        return f"{state.home_url}/product/{document['slug']}/"
    parent = state.find("product", document["parent_id"]) or {"slug": ""}
    return f"{state.home_url}/product/{parent['slug']}/" + _option_query(document)


def is_purchasable(document: Document) -> bool:
    return document["price"] != "" and document.get("type") != "external"


def is_on_sale(state: State, document: Document) -> bool:
    if document.get("type") == "variable":
        return any(prices.is_on_sale(one, state.stamp()) for one in catalog.variations_of(state, document["id"]))
    return prices.is_on_sale(document, state.stamp())


def image(state: State, owner: Document, picture: Document) -> Document:
    """A picture; its dates are the owner's, an hour off in the site's time as recorded."""
    created = owner["date_created_gmt"]
    shifted = dates.site_time(created, state.settings.gmt_offset_hours * 2)
    stamps = {"date_created": shifted, "date_created_gmt": created, "date_modified": shifted, "date_modified_gmt": created}
    return {"id": picture["id"], **stamps, "src": absolute(state, picture["src"]), "name": picture["name"], "alt": picture["alt"]}


def absolute(state: State, source: str) -> str:
    return source if "://" in source else f"{state.home_url}{source}"


def variation_image(state: State, document: Document) -> Document | None:
    """A variation without a picture of its own shows its parent's."""
    if document.get("image"):
        return dict(document["image"])
    parent = state.find("product", document["parent_id"])
    return dict(parent["images"][0]) if parent and parent["images"] else None


def money_html(state: State, text: str) -> str:
    amount = max(prices.amount(text) or Decimal(0), Decimal(0))
    symbol = f'<span class="woocommerce-Price-currencySymbol">{state.settings.currency_entity}</span>'
    return f'<span class="woocommerce-Price-amount amount"><bdi>{symbol}{amount:,.2f}</bdi></span>'


def price_html(state: State, document: Document) -> str:
    """The price as the storefront prints it: a range, or what it was and what it is."""
    if document["price"] == "":
        return ""
    if document.get("type") == "variable":
        found = [prices.amount(one["price"]) for one in catalog.variations_of(state, document["id"])]
        known = sorted(number for number in found if number is not None)
        ends = list(dict.fromkeys([known[0], known[-1]])) if known else []
        return " &ndash; ".join(money_html(state, str(number)) for number in ends)
    if not prices.is_on_sale(document, state.stamp()):
        return money_html(state, document["price"])
    was, now = (f"{state.settings.currency_entity}{prices.amount(document[name]):,.2f}" for name in ("regular_price", "price"))
    return (
        f'<del aria-hidden="true">{money_html(state, document["regular_price"])}</del> '
        f'<span class="screen-reader-text">Original price was: {was}.</span>'
        f'<ins aria-hidden="true">{money_html(state, document["price"])}</ins>'
        f'<span class="screen-reader-text">Current price is: {now}.</span>'
    )


def _identity(state: State, document: Document) -> Document:
    parent = state.find("product", document["parent_id"]) if document["parent_id"] else None
    name = orders.full_name(document, parent)
    slug = catalog.slug_of(name) if parent else document["slug"]
    shown = {"id": document["id"], "name": name, "slug": slug, "permalink": permalink(state, document)} | _dates_of(state, document)
    blank = catalog.BLANK_PRODUCT
    for field in ("type", "status", "featured", "catalog_visibility", "description", "short_description", "sku"):
        shown[field] = document.get(field, blank.get(field))
    return shown


def _product_prices(state: State, document: Document) -> Document:
    shown = {"price": document["price"], "regular_price": document["regular_price"]}
    shown["sale_price"] = "" if document["sale_price"] == "0" else document["sale_price"]
    for side in ("from", "to"):
        shown |= date_pair(state, f"date_on_sale_{side}", document[f"date_on_sale_{side}_gmt"])
    return shown | {"on_sale": is_on_sale(state, document)}


def _selling(document: Document) -> Document:
    blank = catalog.BLANK_PRODUCT
    shown: Document = {"purchasable": is_purchasable(document)}
    for name in ("total_sales", "virtual", "downloadable", "downloads", "download_limit", "download_expiry", "external_url", "button_text"):
        shown[name] = document.get(name, blank.get(name))
    shown |= {name: document[name] for name in ("tax_status", "tax_class", "manage_stock", "stock_quantity")} | _backorders(document)
    shown |= {"low_stock_amount": document["low_stock_amount"], "sold_individually": document.get("sold_individually", False)}
    shown |= {"weight": document["weight"], "dimensions": document["dimensions"], "shipping_required": not document["virtual"]}
    shown |= {"shipping_taxable": not document["virtual"], "shipping_class": document["shipping_class"]}
    return shown | {"shipping_class_id": document["shipping_class_id"]}


def _presentation(state: State, document: Document) -> Document:
    blank = catalog.BLANK_PRODUCT
    shown = {"reviews_allowed": document.get("reviews_allowed", False), "average_rating": "0.00", "rating_count": 0}
    for name in ("upsell_ids", "cross_sell_ids", "parent_id", "purchase_note", "categories", "brands", "tags"):
        shown[name] = document.get(name, blank.get(name))
    shown |= {
        "images": _images(state, document),
        "attributes": document["attributes"],
        "default_attributes": document.get("default_attributes", []),
    }
    own = catalog.variations_of(state, document["id"]) if document.get("type") == "variable" else []
    shown |= {"variations": [one["id"] for one in own], "grouped_products": document.get("grouped_products", [])}
    shown |= {"menu_order": document["menu_order"], "price_html": price_html(state, document), "related_ids": _related(state, document)}
    shown |= {
        "meta_data": document["meta_data"],
        "stock_status": document["stock_status"],
        "has_options": document.get("type") == "variable",
    }
    return shown | {"post_password": "", "global_unique_id": document["global_unique_id"]}


def _images(state: State, document: Document) -> list[Document]:
    if "images" in document:
        return [image(state, document, picture) for picture in document["images"]]
    picture = variation_image(state, document)
    return [image(state, document, picture)] if picture else []


def _backorders(document: Document) -> Document:
    allowed = document["backorders"] != "no"
    waiting = allowed and document["manage_stock"] is True and (document["stock_quantity"] or 0) <= 0
    return {"backorders": document["backorders"], "backorders_allowed": allowed, "backordered": waiting}


def _dates_of(state: State, document: Document) -> Document:
    created = date_pair(state, "date_created", document["date_created_gmt"])
    return created | date_pair(state, "date_modified", document["date_modified_gmt"])


def _related(state: State, document: Document) -> list[int]:
    """Up to five products that share a category."""
    own = {known["id"] for known in document.get("categories", [])}
    alike = (
        other["id"]
        for other in state.all("product")
        if other["id"] != document["id"] and other["status"] == "publish" and any(known["id"] in own for known in other["categories"])
    )
    return list(itertools.islice(alike, 5))


def _option_query(document: Document) -> str:
    pairs = []
    for attribute in document["attributes"]:
        option = attribute["option"]
        pairs.append(f"attribute_{attribute['slug']}={catalog.slug_of(option) if attribute['slug'].startswith('pa_') else quote(option)}")
    return "?" + "&".join(pairs) if pairs else ""


def _customer_address(stored: Document) -> Document:
    """Customers have postcode and country before state; orders the other way round."""
    order = ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode", "country", "state", "email", "phone")
    return {name: stored[name] for name in order if name in stored}
