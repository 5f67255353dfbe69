"""WooCommerce's deliveries: who sent them, which are the same, and what each of them says happened.

A payload is built when it is delivered, not when the event happened; the delivery id is shared by all deliveries of one second; trashing a
product also sends coupon.deleted, and a coupon product.deleted, with the other's id. So a deletion is looked up, not believed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from luxebrain.crypto import same, sign
from luxebrain.errors import InvalidInput, InvalidSignature
from luxebrain.integrations import fields
from luxebrain.integrations.platform import BadRow, Change, Changed, Deleted, Entity, Irrelevant, Stale
from luxebrain.integrations.woocommerce.records import is_trashed, is_variable, read_row

ENTITIES = {"product": Entity.PRODUCTS, "order": Entity.ORDERS, "customer": Entity.CUSTOMERS}
# Categories have no topic, nor do variations: those arrive as products. Customers cannot be restored.
TOPICS = (
    *(f"product.{event}" for event in ("created", "updated", "deleted", "restored")),
    *(f"order.{event}" for event in ("created", "updated", "deleted", "restored")),
    *(f"customer.{event}" for event in ("created", "updated", "deleted")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the headers say. `source`: the store's address, as it calls itself."""

    webhook_id: str
    delivery_id: str
    topic: str
    source: str
    signature: str


def is_ping(header_names: Iterable[str], body: bytes) -> bool:
    """Creating a webhook posts `webhook_id=5` as a form, unsigned. It says nothing and wants a 200."""
    if len(body) > 100 or any(name.lower().startswith("x-wc-webhook-") for name in header_names):
        return False
    return list(parse_qs(body.decode("ascii", "replace"))) == ["webhook_id"]


def read_headers(find: Callable[[str], str | None]) -> Delivery:
    """`find`: a header's value by its name, in any case. Raises InvalidInput naming the header that is missing."""

    def header(name: str) -> str:
        value = (find(name) or "").strip()
        if not value:
            raise InvalidInput(name, f"A WooCommerce delivery has the header {name}.")
        return value[:255]

    return Delivery(
        webhook_id=header("X-WC-Webhook-ID"),
        delivery_id=header("X-WC-Webhook-Delivery-ID"),
        topic=header("X-WC-Webhook-Topic"),
        source=header("X-WC-Webhook-Source"),
        signature=header("X-WC-Webhook-Signature"),
    )


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """`body`: the raw bytes; parsed and written again they differ."""
    return same(base64.b64encode(sign(secret, body)), signature)


def check_signature(secret: str, body: bytes, signature: str) -> None:
    """Raises InvalidSignature."""
    if not is_signed(secret, body, signature):
        raise InvalidSignature("The signature does not fit this store's secret.")


def dedupe_key(delivery: Delivery, body: bytes) -> bytes:
    """The same for one delivery sent twice, another for any two that differ in anything."""
    parts = [delivery.webhook_id.encode(), delivery.delivery_id.encode(), delivery.topic.encode(), body]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()


def read_delivery(topic: str, payload: Any) -> Change:
    """Raises ValueError where the payload is none that this topic can have."""
    resource, _, event = topic.partition(".")
    entity = ENTITIES.get(resource)
    if entity is None:
        return Irrelevant(f"the topic {topic[:50]} is none of ours")
    if not isinstance(payload, Mapping):
        raise ValueError("the body is no object")
    if _is_error(payload):
        return Irrelevant(f"gone before it was delivered ({str(payload['code'])[:100]})")
    id = fields.row_id(payload)
    if event == "deleted":
        return Deleted(entity, id) if entity is Entity.CUSTOMERS else Stale(entity, id)
    if event == "restored":
        return Stale(entity, id)
    return _change(entity, id, payload)


def _is_error(payload: Mapping[str, Any]) -> bool:
    return "code" in payload and "message" in payload and fields.id_if_any(payload) is None


def _change(entity: Entity, id: int, payload: Mapping[str, Any]) -> Change:
    if is_trashed(payload):
        return Stale(entity, id)  # it may have been restored since, and a deletion carries no time to tell by
    if entity is Entity.PRODUCTS and payload.get("type") == "variation":
        return Stale(entity, fields.row_id(payload, "parent_id"))
    if entity is Entity.PRODUCTS and is_variable(payload):
        return Stale(entity, id)
    match read_row(entity, payload):
        case BadRow(reason=reason):
            raise ValueError(reason)
        case Irrelevant() as irrelevant:
            return irrelevant
        case record:
            return Changed(record)
