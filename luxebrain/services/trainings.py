"""Asking for a training, and what came of the last ones. What learns is services.training: web processes never import that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.models.recommendations import RecommendationModel, TrainingRun
from luxebrain.models.stores import Store
from luxebrain.models.work import RunState
from luxebrain.services import leases

KIND = "training.train"


def start_training() -> TrainingRun:
    """Asks for a training of the acting store, or returns the one that waits or runs."""
    # The store's row is the lock: of two that ask at once, the second finds the first's run.
    session.execute(select(Store.id).where(Store.id == current_store_id()).with_for_update(key_share=True))
    run = find_running()
    if run is None:
        run = TrainingRun(state=RunState.RUNNING)
        session.add(run)
        session.flush()
        leases.ring(KIND)
    return run


def find_running() -> TrainingRun | None:
    return session.scalar(select(TrainingRun).where(TrainingRun.state == RunState.RUNNING).order_by(TrainingRun.id).limit(1))


def get_run(run_id: int) -> TrainingRun:
    return session.scalars(select(TrainingRun).where(TrainingRun.id == run_id).execution_options(populate_existing=True)).one()


def latest_run() -> TrainingRun | None:
    return session.scalar(select(TrainingRun).order_by(TrainingRun.started_at.desc(), TrainingRun.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """`card`: see services.training.ModelCard."""

    id: int
    trained_at: datetime
    card: dict[str, Any]


def latest_model() -> TrainedModel | None:
    """What the acting store's widgets serve from; without its tables, which are large."""
    columns = select(RecommendationModel.id, RecommendationModel.trained_at, RecommendationModel.card)
    row = session.execute(columns.order_by(RecommendationModel.trained_at.desc(), RecommendationModel.id.desc()).limit(1)).first()
    return TrainedModel(*row) if row else None
