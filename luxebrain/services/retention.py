"""What is forgotten once it is old: runs that ended. The latest of each kind stays: pages tell from it where a store stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from luxebrain.database.session import session
from luxebrain.models.training import TrainingRun
from luxebrain.models.work import Certificate, RunState, SyncRun
from luxebrain.services import trainings

# Syncs run every few minutes.
RUN_AGES: dict[type[SyncRun] | type[TrainingRun] | type[Certificate], timedelta] = {
    SyncRun: timedelta(days=14),
    TrainingRun: timedelta(days=90),
    Certificate: timedelta(days=90),
}


def forget_runs(*, now: datetime) -> None:
    """Of the acting store. A sync's steps go with it, a certificate's days and healings, and a training's cards but those in use."""
    cards_in_use = [card.version for card in trainings.latest_cards().values()]
    for runs, age in RUN_AGES.items():
        latest = select(runs.id).where(runs.state == RunState.DONE).order_by(runs.started_at.desc()).limit(1)
        is_old = (runs.state != RunState.RUNNING) & (runs.started_at < now - age)
        session.execute(delete(runs).where(is_old, runs.id.not_in(latest), runs.id.not_in(cards_in_use)))
