"""REST v3: customers. Guests are never here, and neither is any way to ask for what changed (recorded)."""

from flask import Blueprint, Response, request

from lab.woocommerce import orders, shapes, users
from lab.woocommerce.bodies import is_forced, read_body
from lab.woocommerce.context import current_store
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError
from lab.woocommerce.paging import Listing, answer_list
from lab.woocommerce.rendering import json_answer
from lab.woocommerce.store import Store

people = Blueprint("rest_people", __name__)

CUSTOMERS = Listing(shapes.customer, ("id", "include", "name", "registered_date"), order_by="name", order="asc", has_date_filters=False)
CHANGES = ["POST", "PUT", "PATCH"]


@people.get("/customers")
def list_customers() -> Response:
    """Only the role "customer" unless another one, or all, is asked for."""
    store = current_store()
    role, email = request.args.get("role", "customer"), request.args.get("email")
    search = request.args.get("search", "").lower()
    with store.lock:
        found = [customer for customer in store.all("customer") if role in ("all", customer["role"])]
        if email is not None:
            found = [customer for customer in found if customer["email"].lower() == email.lower()]
        if search:
            found = [
                customer for customer in found if search in f"{customer['email']} {customer['username']} {customer['last_name']}".lower()
            ]
        return answer_list([customer | {"name": customer["username"]} for customer in found], CUSTOMERS)


@people.post("/customers")
def create_customer() -> Response:
    store = current_store()
    sent = read_body()
    with store.lock:
        if users.customer_id_of(store, sent.get("email") or ""):
            message = "An account is already registered with your email address. Please log in or use a different email address."
            raise RestError(400, "registration-error-email-exists", message)
        customer = store.put("customer", users.make_customer(store, sent, customer_id=store.next_id("customer")))
        store.announce("customer.created", customer["id"])
        store.announce("customer.updated", customer["id"])
        answer = json_answer(shapes.customer(store, customer), 201)
        answer.headers["Location"] = f"{store.home_url}/wp-json/wc/v3/customers/{customer['id']}"
        return answer


@people.get("/customers/<int:customer_id>")
def get_customer(customer_id: int) -> Response:
    store = current_store()
    return json_answer(shapes.customer(store, _customer(store, customer_id)))


@people.route("/customers/<int:customer_id>", methods=CHANGES)
def update_customer(customer_id: int) -> Response:
    store = current_store()
    sent = read_body()
    with store.lock:
        customer = _customer(store, customer_id)
        customer |= {name: sent[name] for name in ("email", "first_name", "last_name") if name in sent}
        customer["billing"] = orders.address(customer["billing"] | sent.get("billing", {}), extra=("email", "phone"))
        customer["shipping"] = orders.address(customer["shipping"] | sent.get("shipping", {}), extra=("phone",))
        customer["date_modified_gmt"] = store.stamp()
        store.put("customer", customer)
        store.announce("customer.updated", customer_id)
        return json_answer(shapes.customer(store, customer))


@people.delete("/customers/<int:customer_id>")
def delete_customer(customer_id: int) -> Response:
    store = current_store()
    with store.lock:
        customer = _customer(store, customer_id)
        if not is_forced():
            raise RestError(501, "woocommerce_rest_trash_not_supported", "Customers do not support trashing.")
        store.remove("customer", customer_id)
        store.announce("customer.deleted", customer_id)
        return json_answer(shapes.customer(store, customer))


def _customer(store: Store, customer_id: int) -> Document:
    customer = store.find("customer", customer_id)
    if customer is None:
        raise RestError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return customer
