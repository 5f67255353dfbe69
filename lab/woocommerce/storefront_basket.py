"""The storefront's basket, checkout and thank-you page; paid on delivery."""

import html
import json
from urllib.parse import unquote

from flask import abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from lab.woocommerce import shop_views
from lab.woocommerce.context import current_store
from lab.woocommerce.errors import RestError
from lab.woocommerce.shop_page import pages, shopper_cart, show_page, with_cart
from lab.woocommerce.store_api import COOKIE

FIELDS = ("first_name", "last_name", "address_1", "city", "postcode", "phone", "email")
OPTIONAL = {"phone"}
LONGEST_META = 2048


@pages.get("/cart/")
def cart() -> str:
    return _cart_page()


@pages.post("/cart/")
def change_cart() -> str | BaseResponse | tuple[str, int]:
    """Take a line out (`remove`) or set the quantities (`quantity-<key>`)."""
    found = shopper_cart()
    try:
        if "remove" in request.form:
            found.remove(request.form["remove"])
        else:
            for key, value in request.form.items():
                if key.startswith("quantity-") and value.isdecimal():
                    found.set_quantity(current_store(), key.removeprefix("quantity-"), int(value))
    except RestError as refusal:
        return _cart_page(problem=shop_views.plain(html.unescape(refusal.message))), 400
    return with_cart(redirect("/cart/", 303), found)


def _cart_page(*, problem: str = "") -> str:
    store, found = current_store(), shopper_cart()
    total = shop_views.money(store, found.totals(store).total)
    lines = shop_views.cart_lines(store, found)
    ids = shop_views.cart_product_ids(store, found)
    return show_page("cart", title="Your basket", body_class="woocommerce-cart", lines=lines, total=total, cart_ids=ids, problem=problem)


@pages.get("/checkout/")
def checkout() -> str | BaseResponse:
    return _checkout_page({}, {}) if shopper_cart().quantities else redirect("/cart/", 302)


@pages.post("/checkout/")
def place_order() -> str | BaseResponse | tuple[str, int]:
    """Place the order, paid on delivery; what LuxeBrain left in the cookie travels with it as a plugin would send it."""
    typed = {name: request.form.get(name, "").strip()[:200] for name in FIELDS}
    problems = _problems(typed)
    if problems:
        return _checkout_page(typed, problems), 400
    meta = _luxebrain_meta(request.cookies.get("luxebrain", ""))
    try:
        order = current_store().place_order(shopper_cart(), {**typed, "country": current_store().settings.country}, meta=meta)
    except RestError as refusal:
        return _checkout_page(typed, {"order": shop_views.plain(html.unescape(refusal.message))}), 400
    answer = redirect(f"/checkout/order-received/{order['id']}/?key={order['order_key']}", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def _problems(typed: dict[str, str]) -> dict[str, str]:
    """What to put right, by field."""
    problems = {name: "Please fill this in." for name in FIELDS if not typed[name] and name not in OPTIONAL}
    name, _, domain = typed["email"].partition("@")
    if typed["email"] and not (name and "." in domain and " " not in typed["email"]):
        problems["email"] = "Please write an e-mail address, like name@example.com."
    return problems


def _luxebrain_meta(cookie: str) -> dict[str, str]:
    text = unquote(cookie)
    if not text or len(text.encode()) > LONGEST_META:
        return {}
    try:
        json.loads(text)
    except ValueError:
        return {}
    return {"_luxebrain": text}


def _checkout_page(typed: dict[str, str], problems: dict[str, str]) -> str:
    store, found = current_store(), shopper_cart()
    lines, total = shop_views.cart_lines(store, found), shop_views.money(store, found.totals(store).total)
    return show_page(
        "checkout", title="Checkout", body_class="woocommerce-checkout", typed=typed, problems=problems, lines=lines, total=total
    )


@pages.get("/checkout/order-received/<int:order_id>/")
def thank_you(order_id: int) -> str:
    store = current_store()
    order = store.find("order", order_id)
    if order is None or order["order_key"] != request.args.get("key"):
        abort(404)
    total = shop_views.money(store, store.order_total(order))
    lines = shop_views.order_lines(store, order)
    marks = "woocommerce-checkout woocommerce-order-received"
    ids = ",".join(dict.fromkeys(str(line["product_id"]) for line in order["line_items"] if line["product_id"]))
    return show_page("thank_you", title="Thank you", body_class=marks, order=order, lines=lines, total=total, cart_ids=ids)
