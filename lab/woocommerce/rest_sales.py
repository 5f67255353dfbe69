"""REST v3: orders and refunds."""

from flask import Blueprint, Response, request

from lab.woocommerce import orders, shapes_orders
from lab.woocommerce.bodies import is_forced, read_batch, read_body
from lab.woocommerce.context import current_store
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError, not_found
from lab.woocommerce.paging import Listing, answer_list, not_in_enum
from lab.woocommerce.rendering import json_answer
from lab.woocommerce.state import State
from lab.woocommerce.store import Store

sales = Blueprint("rest_sales", __name__)

# The order of the list is the one the platform prints in its error.
LISTED_STATUSES = (
    "any", "trash", "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft",
)  # fmt: skip
ORDERS = Listing(shapes_orders.order, ("date", "id", "include", "title", "slug", "modified"))
REFUNDS = Listing(shapes_orders.refund, ("date", "id", "include", "title", "slug"), has_date_filters=False)
CHANGES = ["POST", "PUT", "PATCH"]


@sales.get("/orders")
def list_orders() -> Response:
    """Without a status everything but the trash, checkout drafts included (recorded)."""
    store = current_store()
    statuses = _statuses()
    customer, search = request.args.get("customer"), request.args.get("search", "").lower()
    with store.lock:
        found = [order for order in store.all("order") if _has_status(order, statuses)]
        if customer is not None:
            found = [order for order in found if str(order["customer_id"]) == customer]
        if search:
            found = [
                order for order in found if search in f"{order['id']} {order['billing']['email']} {order['billing']['last_name']}".lower()
            ]
        return answer_list(found, ORDERS)


@sales.post("/orders")
def create_order() -> Response:
    store = current_store()
    sent = read_body({"status": orders.STATUSES})
    with store.lock:
        order = orders.create_order(store, sent)
        return _created(shapes_orders.order(store, order), f"orders/{order['id']}")


@sales.get("/orders/<int:order_id>")
def get_order(order_id: int) -> Response:
    store = current_store()
    with store.lock:
        return json_answer(shapes_orders.order(store, store.order(order_id)))


@sales.route("/orders/<int:order_id>", methods=CHANGES)
def update_order(order_id: int) -> Response:
    store = current_store()
    sent = read_body({"status": orders.STATUSES})
    with store.lock:
        return json_answer(shapes_orders.order(store, orders.update_order(store, store.order(order_id), sent)))


@sales.delete("/orders/<int:order_id>")
def delete_order(order_id: int) -> Response:
    """To the trash, announced; with force for good, unannounced."""
    store = current_store()
    with store.lock:
        order = store.order(order_id)
        shown = shapes_orders.order(store, order)
        if is_forced():
            store.remove("order", order_id)
        else:
            orders.trash_order(store, order)
        return json_answer(shown)


@sales.route("/orders/batch", methods=CHANGES)
def batch_orders() -> Response:
    store = current_store()
    with store.lock:
        answers: dict[str, list[Document]] = {}
        for part, items in read_batch().items():
            answers[part] = [_batch_item(store, part, item) for item in items]
        return json_answer(answers)


@sales.get("/orders/<int:order_id>/refunds")
def list_refunds(order_id: int) -> Response:
    store = current_store()
    with store.lock:
        return answer_list(orders.refunds_of(store, store.order(order_id)), REFUNDS)


@sales.post("/orders/<int:order_id>/refunds")
def create_refund(order_id: int) -> Response:
    store = current_store()
    sent = read_body()
    with store.lock:
        refund = orders.create_refund(store, store.order(order_id), sent)
        # The address holds the route's own pattern instead of the order's number (recorded).
        return _created(shapes_orders.refund(store, refund), f"orders/(?P<order_id>[\\d]+)/refunds/{refund['id']}")


@sales.get("/orders/<int:order_id>/refunds/<int:refund_id>")
def get_refund(order_id: int, refund_id: int) -> Response:
    store = current_store()
    with store.lock:
        return json_answer(shapes_orders.refund(store, _refund(store, order_id, refund_id)))


@sales.delete("/orders/<int:order_id>/refunds/<int:refund_id>")
def delete_refund(order_id: int, refund_id: int) -> Response:
    store = current_store()
    with store.lock:
        refund = _refund(store, order_id, refund_id)
        if not is_forced():
            raise RestError(501, "woocommerce_rest_trash_not_supported", "Refunds do not support trashing.")
        orders.delete_refund(store, store.order(order_id), refund)
        return json_answer(shapes_orders.refund(store, refund))


@sales.get("/refunds")
def list_all_refunds() -> Response:
    """Refunds of every order; each names its order as parent_id."""
    store = current_store()
    with store.lock:
        return answer_list(store.all("refund"), Listing(_refund_with_parent, REFUNDS.orders))


def _statuses() -> list[str]:
    statuses = request.args.getlist("status[]") or request.args.get("status", "any").split(",")
    for place, status in enumerate(statuses):
        if status not in LISTED_STATUSES:
            raise not_in_enum("status", f"status[{place}]", LISTED_STATUSES)
    return statuses


def _has_status(order: Document, statuses: list[str]) -> bool:
    return order["status"] in statuses or ("any" in statuses and order["status"] != "trash")


def _batch_item(store: Store, part: str, item: Document) -> Document:
    try:
        if part == "create":
            return shapes_orders.order(store, orders.create_order(store, item))
        number = item.get("id") if isinstance(item, dict) else item
        order = store.order(number if isinstance(number, int) else 0)
        if part == "update":
            return shapes_orders.order(store, orders.update_order(store, order, item))
        store.remove("order", order["id"])
        return shapes_orders.order(store, order)
    except RestError as error:
        return {"id": item.get("id", 0) if isinstance(item, dict) else item, "error": error.body}


def _refund(store: Store, order_id: int, refund_id: int) -> Document:
    refund = store.find("refund", refund_id)
    if refund is None or refund["order_id"] != store.order(order_id)["id"]:
        raise not_found("shop_order_refund")
    return refund


def _refund_with_parent(store: State, document: Document) -> Document:
    shown = shapes_orders.refund(store, document)
    return {"id": shown.pop("id"), "parent_id": document["order_id"]} | shown


def _created(shown: Document, path: str) -> Response:
    answer = json_answer(shown, 201)
    answer.headers["Location"] = f"{current_store().home_url}/wp-json/wc/v3/{path}"
    return answer
