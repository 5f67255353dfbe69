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
        claim = training.claim_part(fence, now=utcnow())
    if claim is None:
        return False
    try:
        with transaction(store_id):
            read = training.read_part(claim, fence, now=utcnow())
        outcome = training.compute_part(claim, read)
        with transaction(store_id):
            training.record_part(claim, outcome, fence, now=utcnow())
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - what one engine breaks on must not stand in the way of the next
        with transaction(store_id):
            training.record_part(claim, training.crashed(claim.engine, error), fence, now=utcnow())
    return True
