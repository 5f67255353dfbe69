"""REST v3: products, variations, categories, and their batches."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from lab.woocommerce import catalog, shapes
from lab.woocommerce.bodies import is_forced, read_batch, read_body
from lab.woocommerce.context import current_lab, current_store
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError, no_route, not_found
from lab.woocommerce.paging import Listing, answer_list, choice
from lab.woocommerce.rendering import json_answer
from lab.woocommerce.store import Store

catalog_routes = Blueprint("rest_catalog", __name__)

PRODUCT_TYPES = ("simple", "grouped", "external", "variable")
PRODUCT_STATUSES = ("draft", "pending", "private", "publish", "future", "auto-draft", "trash")
PRODUCT_ENUMS = {"type": PRODUCT_TYPES, "status": PRODUCT_STATUSES}
# The list as the platform prints it, repetitions included.
PRODUCT_ORDERS = (
    "date", "id", "include", "title", "slug", "modified", "popularity", "rating", "post__in", "price", "sales", "menu_order", "random",
    "popularity", "rating", "menu_order", "price", "popularity", "rating",
)  # fmt: skip
PRODUCTS = Listing(shapes.product, PRODUCT_ORDERS)
VARIATIONS = Listing(shapes.variation, PRODUCT_ORDERS)
CATEGORY_ORDERS = ("id", "include", "name", "slug", "term_group", "description", "count")
CATEGORIES = Listing(shapes.category, CATEGORY_ORDERS, order_by="name", order="asc", has_date_filters=False)
CHANGES = ["POST", "PUT", "PATCH"]
USE_VARIATIONS = "To manipulate product variations you should use the /products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint."


@catalog_routes.get("/products")
def list_products() -> Response:
    store = current_store()
    choice("status", ("any", *PRODUCT_STATUSES), "any")
    with store.lock:
        return answer_list([product for product in store.all("product") if _is_asked_for(store, product)], PRODUCTS)


@catalog_routes.post("/products")
def create_product() -> Response:
    store = current_store()
    sent = read_body(PRODUCT_ENUMS)
    if not current_lab().options.development:
        _refuse_unreachable_images(sent)
    with store.lock:
        product = catalog.create_product(store, sent)
        return _created(_for_editing(store, shapes.product(store, product)), f"products/{product['id']}")


@catalog_routes.get("/products/<int:product_id>")
def get_product(product_id: int) -> Response:
    store = current_store()
    with store.lock:
        return json_answer(shapes.product(store, _item(store, product_id)))


@catalog_routes.route("/products/<int:product_id>", methods=CHANGES)
def update_product(product_id: int) -> Response:
    store = current_store()
    sent = read_body(PRODUCT_ENUMS)
    with store.lock:
        return json_answer(_for_editing(store, _update_product(store, product_id, sent)))


@catalog_routes.delete("/products/<int:product_id>")
def delete_product(product_id: int) -> Response:
    store = current_store()
    with store.lock:
        return json_answer(_for_editing(store, _delete_product(store, product_id, is_final=is_forced())))


@catalog_routes.route("/products/batch", methods=CHANGES)
def batch_products() -> Response:
    store = current_store()
    with store.lock:
        return json_answer(
            _batch(
                create=lambda sent: _for_editing(store, shapes.product(store, catalog.create_product(store, sent))),
                update=lambda sent: _for_editing(store, _update_product(store, sent.get("id"), sent, unknown_status=400)),
                delete=lambda number: _for_editing(store, _delete_product(store, number, is_final=True)),
            )
        )


@catalog_routes.get("/products/<int:product_id>/variations")
def list_variations(product_id: int) -> Response:
    store = current_store()
    with store.lock:
        return answer_list(store.variations(store.product(product_id)["id"]), VARIATIONS)


@catalog_routes.post("/products/<int:product_id>/variations")
def create_variation(product_id: int) -> Response:
    store = current_store()
    sent = read_body()
    with store.lock:
        variation = _create_variation(store, store.product(product_id), sent)
        # The address holds the route's own pattern instead of the product's number (recorded).
        return _created(variation, f"products/(?P<product_id>[\\d]+)/variations/{variation['id']}")


@catalog_routes.get("/products/<int:product_id>/variations/<int:variation_id>")
def get_variation(product_id: int, variation_id: int) -> Response:
    store = current_store()
    with store.lock:
        return json_answer(shapes.variation(store, _variation(store, product_id, variation_id)))


@catalog_routes.route("/products/<int:product_id>/variations/<int:variation_id>", methods=CHANGES)
def update_variation(product_id: int, variation_id: int) -> Response:
    store = current_store()
    sent = read_body()
    with store.lock:
        return json_answer(_update_variation(store, product_id, variation_id, sent))


@catalog_routes.delete("/products/<int:product_id>/variations/<int:variation_id>")
def delete_variation(product_id: int, variation_id: int) -> Response:
    store = current_store()
    with store.lock:
        return json_answer(_delete_variation(store, product_id, variation_id))


@catalog_routes.route("/products/<int:product_id>/variations/batch", methods=CHANGES)
def batch_variations(product_id: int) -> Response:
    store = current_store()
    with store.lock:
        parent = store.product(product_id)
        return json_answer(
            _batch(
                create=lambda sent: _create_variation(store, parent, sent),
                update=lambda sent: _update_variation(store, product_id, sent.get("id"), sent),
                delete=lambda number: _delete_variation(store, product_id, number),
            )
        )


@catalog_routes.get("/products/categories")
def list_categories() -> Response:
    store = current_store()
    with store.lock:
        return answer_list(store.all("category"), CATEGORIES)


@catalog_routes.get("/products/categories/<int:category_id>")
def get_category(category_id: int) -> Response:
    store = current_store()
    return json_answer(shapes.category(store, _category(store, category_id)))


@catalog_routes.post("/products/categories")
def create_category() -> Response:
    store = current_store()
    sent = read_body()
    with store.lock:
        name = catalog.kses(str(sent.get("name") or ""))
        blank = {"id": store.next_id("category"), "parent": 0, "description": "", "display": "default", "menu_order": 0}
        made = store.put("category", blank | {"name": name, "slug": sent.get("slug") or catalog.slug_of(name)})
        return _created(shapes.category(store, made), f"products/categories/{made['id']}")


@catalog_routes.route("/products/categories/<int:category_id>", methods=CHANGES)
def update_category(category_id: int) -> Response:
    """Renaming shows in every product at once, and moves no modification date (recorded)."""
    store = current_store()
    sent = read_body()
    with store.lock:
        category = _category(store, category_id)
        category |= {name: sent[name] for name in ("slug", "description", "parent") if name in sent}
        category["name"] = catalog.kses(str(sent.get("name") or category["name"]))
        store.put("category", category)
        for product in store.all("product"):
            for known in product["categories"]:
                if known["id"] == category_id:
                    known.update(name=category["name"], slug=category["slug"])
                    store.put("product", product)
        return json_answer(shapes.category(store, category))


def _is_asked_for(store: Store, product: Document) -> bool:
    """The filters of GET products; without a status everything but the trash is meant."""
    asked = request.args
    status = asked.get("status", "any")
    checks = [
        product["status"] != "trash" if status == "any" else product["status"] == status,
        "type" not in asked or product["type"] == asked["type"],
        not asked.get("sku") or product["sku"] in asked["sku"].split(","),
        "category" not in asked or any(str(known["id"]) in asked["category"].split(",") for known in product["categories"]),
        "search" not in asked or asked["search"].lower() in f"{product['name']} {product['sku']}".lower(),
        "on_sale" not in asked or store.is_on_sale(product) == (asked["on_sale"].lower() in ("true", "1")),
        "stock_status" not in asked or product["stock_status"] == asked["stock_status"],
    ]
    return all(checks)


def _item(store: Store, number: object) -> Document:
    item = catalog.find_item(store, number)
    if item is None:
        raise not_found("product")
    return item


def _update_product(store: Store, number: object, sent: Document, *, unknown_status: int = 404) -> Document:
    item = catalog.find_item(store, number)
    if item is None:
        raise RestError(unknown_status, "woocommerce_rest_product_invalid_id", "Invalid ID.")
    if catalog.is_variation(item):
        raise RestError(404, "woocommerce_rest_invalid_product_id", USE_VARIATIONS)
    return shapes.product(store, catalog.update_product(store, item, sent))


def _for_editing(store: Store, shown: Document) -> Document:
    """The answer to a write has two fields more."""
    more = {"permalink_template": f"{store.home_url}/product/%pagename%/", "generated_slug": catalog.slug_of(shown["name"])}
    links = shown.pop("_links")
    return shown | more | {"_links": links}


def _delete_product(store: Store, number: object, *, is_final: bool) -> Document:
    """What is answered is the product before it went (status and all)."""
    product = store.find("product", number)
    if product is None:
        raise not_found("product")
    shown = shapes.product(store, product)
    if is_final:
        catalog.erase(store, product)
    elif product["status"] == "trash":
        raise RestError(410, "woocommerce_rest_already_trashed", "The product has already been deleted.")
    else:
        catalog.trash_product(store, product)
    return shown


def _variation(store: Store, product_id: int, number: object) -> Document:
    variation = store.find("variation", number)
    if variation is None or variation["parent_id"] != product_id:
        raise RestError(404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.")
    return variation


def _create_variation(store: Store, parent: Document, sent: Document) -> Document:
    variation = catalog.create_variation(store, parent, _with_parent_attributes(parent, sent))
    return _variation_for_editing(store, variation)


def _update_variation(store: Store, product_id: int, number: object, sent: Document) -> Document:
    variation = _variation(store, product_id, number)
    return _variation_for_editing(store, catalog.update_product(store, variation, sent))


def _variation_for_editing(store: Store, variation: Document) -> Document:
    """The answer to a write shows what the variation has of its own: no picture and no tax class of its parent's."""
    own = variation.get("image")
    shown = {"tax_class": variation["tax_class"] or "parent", "image": shapes.image(store, variation, own) if own else None}
    return shapes.variation(store, variation) | shown


def _delete_variation(store: Store, product_id: int, number: object) -> Document:
    variation = _variation(store, product_id, number)
    shown = shapes.variation(store, variation)
    catalog.erase(store, variation)
    return shown


def _with_parent_attributes(parent: Document, sent: Document) -> Document:
    """A variation names an attribute by its number or its name; the rest comes from the parent."""
    named = []
    for given in sent.get("attributes", []):
        known = next((own for own in parent["attributes"] if given.get("name") == own["name"] or given.get("id") == own["id"] != 0), None)
        slug = catalog.slug_of(known["slug"]) if known and not known["id"] else (known or {}).get("slug")
        named.append({"id": known["id"], "name": known["name"], "slug": slug, "option": given["option"]} if known else given)
    return sent | {"attributes": named}


def _category(store: Store, category_id: int) -> Document:
    category = store.find("category", category_id)
    if category is None:
        raise RestError(404, "woocommerce_rest_term_invalid", "Resource does not exist.")
    return category


def _batch(
    *, create: Callable[[Document], Document], update: Callable[[Document], Document], delete: Callable[[object], Document]
) -> Document:
    """Each item on its own: a failure stands in its place and the whole is 200."""
    actions: dict[str, Callable[[Any], Document]] = {"create": create, "update": update, "delete": delete}
    return {part: [_attempt(actions[part], item) for item in items] for part, items in read_batch().items()}


def _attempt(action: Callable[[Any], Document], item: Any) -> Document:
    try:
        return action(item)
    except RestError as error:
        return {"id": item.get("id", 0) if isinstance(item, dict) else item, "error": error.body}


def _created(shown: Document, path: str) -> Response:
    answer = json_answer(shown, 201)
    answer.headers["Location"] = f"{current_store().home_url}/wp-json/wc/v3/{path}"
    return answer


def _refuse_unreachable_images(sent: Document) -> None:
    """The lab fetches nothing: a picture has to be one of its own (a path)."""
    for image in sent.get("images", []):
        source = image.get("src", "")
        if "://" in source:
            message = f"Error getting remote image {source}. Error: A valid URL was not provided."
            raise RestError(400, "woocommerce_product_image_upload_error", message)


@catalog_routes.route("/products/<path:rest>", methods=["GET", *CHANGES, "DELETE"])
def unknown_below_products(rest: str) -> Response:  # noqa: ARG001
    raise no_route()
