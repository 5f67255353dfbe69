"""What is forgotten once it is old: runs that ended. The latest of each kind stays: pages tell from it where a store stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from luxebrain.database.session import session
from luxebrain.models.recommendations import TrainingRun
from luxebrain.models.work import RunState, SyncRun

RUN_AGE = timedelta(days=90)


def forget_runs(*, now: datetime) -> None:
    """Of the acting store. A sync's steps go with it."""
    for runs in (SyncRun, TrainingRun):
        latest = select(runs.id).where(runs.state == RunState.DONE).order_by(runs.started_at.desc()).limit(1)
        is_old = (runs.state != RunState.RUNNING) & (runs.started_at < now - RUN_AGE)
        session.execute(delete(runs).where(is_old, runs.id.not_in(latest)))
