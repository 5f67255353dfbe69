"""Asking for a training, and what came of the last ones. What learns is services.training: web processes never import that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.models.stores import Store
from luxebrain.models.training import PartState, TrainingPart, TrainingRun
from luxebrain.models.work import RunState
from luxebrain.services import leases

KIND = "training.train"


class Engine(StrEnum):
    """What is learned, in the order in which it is: what takes longest comes last."""

    SEGMENTS = "segments"
    LIFETIME_VALUE = "lifetime value"
    PRICES = "prices"
    RECOMMENDATIONS = "recommendations"
    FORECASTS = "forecasts"


WORDS = {
    Engine.SEGMENTS: "Groups of customers",
    Engine.LIFETIME_VALUE: "What customers will spend",
    Engine.PRICES: "Prices that could move",
    Engine.RECOMMENDATIONS: "What goes together",
    Engine.FORECASTS: "What will sell",
}


def start_training() -> TrainingRun:
    """Asks for a training of the acting store, or returns the one that waits or runs."""
    # The store's row is the lock: of two that ask at once, the second finds the first's run.
    session.execute(select(Store.id).where(Store.id == current_store_id()).with_for_update(key_share=True))
    run = find_running()
    if run is None:
        run = TrainingRun(state=RunState.RUNNING)
        session.add(run)
        session.flush()
        session.add_all([TrainingPart(run_id=run.id, engine=engine, position=position) for position, engine in enumerate(Engine)])
        session.flush()
        leases.ring(KIND)
    return run


def find_running() -> TrainingRun | None:
    return session.scalar(select(TrainingRun).where(TrainingRun.state == RunState.RUNNING).order_by(TrainingRun.id).limit(1))


def get_run(run_id: int) -> TrainingRun:
    return session.scalars(select(TrainingRun).where(TrainingRun.id == run_id).execution_options(populate_existing=True)).one()


def latest_run() -> TrainingRun | None:
    return session.scalar(select(TrainingRun).order_by(TrainingRun.started_at.desc(), TrainingRun.id.desc()).limit(1))


def list_parts(run_id: int) -> Sequence[TrainingPart]:
    """In the order in which they are learned."""
    parts = select(TrainingPart).where(TrainingPart.run_id == run_id).order_by(TrainingPart.position)
    return session.scalars(parts.execution_options(populate_existing=True)).all()


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    run: TrainingRun
    parts: Sequence[TrainingPart]

    @property
    def done(self) -> int:
        return sum(part.state != PartState.WAITING for part in self.parts)

    @property
    def current(self) -> str:
        """What is being learned, in words; "" where nothing is."""
        return next((WORDS[Engine(part.engine)] for part in self.parts if part.state == PartState.WAITING), "")

    @property
    def failures(self) -> list[tuple[str, str]]:
        """(what, why) of what could not be learned."""
        return [(WORDS[Engine(part.engine)], part.reason) for part in self.parts if part.state == PartState.FAILED]


def find_progress() -> TrainingProgress | None:
    """Of the acting store's latest run; None before the first."""
    run = latest_run()
    return None if run is None else TrainingProgress(run, list_parts(run.id))


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Of what an engine learned last; `card` as that engine's training writes it. `version`: the run it was learned in."""

    version: int
    engine: Engine
    trained_at: datetime
    card: dict[str, Any]


def latest_cards() -> dict[Engine, ModelCard]:
    """Of the acting store; an engine that has learned nothing yet has none."""
    columns = select(TrainingPart.run_id, TrainingPart.engine, TrainingPart.finished_at, TrainingPart.card)
    done = columns.where(TrainingPart.state == PartState.DONE, TrainingPart.engine.in_(list(Engine)))
    newest = done.order_by(TrainingPart.engine, TrainingPart.finished_at.desc(), TrainingPart.run_id.desc())
    rows = session.execute(newest.ext(distinct_on(TrainingPart.engine)))
    return {Engine(engine): ModelCard(version, Engine(engine), at, card) for version, engine, at, card in rows if at and card is not None}


def latest_card(engine: Engine) -> ModelCard | None:
    return latest_cards().get(engine)
