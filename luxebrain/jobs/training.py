"""Learns from a store's orders: who its customers are, which prices could move, what goes together; one step does it all."""

from __future__ import annotations

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.jobs import job
from luxebrain.services import proposals, segments, training, trainings


@job(trainings.KIND)
def train(store_id: int, fence: int) -> bool:
    with transaction(store_id):
        task = training.claim_training(fence, now=utcnow())
    if task is None:
        return False
    with transaction(store_id):
        segments.compute_segments(now=utcnow())
    with transaction(store_id):
        proposals.make_proposals(utcnow())
    result = training.compute_training(task)
    with transaction(store_id):
        training.record_training(task, result, fence, now=utcnow())
    return False
