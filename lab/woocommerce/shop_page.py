"""What every page of the storefront stands in: the frame with its header snippet, and the shopper's cart (the Store API's, by cookie)."""

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from lab.woocommerce import shop_views
from lab.woocommerce.carts import Cart
from lab.woocommerce.context import current_store
from lab.woocommerce.store_api import COOKIE, TOKEN_SECONDS

HEAD_SETTING = "theme_head_html"

pages = Blueprint("storefront", __name__, template_folder="templates", static_folder="static", static_url_path="/lab/static")


def show_page(template: str, *, title: str = "", body_class: str = "home", **shown: object) -> str:
    """A template of templates/shop inside the frame."""
    store = current_store()
    head = store.find("setting", HEAD_SETTING)
    frame = {
        "shop_name": store.settings.name,
        "departments": shop_views.departments(store),
        "head_html": head["value"] if head else "",
        "basket_count": shopper_cart().totals(store).quantity,
    }
    return render_template(f"shop/{template}.html", title=title, body_class=body_class, **frame, **shown)


def shopper_cart() -> Cart:
    """The shopper's cart: the one of the cookie, which the Store API uses too, or a new one."""
    if "cart" not in g:
        g.cart = current_store().carts.find_or_create(request.cookies.get(COOKIE))
    found: Cart = g.cart
    return found


def with_cart(answer: BaseResponse, found: Cart) -> BaseResponse:
    """The answer with the cookie that finds this cart again."""
    answer.set_cookie(COOKIE, found.token, max_age=TOKEN_SECONDS, httponly=True, secure=request.is_secure, path="/", samesite="Lax")
    return answer
