"""Our webhooks in a store: one per topic to our address, with our secret.

A store takes the same topic and address twice, and one that it switched off after seven failures is switched off again at the next one when
merely revived. So new ones are made first and the earlier ones deleted after: for a moment both deliver, and nothing is lost between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from luxebrain.errors import Rejected
from luxebrain.integrations.platform import Unsubscribed
from luxebrain.integrations.woocommerce.client import WooClient, id_of
from luxebrain.integrations.woocommerce.webhooks import TOPICS


def subscribe(client: WooClient, delivery_url: str, secret: str) -> None:
    earlier = _ids(_ours(client, delivery_url))
    for topic in TOPICS:
        client.post("webhooks", {"name": f"LuxeBrain {topic}", "topic": topic, "delivery_url": delivery_url, "secret": secret})
    _delete(client, earlier)


def is_subscribed(client: WooClient, delivery_url: str) -> bool:
    """Secrets are never shown; an address of ours has one for life."""
    ours = [tuple(str(webhook.get(name)) for name in ("topic", "status", "delivery_url")) for webhook in _ours(client, delivery_url)]
    return sorted(ours) == [(topic, "active", delivery_url) for topic in sorted(TOPICS)]


def unsubscribe(client: WooClient, delivery_url: str) -> Unsubscribed:
    found = _ids(_ours(client, delivery_url))
    _delete(client, found)
    return Unsubscribed(len(found), len(_ours(client, delivery_url)))


def _ours(client: WooClient, delivery_url: str) -> list[Mapping[str, Any]]:
    """Those of an earlier connection differ in the last part of their address only: a store that was away when we left has them still."""
    webhooks = client.get_all("webhooks", {"orderby": "id", "order": "asc"})
    receiver = delivery_url.rpartition("/")[0] + "/"
    return [webhook for webhook in webhooks if isinstance(webhook, Mapping) and str(webhook.get("delivery_url")).startswith(receiver)]


def _ids(webhooks: list[Mapping[str, Any]]) -> list[int]:
    return [id_of(webhook) for webhook in webhooks]


def _delete(client: WooClient, ids: list[int]) -> None:
    for id in ids:
        try:
            client.delete(f"webhooks/{id}")
        except Rejected as error:
            if error.status != 404:  # gone already: what we wanted
                raise
