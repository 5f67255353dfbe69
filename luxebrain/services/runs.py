"""What runs have in common that call a store again and again: how they fail."""

from __future__ import annotations

from datetime import datetime, timedelta

from luxebrain.database.tenancy import current_store_id
from luxebrain.errors import OutgoingError, Retriable, Unauthorized
from luxebrain.models.work import Certificate, Departure, RunState, SyncRun
from luxebrain.services import stores

MOST_ATTEMPTS = 8


def record_failure(run: SyncRun | Certificate | Departure, error: OutgoingError, *, now: datetime) -> None:
    """What may succeed later is tried again, ever more slowly; the rest ends the run, in words the merchant can act on."""
    run.attempts, run.error = run.attempts + 1, str(error)
    if isinstance(error, Retriable) and run.attempts < MOST_ATTEMPTS:
        run.retry_at = now + timedelta(seconds=max(error.retry_after_s or 0, min(2**run.attempts, 300)))
        return
    run.state, run.finished_at = RunState.FAILED, now
    if isinstance(error, Unauthorized):
        stores.pause(current_store_id(), str(error))
