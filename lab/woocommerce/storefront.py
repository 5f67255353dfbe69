"""The shop a person sees: home, departments, search, products; basket and checkout are in storefront_basket.py. Works without JavaScript.

Addresses and marks in the HTML are WooCommerce's (`/product/<slug>/`, `body.postid-24`, `button[name=add-to-cart]`). The basket is
the Store API's, found by the same cookie. `/lab/theme` sets what a theme's "custom header HTML" would: a tag before </head> of every page.
"""

import html
import os

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from lab.woocommerce import shop_views
from lab.woocommerce import storefront_basket as _basket  # noqa: F401 - its pages join the same blueprint
from lab.woocommerce.context import current_store
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError
from lab.woocommerce.pictures import draw_picture
from lab.woocommerce.shop_page import HEAD_SETTING, pages, shopper_cart, show_page, with_cart
from lab.woocommerce.store import Store

PER_PAGE = 24
SORTS = {"popularity": "Most loved", "date": "Newest", "price": "Price: low to high", "price-desc": "Price: high to low"}


def make_storefront(store: Store) -> Blueprint:
    """The storefront's pages; LAB_HEAD_HTML is the header snippet of a store that has none yet."""
    snippet = os.environ.get("LAB_HEAD_HTML", "")
    if snippet and store.find("setting", HEAD_SETTING) is None:
        store.put("setting", {"id": HEAD_SETTING, "value": snippet})
    return pages


@pages.get("/")
def home() -> str | BaseResponse:
    """The front page; with ?s= the search results."""
    store = current_store()
    if "s" in request.args:
        return _search(request.args["s"].strip())
    listed = _listed(store.products())
    offers = [product for product in listed if store.is_on_sale(product)]
    newest = sorted(listed, key=lambda product: product["date_created_gmt"], reverse=True)
    return show_page("home", best=_cards(_sorted(listed, "popularity")[:8]), offers=_cards(offers[:4]), newest=_cards(newest[:4]))


def _search(words: str) -> str:
    found = [product for product in _listed(current_store().products()) if _matches(product, words)]
    heading = f"Results for “{words}”" if words else "Search the shop"
    return _listing(found if words else [], title=heading, body_class="search", keep={"s": words})


def _matches(product: Document, words: str) -> bool:
    text = f"{shop_views.plain(product['name'])} {product['sku']}".lower()
    return all(word in text for word in words.lower().split())


@pages.get("/shop/")
def shop() -> str:
    return _listing(_listed(current_store().products()), title="Everything in the shop", body_class="post-type-archive-product")


@pages.get("/product-category/<slug>/")
def category(slug: str) -> str:
    store = current_store()
    found = store.category_by_slug(slug)
    if found is None:
        abort(404)
    products = _listed(store.products(category_id=found["id"]))
    return _listing(products, title=shop_views.plain(found["name"]), body_class=f"tax-product_cat term-{found['id']}", current=slug)


def _listing(products: list[Document], *, title: str, body_class: str, keep: dict[str, str] | None = None, current: str = "") -> str:
    """A sorted, paged list of products; `keep` is what its own links must carry on."""
    sort = request.args.get("orderby", "popularity")
    ordered = _sorted(products, sort if sort in SORTS else "popularity")
    last = max(1, -(-len(ordered) // PER_PAGE))
    page = min(max(request.args.get("paged", 1, type=int), 1), last)
    cards = _cards(ordered[(page - 1) * PER_PAGE : page * PER_PAGE])
    paging = {"page": page, "last": last, "sort": sort, "sorts": SORTS, "keep": keep or {}, "count": len(ordered)}
    return show_page("listing", title=title, body_class=body_class, cards=cards, current=current, **paging)


def _listed(products: list[Document]) -> list[Document]:
    return [product for product in products if product["catalog_visibility"] in ("visible", "catalog") and product["price"] != ""]


def _sorted(products: list[Document], sort: str) -> list[Document]:
    if sort == "date":
        return sorted(products, key=lambda product: product["date_created_gmt"], reverse=True)
    if sort in ("price", "price-desc"):
        return sorted(products, key=lambda product: float(product["price"]), reverse=sort == "price-desc")
    return sorted(products, key=lambda product: product["total_sales"], reverse=True)


def _cards(products: list[Document]) -> list[shop_views.Card]:
    return [shop_views.card(current_store(), product) for product in products]


@pages.get("/product/<slug>/")
def product(slug: str) -> str:
    return _product_page(_product_of(slug))


@pages.post("/product/<slug>/")
def add_to_cart(slug: str) -> str | BaseResponse | tuple[str, int]:
    """Put the product (or the variation chosen) into the basket, and say so on its page."""
    found = _product_of(slug)
    item_id = request.form.get("variation_id", type=int) or found["id"]
    quantity = max(request.form.get("quantity", 1, type=int), 1)
    if item_id == found["id"] and found["type"] == "variable":
        return _product_page(found, problem="Please choose an option first."), 400
    try:
        cart = shopper_cart()
        cart.add(current_store(), item_id, quantity)
    except RestError as refusal:
        return _product_page(found, problem=shop_views.plain(html.unescape(refusal.message))), 400
    return with_cart(redirect(f"/product/{slug}/?added={quantity}", 303), cart)


def _product_of(slug: str) -> Document:
    found = current_store().product_by_slug(slug)
    if found is None:
        abort(404)
    return found


def _product_page(found: Document, *, problem: str = "") -> str:
    store = current_store()
    return show_page(
        "product",
        title=shop_views.plain(found["name"]),
        body_class=f"single single-product postid-{found['id']}",
        product=shop_views.card(store, found),
        sku=found["sku"],
        stock=shop_views.stock_text(found),
        most=found["stock_quantity"] if found["manage_stock"] is True else None,
        attribute=found["attributes"][0]["name"] if found["attributes"] else "",
        choices=shop_views.choices(store, found) if found["type"] == "variable" else [],
        summary=shop_views.plain(found["short_description"]),
        details=shop_views.plain(found["description"]),
        category=found["categories"][0] if found["categories"] else None,
        problem=problem,
        added=request.args.get("added", 0, type=int),
    )


@pages.get("/lab/pictures/<int:item_id>.svg")
def picture(item_id: int) -> Response:
    """The drawing of a product or a variation."""
    store = current_store()
    item = store.item(item_id)
    if item is None:
        abort(404)
    drawing = draw_picture(item["parent_id"] or item_id, shop_views.item_name(store, item))
    return Response(drawing, mimetype="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


@pages.get("/lab/theme")
def theme() -> str:
    return show_page("theme", title="Theme settings", body_class="lab-theme", saved="saved" in request.args)


@pages.post("/lab/theme")
def save_theme() -> BaseResponse:
    current_store().put("setting", {"id": HEAD_SETTING, "value": request.form.get("head_html", "")})
    return redirect("/lab/theme?saved=1", 303)


@pages.get("/<path:anything>")
def nowhere(anything: str) -> tuple[str, int]:
    """Whatever else is asked for."""
    return not_found(anything)


@pages.errorhandler(404)
def not_found(_: object) -> tuple[str, int]:
    return show_page("not_found", title="Not found", body_class="error404"), 404
