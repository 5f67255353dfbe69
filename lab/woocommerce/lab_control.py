"""/lab/…: what only the lab has. Faults to turn on, the clock to move, what was delivered, keys without the consent screen.

Not part of the platform; meant for tests and for people who play with the demo on their own machine.
"""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from lab.woocommerce import auth, catalog, orders, plugin
from lab.woocommerce.context import current_lab, current_store
from lab.woocommerce.documents import Document
from lab.woocommerce.faults import FaultRule, WebhookFaults

control = Blueprint("lab", __name__, url_prefix="/lab")


@control.get("/health")
def health() -> Response:
    store = current_store()
    return jsonify(ok=True, products=len(store.all("product")), orders=len(store.all("order")), webhooks=len(store.all("webhook")))


@control.get("/stats")
def stats() -> Response:
    """{endpoint: {requests, busy_s}} since the start."""
    return jsonify({endpoint: asdict(known) for endpoint, known in sorted(current_lab().faults.stats.items())})


@control.post("/faults")
def add_fault() -> Response:
    """A rule for the next requests (a FaultRule, `path` at least); or pretty_permalinks: bool; or webhooks: a WebhookFaults."""
    faults, sent = current_lab().faults, _sent()
    if "pretty_permalinks" in sent:
        faults.pretty_permalinks = bool(sent["pretty_permalinks"])
    if "webhooks" in sent:
        faults.webhooks = WebhookFaults(**sent["webhooks"])
    if "path" in sent:
        faults.add(FaultRule(**{name: value for name, value in sent.items() if name not in ("pretty_permalinks", "webhooks")}))
    return jsonify(ok=True)


@control.delete("/faults")
def clear_faults() -> Response:
    current_lab().faults.clear()
    return jsonify(ok=True)


@control.post("/advance")
def advance() -> Response:
    """Move the store's clock by {seconds} and, with cron: true, let the daily cron run."""
    store, sent = current_store(), _sent()
    store.advance(float(sent.get("seconds", 0)))
    changed = store.run_daily_cron() if sent.get("cron") else []
    return jsonify(now=store.stamp(), changed=changed)


@control.post("/deliver")
def deliver() -> Response:
    """Deliver everything that waits now; `delay_s` sets how long later deliveries wait. Answers when the queue is empty."""
    deliveries, sent = current_lab().deliveries, _sent()
    deliveries.delay_s = float(sent.get("delay_s", deliveries.delay_s))
    deliveries.run_now()
    return jsonify(ok=deliveries.wait_until_idle(float(sent.get("timeout_s", 10))))


@control.get("/deliveries")
def deliveries() -> Response:
    """The last attempts, oldest first."""
    return jsonify([asdict(delivery) for delivery in current_lab().deliveries.made])


@control.post("/keys")
def make_key() -> Response:
    """A consumer key without the consent screen: {description, permissions}."""
    sent = _sent()
    key = auth.create_key(current_store(), description=sent.get("description", "lab"), permissions=sent.get("permissions", "read_write"))
    return jsonify(key)


@control.delete("/keys/<int:key_id>")
def revoke_key(key_id: int) -> Response:
    """As the merchant does under Settings → Advanced; the webhooks of the key go on (recorded)."""
    store = current_store()
    key = store.find("key", key_id)
    if key is not None:
        store.put("key", key | {"revoked": True})
    return jsonify(ok=key is not None)


@control.post("/plugin")
def install_plugin() -> Response:
    """As the merchant does under Plugins: {version, public_key, address}."""
    plugin.install(current_store(), **_sent())
    return jsonify(ok=True)


@control.delete("/plugin")
def remove_plugin() -> Response:
    plugin.remove(current_store())
    return jsonify(ok=True)


@control.post("/products/<int:product_id>/no-price")
def take_price(product_id: int) -> Response:
    """A product somebody saved without a price."""
    store = current_store()
    with store.lock:
        catalog.update_product(store, store.product(product_id), {"regular_price": "", "sale_price": ""})
    return jsonify(ok=True)


@control.post("/orders")
def place_orders() -> Response:
    """Paid orders of {product_id, quantity, email, count}, as the checkout makes them."""
    store, sent = current_store(), _sent()
    placed: list[Document] = []
    for _ in range(int(sent.get("count", 1))):
        cart = store.carts.create()
        cart.add(store, int(sent["product_id"]), int(sent.get("quantity", 1)))
        placed.append(store.place_order(cart, {"email": sent.get("email", ""), "country": "GB"}, meta=sent.get("meta")))
    return jsonify(orders=[order["id"] for order in placed], total=str(sum(orders.total_of(order) for order in placed)))


def _sent() -> dict[str, Any]:
    sent = request.get_json(silent=True)
    return sent if isinstance(sent, dict) else {}
