"""Learns from a store's orders, one engine a step."""

from __future__ import annotations

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.errors import LeaseLost
from luxebrain.jobs import job
from luxebrain.services import training, trainings


@job(trainings.KIND)
def learn_part(store_id: int, fence: int) -> bool:
    with transaction(store_id):
        if not training.count_attempt(fence, now=utcnow()):
            return False
    with transaction(store_id):
        task = training.claim_part(fence, now=utcnow())
    if task is None:
        return False
    outcome = training.compute_part(task)
    try:
        with transaction(store_id):
            training.record_part(task, outcome, fence, now=utcnow())
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - what cannot be kept must not stand in the way of the next engine
        with transaction(store_id):
            training.record_part(task, training.crashed(task.engine, error), fence, now=utcnow())
    return True
