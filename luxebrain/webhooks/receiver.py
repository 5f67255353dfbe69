"""Doors for platforms: a store's keys after consent, and its deliveries. Verify, store once, commit, answer; the rest comes later."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.edge.bodies import whole_body
from luxebrain.edge.connecting import open_store
from luxebrain.edge.errors import answer
from luxebrain.edge.limits import ATTEMPTS, limiter
from luxebrain.errors import OutgoingError
from luxebrain.integrations.platform import Credentials
from luxebrain.integrations.woocommerce import connect as woocommerce_connect
from luxebrain.integrations.woocommerce import webhooks as woocommerce
from luxebrain.services import connecting, inbox
from luxebrain.services.stores import Endpoint
from luxebrain.webhooks import endpoints
from luxebrain.webhooks.doorbell import doorbell

blueprint = Blueprint("receiver", __name__)
LARGEST_DELIVERY = 5 * 1024 * 1024
STORED = b'{"status":"stored"}\n'


@blueprint.post("/connect/woocommerce/callback")
@limiter.limit(ATTEMPTS)
def woocommerce_keys() -> ResponseReturnValue:
    """Anything but 200 makes the store delete the key again: so a forged, late or second callback leaves nothing behind."""
    keys = woocommerce_connect.parse_callback(request.get_data())
    with transaction():
        attempt = connecting.claim_attempt(keys.state, now=utcnow())
    credentials = Credentials(url=attempt.url, key=keys.key, secret=keys.secret)
    try:
        profile = connecting.prove_keys(credentials)
    except OutgoingError as error:
        return answer(400, "keys_not_accepted", f"The store at {attempt.url} did not accept its own keys: {error}")
    open_store(partial(connecting.record_connection, attempt, profile, now=utcnow()), credentials)
    return jsonify(status="connected")


@blueprint.post("/webhooks/woocommerce/<token>")
def woocommerce_delivery(token: str) -> ResponseReturnValue:
    """A ping is unsigned and stores nothing; the rest must be signed with the secret that only this store and we know.

    Nobody answers for a store that was erased: 404, and not 410, since nothing is left that knows it was there. WooCommerce counts
    either as a failure and disables the webhook after seven; before, its deliveries tell us nothing.
    """
    body = whole_body(LARGEST_DELIVERY)
    endpoint = endpoints.recall(token) or endpoints.read(token)
    if woocommerce.is_ping(request.headers.keys(), body):
        return jsonify(status="pong")
    delivery = woocommerce.read_headers(request.headers.get)
    if not _is_stored(endpoint, delivery, body):
        endpoint = endpoints.read(token)
        woocommerce.check_signature(endpoint.secret, body, delivery.signature)
        _is_stored(endpoint, delivery, body)  # if not now, then before: it came twice
    return Response(STORED, mimetype="application/json")


def _is_stored(endpoint: Endpoint, delivery: woocommerce.Delivery, body: bytes) -> bool:
    """Verify, store once, commit; the rest comes later."""
    if not woocommerce.is_signed(endpoint.secret, body, delivery.signature):
        return False
    if not inbox.record_delivery(endpoint, delivery.topic, body, woocommerce.dedupe_key(delivery, body)):
        return False
    doorbell.ring_soon(current_app._get_current_object(), endpoint.store_id)  # type: ignore[attr-defined]
    return True
