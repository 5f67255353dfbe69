"""Applies what webhooks brought."""

from __future__ import annotations

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.errors import LeaseLost
from luxebrain.jobs import job
from luxebrain.services import inbox


@job(inbox.KIND)
def apply_deliveries(store_id: int, fence: int) -> bool:
    with transaction(store_id):
        tasks, platform = inbox.claim_deliveries(fence, now=utcnow())
    if platform is None:
        return False
    for task, outcome in inbox.call_platform(tasks, platform):
        try:
            with transaction(store_id):
                tie = inbox.record_outcome(task, outcome, fence, now=utcnow())
            if tie is not None:
                current = inbox.read_again(tie, platform)
                with transaction(store_id):
                    inbox.record_outcome(task, current, fence, now=utcnow())
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - one bad delivery must not hold up the others
            with transaction(store_id):
                inbox.record_crash(task, error, fence, now=utcnow())
    return True
