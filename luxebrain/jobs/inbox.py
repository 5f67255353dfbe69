"""Applies what webhooks brought."""

from __future__ import annotations

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.errors import LeaseLost
from luxebrain.integrations.platform import Platform
from luxebrain.jobs import job
from luxebrain.services import inbox
from luxebrain.services.inbox import Failure, Outcome, Task


@job(inbox.KIND)
def apply_deliveries(store_id: int, fence: int) -> bool:
    with transaction(store_id):
        tasks, platform = inbox.claim_deliveries(fence, now=utcnow())
    if platform is None:
        return False
    outcomes = inbox.call_platform(tasks, platform)
    superseded = inbox.find_superseded(outcomes, now=utcnow())
    applied = {task.id for task, outcome in outcomes if task.id not in superseded and _record(store_id, fence, task, outcome, platform)}
    if done_with_another := {id for id, by in superseded.items() if by in applied}:
        with transaction(store_id):
            inbox.record_superseded(done_with_another, fence, now=utcnow())
    for task, outcome in outcomes:
        if task.id in superseded and task.id not in done_with_another:
            _record(store_id, fence, task, outcome, platform)
    return True


def _record(store_id: int, fence: int, task: Task, outcome: Outcome, platform: Platform) -> bool:
    """Whether it was done."""
    try:
        with transaction(store_id):
            tie = inbox.record_outcome(task, outcome, fence, now=utcnow())
        if tie is not None:
            outcome = inbox.read_again(tie, platform)
            with transaction(store_id):
                inbox.record_outcome(task, outcome, fence, now=utcnow())
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - one bad delivery must not hold up the others
        with transaction(store_id):
            inbox.record_crash(task, error, fence, now=utcnow())
        return False
    return not isinstance(outcome, Failure)
