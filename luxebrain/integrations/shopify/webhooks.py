"""Shopify's deliveries: who sent them, which are the same, and what each of them says happened.

The signature covers the raw body and no header: topic and shop are believed because only the store's own address receives them. While the
client secret is changed, the old one signs for up to an hour more. Deliveries come in any order, and again after anything but a 2xx.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from luxebrain.crypto import same, sign
from luxebrain.errors import InvalidInput, InvalidSignature
from luxebrain.integrations import fields
from luxebrain.integrations.platform import BadRow, Change, Changed, Deleted, Entity, Irrelevant, Stale
from luxebrain.integrations.shopify.records import read_row

SHOP = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
ENTITIES = {"products": Entity.PRODUCTS, "collections": Entity.COLLECTIONS, "customers": Entity.CUSTOMERS, "orders": Entity.ORDERS}
# Topics of an entity's name that are no change of it: what a person asked for, and what is told more fully elsewhere.
OTHER_MATTERS = frozenset({"customers/data_request", "customers/redact", "shop/redact", "app/uninstalled", "app/scopes_update"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the headers say. `webhook_id`: the same for each try of one delivery."""

    webhook_id: str
    topic: str
    shop: str
    api_version: str
    signature: str = field(repr=False)


def read_headers(headers: Mapping[str, str]) -> Delivery:
    """Whatever their case. Raises InvalidInput naming the one that is missing (400), or a shop that is none of Shopify's."""
    known = {name.lower(): value for name, value in headers.items()}

    def header(name: str) -> str:
        value = known.get(name.lower(), "")
        if not value:
            raise InvalidInput(name, f"The header {name} is missing.")
        return value

    return Delivery(
        webhook_id=header("X-Shopify-Webhook-Id"),
        topic=header("X-Shopify-Topic"),
        shop=parse_shop(header("X-Shopify-Shop-Domain")),
        api_version=header("X-Shopify-API-Version"),
        signature=header("X-Shopify-Hmac-Sha256"),
    )


def parse_shop(domain: str) -> str:
    """Raises InvalidInput: a name that only looks like a shop's would be called with its token."""
    shop = domain.lower()
    if not SHOP.fullmatch(shop):
        raise InvalidInput("X-Shopify-Shop-Domain", "That is no shop's domain. It should look like name.myshopify.com.")
    return shop


def check_signature(secrets: Sequence[str], body: bytes, signature: str) -> None:
    """`secrets`: the client secret, and while it is changed the one before. `body`: the raw bytes. Raises InvalidSignature (401)."""
    if not body or not any(same(base64.b64encode(sign(secret, body)), signature.encode()) for secret in secrets):
        raise InvalidSignature("The signature does not fit this app's secret.")


def dedupe_key(delivery: Delivery) -> bytes:
    """The same for a delivery that is sent again."""
    return delivery.webhook_id.encode()


def read_delivery(topic: str, payload: Any, *, shop: str) -> Change:
    """Raises ValueError where the payload is none that this topic can have."""
    if not isinstance(payload, Mapping):
        raise ValueError("the body is no object")
    if topic in OTHER_MATTERS:
        return Irrelevant(f"{topic} is no change of the catalogue")
    if topic == "refunds/create":
        return Stale(Entity.ORDERS, fields.row_id(payload, "order_id"))
    resource, _, event = topic.partition("/")
    entity = ENTITIES.get(resource)
    if entity is None:
        return Irrelevant(f"the topic {topic[:50]} is none of ours")
    return _change(entity, event, payload, shop)


def _change(entity: Entity, event: str, payload: Mapping[str, Any], shop: str) -> Change:
    id = fields.row_id(payload)
    if event == "delete":
        return Deleted(entity, id)
    if entity is Entity.PRODUCTS:
        return Stale(entity, id)  # without its collections, and without whatever comes after a hundred variants
    match read_row(entity, payload, shop=shop):
        case BadRow(reason=reason):
            raise ValueError(reason)
        case Irrelevant() as irrelevant:
            return irrelevant
        case record:
            return Changed(record)
