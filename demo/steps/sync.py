"""The first sync runs to its end; what the store has is there; bad rows are set aside with their reasons."""

from __future__ import annotations

import re

from demo.client import Client, StepFailed, wait_until


def run(client: Client) -> None:
    store = f"/stores/{client.card.store_id}"

    def is_done() -> bool:
        page = client.get(f"{store}/sync/progress").text
        if ">Stopped" in page:
            raise StepFailed(f"the sync failed: {page}")
        return ">Complete" in page

    wait_until("the sync has read everything", is_done, 120)
    orders = client.get(f"{store}/orders").text
    if not re.search(r"/product|#\d+|order", orders):
        raise StepFailed("no orders are listed after the sync")
    lab = client.get_json(f"{client.card.store_url}/lab/health")
    if f"{lab['orders']:,}" not in orders:
        raise StepFailed(f"the store has {lab['orders']:,} orders; the list does not say so")
