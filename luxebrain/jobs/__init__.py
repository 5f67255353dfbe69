"""What RQ calls: `run(name, store_id)`. A job is registered by name; its work comes in steps under a lease and gives way after a slice.

A step is one claim → call → record; it returns whether more is left. Every job may run twice, and may be killed anywhere.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import threading
import time
from collections.abc import Callable

from luxebrain import config
from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.errors import LeaseLost
from luxebrain.jobs.lease_keeper import kept_lease
from luxebrain.services import leases

log = logging.getLogger(__name__)
Step = Callable[[int, int], bool]
JOBS: dict[str, Step] = {}
PATIENCE_S = 1.0
_is_stopping = threading.Event()


def job(name: str) -> Callable[[Step], Step]:
    """Registers `step(store_id, fence) -> is there more`."""

    def register(step: Step) -> Step:
        assert name not in JOBS, name
        JOBS[name] = step
        return step

    return register


def load_jobs() -> None:
    for room in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{room.name}")


def stop_soon(*_signal: object) -> None:
    """The worker was asked to stop: the job at hand ends with its step, and somebody else goes on with what is left."""
    _is_stopping.set()


def run(name: str, store_id: int) -> None:
    """Works at most a slice, then rings again, so that stores take turns. One worker at a time per store and kind."""
    if name not in JOBS:
        load_jobs()
    fence = _claim(name, store_id)
    if fence is None:
        return
    try:
        with kept_lease(name, store_id, fence):
            has_more = _work_a_slice(JOBS[name], store_id, fence)
    except LeaseLost:
        log.warning("lease lost", extra={"job": name, "store_id": store_id})
    except Exception as error:  # nobody rings: the sweep comes by when it may be tried again
        with transaction(store_id):
            leases.fail_lease(name, fence, error, now=utcnow())
        raise
    else:
        with transaction(store_id):
            leases.release_lease(name, fence)
            if has_more:
                leases.ring(name)


def _work_a_slice(step: Step, store_id: int, fence: int) -> bool:
    ends = time.monotonic() + config.current().slice_s
    while time.monotonic() < ends and not _is_stopping.is_set():
        if not step(store_id, fence):
            return False
    return True


def _claim(name: str, store_id: int) -> int | None:
    """Waits a moment for a worker that is about to finish: its successor was rung for what came after its last look."""
    patience_ends = time.monotonic() + PATIENCE_S
    while True:
        with transaction(store_id):
            fence = leases.claim_lease(name)
            is_worth_waiting = fence is None and leases.is_held(name)
        if not is_worth_waiting or time.monotonic() > patience_ends:
            return fence
        time.sleep(0.1)
