"""A shopper buys in the storefront; within seconds the order is on the dashboard."""

from __future__ import annotations

import re

from demo.client import Client, wait_until
from demo.shopper import buy, find_simple_product


def run(client: Client) -> None:
    number = buy(client, find_simple_product(client))

    def is_listed() -> bool:
        return re.search(rf"#?{number}\b", client.get(f"/stores/{client.card.store_id}/orders").text) is not None

    wait_until(f"order {number} is on the dashboard", is_listed, 20)
