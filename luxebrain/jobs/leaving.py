"""Leaves a store: prices back, webhooks out, keys gone, a receipt."""

from __future__ import annotations

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.jobs import job
from luxebrain.services import leaving


@job(leaving.KIND)
def leave_store(store_id: int, fence: int) -> bool:
    with transaction(store_id):
        leave = leaving.claim_leave(fence, now=utcnow())
    if leave is None:
        return False
    result = leaving.call_leave(leave)
    with transaction(store_id):
        return leaving.record_leave(leave, result, fence, now=utcnow())
