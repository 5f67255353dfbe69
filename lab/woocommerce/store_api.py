"""The Store API below /wp-json/wc/store/v1: what a shopper's browser uses. Products, cart, checkout; no key.

Recorded: writes to a cart need the Nonce header that a GET returns, or a Cart-Token; prices are whole numbers of the minor unit as
strings; a draft product is answered to anybody who names it; another origin is echoed only for a preflight or where a Cart-Token is sent.
"""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from flask import Blueprint, Flask, Response, g, request

from lab.woocommerce import catalog, store_shapes
from lab.woocommerce.carts import Cart, key_of
from lab.woocommerce.context import current_store
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError
from lab.woocommerce.paging import Listing, answer_list
from lab.woocommerce.rendering import json_answer

shopping = Blueprint("store_api", __name__, url_prefix="/wp-json/wc/store/v1")

COOKIE = "wp_woocommerce_session_lab"
TOKEN_SECONDS = 48 * 3600
ORDERS = ("date", "modified", "id", "include", "title", "slug", "price", "popularity", "rating", "menu_order", "comment_count")
PRODUCTS = Listing(store_shapes.product, ORDERS, has_date_filters=False)
EXPOSED = "X-WP-Total, X-WP-TotalPages, Link, Cart-Token"
ALLOWED = "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type, Cart-Token, Nonce"
METHODS = "OPTIONS, GET, POST, PUT, PATCH, DELETE"


def register_store_api(app: Flask) -> None:
    app.register_blueprint(shopping)


@shopping.get("/products")
def list_products() -> Response:
    """Published products; type=variation lists variations, include takes any number."""
    store = current_store()
    with store.lock:
        if request.args.get("type") == "variation":
            return answer_list(store.all("variation"), PRODUCTS)
        return answer_list(store.products(search=request.args.get("search")), PRODUCTS)


@shopping.get("/products/<int:product_id>")
def get_product(product_id: int) -> Response:
    store = current_store()
    item = catalog.find_item(store, product_id)
    if item is None:
        raise RestError(404, "woocommerce_rest_product_invalid_id", "Invalid product ID.")
    return json_answer(store_shapes.product(store, item))


@shopping.get("/cart")
def get_cart() -> Response:
    return _cart_answer(_open_cart())


@shopping.post("/cart/add-item")
def add_item() -> Response:
    """{id, quantity, variation?}: the number of a simple product or of a variation."""
    store, sent = current_store(), _sent()
    _check_nonce()
    with store.lock:
        cart = _open_cart()
        item_id = _chosen_item(int(sent.get("id") or 0), sent.get("variation") or [])
        cart.add(store, item_id, int(sent.get("quantity") or 1))
        return _cart_answer(cart, status=201)


@shopping.post("/cart/update-item")
def update_item() -> Response:
    """{key, quantity}"""
    store, sent = current_store(), _sent()
    _check_nonce()
    with store.lock:
        cart = _open_cart()
        cart.set_quantity(store, str(sent.get("key", "")), int(sent.get("quantity") or 0))
        return _cart_answer(cart)


@shopping.post("/cart/remove-item")
def remove_item() -> Response:
    """{key}"""
    sent = _sent()
    _check_nonce()
    with current_store().lock:
        cart = _open_cart()
        cart.remove(str(sent.get("key", "")))
        return _cart_answer(cart)


@shopping.get("/checkout")
def open_checkout() -> Response:
    """Opening the checkout leaves an order of status checkout-draft behind (recorded)."""
    store = current_store()
    cart = _open_cart()
    if not cart.quantities:
        raise RestError(400, "woocommerce_rest_cart_empty", "Cannot place an order because the cart is empty.")
    return json_answer(store_shapes.checkout(store, store.draft_order(cart, {})))


@shopping.post("/checkout")
def place_order() -> Response:
    """{billing_address, payment_method, customer_note, extensions}: `extensions.luxebrain` becomes the order's `_luxebrain` meta."""
    store, sent = current_store(), _sent()
    _check_nonce()
    billing = sent.get("billing_address") or {}
    if not billing.get("email"):
        raise RestError(400, "woocommerce_rest_missing_email_address", "A valid email address is required for checkout.")
    method = str(sent.get("payment_method") or "cod")
    order = store.place_order(
        _open_cart(), billing, meta=_order_meta(sent), payment_method=method, note=str(sent.get("customer_note") or "")
    )
    return json_answer(store_shapes.checkout(store, order, is_paid=True))


@shopping.after_request
def add_headers(answer: Response) -> Response:
    """Nonce, Cart-Token and cookie of the cart in use, and who may read the answer from elsewhere."""
    cart: Cart | None = g.get("cart")
    is_cart_path = "/cart" in request.path or "/checkout" in request.path
    if is_cart_path and request.method != "OPTIONS":
        cart = cart or _open_cart()
        answer.headers.update({"Nonce": _nonce(), "Nonce-Timestamp": str(int(time.time())), "User-ID": "0"})
        answer.headers.update({"Cart-Token": token_of(cart), "Cart-Hash": _cart_hash(cart)})
        answer.set_cookie(COOKIE, cart.token, max_age=TOKEN_SECONDS, httponly=True, secure=request.is_secure, path="/")
    answer.headers.update({"Access-Control-Expose-Headers": EXPOSED, "Access-Control-Allow-Headers": ALLOWED})
    answer.headers.update({"Access-Control-Allow-Methods": METHODS, "Access-Control-Allow-Credentials": "true", "Vary": "Origin"})
    if "Cart-Token" in request.headers or request.method == "OPTIONS":
        answer.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "")
    return answer


def token_of(cart: Cart) -> str:
    """The cart as a signed token (a JWT), good for two days."""
    now = int(time.time())
    head = _encoded({"alg": "HS256", "typ": "JWT"})
    body = _encoded({"user_id": cart.token, "exp": now + TOKEN_SECONDS, "iss": "wc/store/v1", "iat": now})
    return f"{head}.{body}.{_signature(f'{head}.{body}')}"


def _open_cart() -> Cart:
    """The cart of the Cart-Token, else of the cookie, else a new one."""
    if "cart" not in g:
        token = _token_cart(request.headers.get("Cart-Token", "")) or request.cookies.get(COOKIE)
        g.cart = current_store().carts.find_or_create(token)
    cart: Cart = g.cart
    return cart


def _token_cart(token: str) -> str | None:
    content, _, signature = token.rpartition(".")
    if not content or not hmac.compare_digest(signature, _signature(content)):
        return None
    body = content.partition(".")[2]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return str(claims["user_id"]) if claims["exp"] > time.time() else None


def _check_nonce() -> None:
    if _token_cart(request.headers.get("Cart-Token", "")):
        return
    given = request.headers.get("Nonce")
    if given is None:
        raise RestError(401, "woocommerce_rest_missing_nonce", "Missing the Nonce header. This endpoint requires a valid nonce.")
    if not hmac.compare_digest(given, _nonce()):
        raise RestError(403, "woocommerce_rest_invalid_nonce", "Nonce is invalid.")


def _chosen_item(item_id: int, chosen: list[Document]) -> int:
    """A variation by its number, or a variable product with the options chosen; an option left open has to be chosen too."""
    store = current_store()
    item = catalog.find_item(store, item_id)
    options = {str(one["attribute"]).lower(): str(one["value"]).lower() for one in chosen}
    if item is not None and item.get("type") == "variable":
        fitting = [one for one in store.variations(item_id) if options and _fits(one, options)]
        return int(fitting[0]["id"]) if fitting else item_id
    if item is not None and catalog.is_variation(item):
        _check_open_options(store.product(item["parent_id"]), item, options)
    return item_id


def _check_open_options(parent: Document, variation: Document, options: dict[str, str]) -> None:
    fixed = {attribute["name"] for attribute in variation["attributes"]}
    for attribute in parent["attributes"]:
        if attribute["variation"] and attribute["name"] not in fixed and attribute["name"].lower() not in options:
            message = f"Missing variation data for variable product. {attribute['name']} is a required field"
            raise RestError(400, "woocommerce_rest_missing_variation_data", message)


def _fits(variation: Document, options: dict[str, str]) -> bool:
    return all(options.get(attribute["name"].lower()) == attribute["option"].lower() for attribute in variation["attributes"])


def _order_meta(sent: Document) -> dict[str, str]:
    meta = {str(one["key"]): str(one["value"]) for one in sent.get("meta_data") or []}
    extension = (sent.get("extensions") or {}).get("luxebrain")
    if extension:
        meta["_luxebrain"] = extension if isinstance(extension, str) else json.dumps(extension, separators=(",", ":"))
    return meta


def _cart_answer(cart: Cart, *, status: int = 200) -> Response:
    return json_answer(store_shapes.cart(current_store(), cart), status)


def _cart_hash(cart: Cart) -> str:
    if not cart.quantities:
        return ""
    content = ",".join(f"{key_of(item_id)}:{quantity}" for item_id, quantity in cart.quantities.items())
    return hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()


def _nonce() -> str:
    return _signature("wc_store_api")[:10]


def _encoded(claims: Document) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode().rstrip("=")


def _signature(content: str) -> str:
    digest = hmac.new(current_store().secret.encode(), content.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _sent() -> dict[str, Any]:
    sent = request.get_json(silent=True, force=True)
    return sent if isinstance(sent, dict) else {}
