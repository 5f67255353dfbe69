"""What our plugin in the store answers, where the merchant has it: whether it is there, a digest of the store, and the last goodbye.

Its answers are no more believed than the store's: what cannot be read counts as not there, and the store is read in the usual way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from luxebrain.errors import OutgoingError, Rejected, Unauthorized
from luxebrain.integrations import fields
from luxebrain.integrations.platform import DayDigest, Digest, Extension
from luxebrain.integrations.woocommerce.client import WooClient

FORMAT = 2
NAMES = {"products": "products", "variations": "variants", "orders": "orders", "customers": "customers"}


def find(client: WooClient) -> Extension | None:
    try:
        answer = client.ask_plugin("GET", "alive")
    except OutgoingError:
        return None
    if not isinstance(answer, Mapping) or not answer.get("plugin"):
        return None
    return Extension(*(fields.short_text(answer, name, longest=100) for name in ("plugin", "public_key")))


def read_digest(client: WooClient, since: date | None) -> Digest | None:
    try:
        answer = client.ask_plugin("GET", "digest", {"from": since.isoformat()} if since else None)
        if answer["format"] != FORMAT:
            return None
        return {name: _days(answer["entities"][theirs]) for theirs, name in NAMES.items()}
    except (OutgoingError, KeyError, TypeError, ValueError, OverflowError):  # int(Infinity), which Python's JSON knows
        return None


def _days(found: Any) -> dict[date, DayDigest]:
    return {date.fromisoformat(each["day"]): DayDigest(int(each["rows"]), int(each["checksum"])) for each in found}


def revoke(client: WooClient) -> bool:
    """Only the plugin can: WooCommerce's API has no route for its keys. Whether the store refuses ours now is asked of the store."""
    try:
        client.ask_plugin("POST", "leave")
    except Rejected as error:
        if error.status != 404:  # no plugin, one from before it could, or one that did so just now and is off
            raise
    try:
        client.get("data/currencies/current")
    except Unauthorized:
        return True
    return False
