"""Compares a store with our copy of it, page by page."""

from __future__ import annotations

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.errors import LeaseLost, OutgoingError
from luxebrain.jobs import job
from luxebrain.services import certificates


@job(certificates.KIND)
def check_page(store_id: int, fence: int) -> bool:
    with transaction(store_id):
        task = certificates.claim_page(fence, now=utcnow())
    if task is None:
        return False
    try:
        return _check(task, store_id, fence)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - a page that we fail on must not leave a check that stands for ever
        with transaction(store_id):
            certificates.record_crash(task, error, fence, now=utcnow())
        return False


def _check(task: certificates.Task, store_id: int, fence: int) -> bool:
    """Reads the store's side, then ours, then again what does not agree."""
    try:
        digest = certificates.call_digest(task)
        with transaction(store_id):
            known = certificates.find_index(task, digest)
        index = known or certificates.call_index(task)
        with transaction(store_id):
            comparison = certificates.compare(task, index)
        read = certificates.call_suspects(task, comparison)
    except OutgoingError as error:
        with transaction(store_id):
            certificates.record_failure(task, error, fence, now=utcnow())
        return False
    with transaction(store_id):
        return certificates.record_page(task, comparison, read, fence, now=utcnow())
