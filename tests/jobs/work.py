"""A kind of work for the tests of running: each step crosses one delivery off, slowly enough to be killed in.

It takes the place of inbox.apply, whose ring, lease and sweep it uses. `python -m tests.jobs.work` is a worker that knows only this job.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from sqlalchemy import select

from luxebrain import jobs, worker
from luxebrain.clock import utcnow
from luxebrain.crypto import new_id
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.work import Delivery, DeliveryState
from luxebrain.services import leases

KIND = "inbox.apply"
SLOW_S = "TEST_STEP_S"
DIARY = "TEST_DIARY"


def add_work(store_id: int, count: int) -> None:
    with transaction(store_id):
        for _ in range(count):
            number = new_id()
            session.add(Delivery(id=number, fingerprint=number.to_bytes(8, "big"), topic="test", body=b"{}"))
        leases.ring(KIND)


def states(store_id: int) -> list[str]:
    with transaction(store_id):
        return list(session.scalars(select(Delivery.state).order_by(Delivery.id)))


def cross_one_off(store_id: int, fence: int) -> bool:
    with transaction(store_id):
        leases.hold_lease(KIND, fence)
        waiting = session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.WAITING).order_by(Delivery.id).limit(1)).first()
    if waiting is None:
        return False
    _write_diary(f"{store_id} {waiting} {fence} {os.getpid()}")
    time.sleep(float(os.environ.get(SLOW_S, "0")))
    with transaction(store_id):
        leases.hold_lease(KIND, fence)
        delivery = session.get_one(Delivery, (store_id, waiting))
        delivery.state, delivery.done_at = DeliveryState.DONE, utcnow()
    return True


def _write_diary(line: str) -> None:
    if path := os.environ.get(DIARY):
        with Path(path).open("a") as diary:
            diary.write(line + "\n")


if __name__ == "__main__":
    jobs.__path__ = []  # no other rooms: they would import pandas for seconds
    jobs.JOBS[KIND] = cross_one_off
    worker.main(sys.argv[1:])
