"""Learns from the acting store, one engine after another: claim a part of the run, learn it, record what came of it.

Only jobs, the command line and bench import this file: it brings pandas, scipy and scikit-learn along. An engine that fails, or that its
worker dies over, ends its own part; the others go on, and what was learned before stays in use.
"""

from __future__ import annotations

import logging
import resource
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from luxebrain.database.session import session
from luxebrain.models.training import PartState, TrainingPart, TrainingRun
from luxebrain.models.work import RunState
from luxebrain.services import (
    forecast_training,
    leases,
    lifetime_value_training,
    proposals,
    recommendation_training,
    segments,
    trainings,
)
from luxebrain.services.learners import Learner, NotLearned, TooLittle
from luxebrain.services.trainings import Engine

log = logging.getLogger(__name__)


def _keep_segments(_read: Any, now: datetime) -> dict[str, Any]:
    return {"people": segments.compute_segments(now=now), "method": "quintiles of recency, frequency and spending"}


def _keep_prices(_read: Any, now: datetime) -> dict[str, Any]:
    return asdict(proposals.make_proposals(now)) | {"method": "pace of sales and weeks of stock, within the merchant's limits"}


LEARNERS: dict[Engine, Learner] = {
    Engine.SEGMENTS: Learner(keep=_keep_segments),
    Engine.LIFETIME_VALUE: lifetime_value_training.LEARNER,
    Engine.PRICES: Learner(keep=_keep_prices),
    Engine.RECOMMENDATIONS: recommendation_training.LEARNER,
    Engine.FORECASTS: forecast_training.LEARNER,
}
LONGEST_RUN = timedelta(hours=1)
MOST_ATTEMPTS = 2
GIVEN_UP = "It took longer than an hour and was given up; what was learned before stays in use."
DIED = "Learning this broke off twice, its worker with it: it may need more memory than there is. What was learned before stays in use."


@dataclass(frozen=True, slots=True)
class Claim:
    """One engine's part of a run, in our hands."""

    run_id: int
    engine: Engine


@dataclass(frozen=True, slots=True)
class Outcome:
    """`learned` is what the engine's `keep` takes, where `state` is done; else `reason` says why there is nothing. `seconds` of work."""

    state: PartState
    learned: Any = None
    reason: str = ""
    seconds: float = 0.0


def claim_part(fence: int, *, now: datetime) -> Claim | None:
    """The next part of the acting store's run; None where nothing is left to learn. Ends runs that took too long, and parts that were
    tried too often: an attempt counts from here on, so that one which takes its worker along is not tried for ever."""
    leases.hold_lease(trainings.KIND, fence)
    run = trainings.find_running()
    while run is not None:
        part = _open_part(run.id)
        if part is None or now - run.started_at > LONGEST_RUN:
            _end_run(run, now=now)
        elif part.attempts >= MOST_ATTEMPTS:
            part.state, part.finished_at, part.reason = PartState.FAILED, now, DIED
            session.flush()
        else:
            part.attempts += 1
            return Claim(run.id, Engine(part.engine))
        run = trainings.find_running()
    return None


def read_part(claim: Claim, fence: int, *, now: datetime) -> Any:
    """All that the engine learns from, as plain values."""
    leases.hold_lease(trainings.KIND, fence)
    return LEARNERS[claim.engine].read(now)


def compute_part(claim: Claim, read: Any) -> Outcome:
    """Outside any transaction."""
    began = time.perf_counter()
    try:
        learned = LEARNERS[claim.engine].learn(read)
    except TooLittle as missing:
        return Outcome(PartState.SKIPPED, reason=str(missing))
    except NotLearned as failed:
        return Outcome(PartState.FAILED, reason=str(failed))
    return Outcome(PartState.DONE, learned, seconds=time.perf_counter() - began)


def crashed(engine: Engine, error: Exception) -> Outcome:
    log.error("learning failed", exc_info=error, extra={"engine": engine})
    words = f"LuxeBrain could not learn this ({type(error).__name__}). It is our mistake and was written down."
    return Outcome(PartState.FAILED, reason=f"{words} What was learned before stays in use.")


def record_part(claim: Claim, outcome: Outcome, fence: int, *, now: datetime) -> None:
    """Keeps what was learned and its card: figures, what it took, and the most memory that the worker ever held."""
    leases.hold_lease(trainings.KIND, fence)
    part = session.scalars(select(TrainingPart).where(TrainingPart.run_id == claim.run_id, TrainingPart.engine == claim.engine)).one()
    part.state, part.reason, part.finished_at = outcome.state, outcome.reason, now
    if outcome.state is PartState.DONE:
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        card = LEARNERS[claim.engine].keep(outcome.learned, now)
        part.card = card | {"seconds": round(outcome.seconds, 2), "peak_mb": peak_mb}


def _open_part(run_id: int) -> TrainingPart | None:
    return next((part for part in trainings.list_parts(run_id) if part.state == PartState.WAITING), None)


def _end_run(run: TrainingRun, *, now: datetime) -> None:
    parts = trainings.list_parts(run.id)
    for part in parts:
        if part.state == PartState.WAITING:
            part.state, part.finished_at, part.reason = PartState.FAILED, now, GIVEN_UP
    failures = dict.fromkeys(part.reason for part in parts if part.state == PartState.FAILED)
    run.state, run.finished_at = RunState.FAILED if failures else RunState.DONE, now
    run.error = " ".join(failures)
    session.flush()
