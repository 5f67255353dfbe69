"""Writes approved prices to the store, and brings back those that are rolled back."""

from __future__ import annotations

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.jobs import job
from luxebrain.services import pricing, proposals


@job(proposals.KIND)
def push_prices(store_id: int, fence: int) -> bool:
    with transaction(store_id):
        batch = pricing.claim_prices(fence, now=utcnow())
    if batch is None:
        return False
    outcomes = pricing.call_prices(batch)
    with transaction(store_id):
        return pricing.record_prices(batch, outcomes, fence, now=utcnow())
