"""Reads a store, page by page."""

from __future__ import annotations

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.errors import LeaseLost
from luxebrain.jobs import job
from luxebrain.services import syncs


@job(syncs.KIND)
def sync_page(store_id: int, fence: int) -> bool:
    with transaction(store_id):
        task = syncs.claim_page(fence, now=utcnow())
    if task is None:
        return False
    try:
        page = syncs.call_page(task)
        with transaction(store_id):
            return syncs.record_page(task, page, fence, now=utcnow())
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - a page that we fail on must not leave a run that stands for ever
        with transaction(store_id):
            return syncs.record_crash(task, error, fence, now=utcnow())
