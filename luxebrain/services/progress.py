"""Where a sync stands: how many of how many, how fast, and about how long it will take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from luxebrain.database.session import session
from luxebrain.models.campaigns import Campaign, CampaignState
from luxebrain.models.training import TrainingRun
from luxebrain.models.work import OPEN_DELIVERIES, Delivery, DeliveryState, Departure, QuarantinedRow, RunState, SyncRun, SyncStep

WORDS = {
    "webhooks": "Listening for changes",
    "collections": "Categories",
    "products": "Products",
    "customers": "Customers",
    "orders": "Orders",
    "extension": "Looking at your storefront",
}
LATEST_CHANGES = 200
LATEST_FIRST = (SyncRun.started_at.desc(), SyncRun.id.desc())


@dataclass(frozen=True, slots=True)
class StepProgress:
    """`rate`: rows a second, `left_s`: seconds to go; None while there is nothing to tell them from."""

    entity: str
    name: str
    state: str  # waiting, running, done
    done: int
    total: int | None
    bad_rows: int
    rate: float | None
    left_s: float | None

    @property
    def share(self) -> float:
        if self.state == "done":
            return 1.0
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass(frozen=True, slots=True)
class SyncProgress:
    run: SyncRun
    steps: list[StepProgress]

    @property
    def is_running(self) -> bool:
        return self.run.state == RunState.RUNNING


def find_progress(*, now: datetime) -> SyncProgress | None:
    """Of the acting store's latest run; None before the first."""
    run = session.scalars(select(SyncRun).order_by(*LATEST_FIRST).limit(1)).first()
    if run is None:
        return None
    steps = session.scalars(select(SyncStep).where(SyncStep.run_id == run.id).order_by(SyncStep.position))
    return SyncProgress(run, [_step_progress(step, now=now) for step in steps])


def _step_progress(step: SyncStep, *, now: datetime) -> StepProgress:
    rate = left_s = None
    if step.started_at and step.done:
        seconds = ((step.finished_at or now) - step.started_at).total_seconds()
        rate = step.done / max(seconds, 0.1)
        left_s = (step.total - step.done) / rate if step.total and not step.finished_at else None
    state = "done" if step.finished_at else "running" if step.started_at else "waiting"
    return StepProgress(step.entity, WORDS.get(step.entity, step.entity), state, step.done, step.total, step.bad_rows, rate, left_s)


def find_activity() -> str | None:
    """What is happening in the acting store right now, in a few words. Looking for changes is no news."""
    if session.scalar(select(Departure.id).where(Departure.state == RunState.RUNNING)):
        return "Leaving your store"
    if session.scalar(select(SyncRun.id).where(SyncRun.state == RunState.RUNNING, SyncRun.since.is_(None))):
        return "Copying your store"
    if session.scalar(select(TrainingRun.id).where(TrainingRun.state == RunState.RUNNING)):
        return "Learning from your orders"
    if session.scalar(select(Campaign.id).where(Campaign.state == CampaignState.SENDING).limit(1)):
        return "Sending a campaign"
    return None


def find_trouble() -> str | None:
    """What went wrong with the acting store's copy and was not made good since, in a few words: one that runs again has not done so yet."""
    ended = select(SyncRun.state).where(SyncRun.state != RunState.RUNNING)
    latest = session.scalar(ended.order_by(*LATEST_FIRST).limit(1))
    return "The copy of your store stopped" if latest == RunState.FAILED else None


def find_last_sync() -> datetime | None:
    done = select(SyncRun.finished_at).where(SyncRun.state == RunState.DONE)
    return session.scalars(done.order_by(*LATEST_FIRST).limit(1)).first()


@dataclass(frozen=True, slots=True)
class Lag:
    """How long after a change in the store it was here, of the latest `changes` that a webhook told: the median, and the slowest."""

    changes: int
    typical_s: float
    slowest_s: float


@dataclass(frozen=True, slots=True)
class InboxFigures:
    waiting: int
    dead: int
    last_received_at: datetime | None
    lag: Lag | None


def count_deliveries() -> InboxFigures:
    """Each by an index of its own: the inbox keeps what was applied, too. Ids grow with time, so the last one names the latest."""
    waiting, dead = (_count_in_state(*states) for states in (OPEN_DELIVERIES, (DeliveryState.DEAD,)))
    last_received_at = session.scalar(select(Delivery.received_at).order_by(Delivery.id.desc()).limit(1))
    return InboxFigures(waiting, dead, last_received_at, _find_lag())


def _find_lag() -> Lag | None:
    latest = select(Delivery.lag_s).order_by(Delivery.id.desc()).limit(LATEST_CHANGES).subquery()
    figures = select(func.count(latest.c.lag_s), func.percentile_cont(0.5).within_group(latest.c.lag_s), func.max(latest.c.lag_s))
    changes, typical_s, slowest_s = session.execute(figures).one()
    return Lag(changes, typical_s, slowest_s) if changes else None


def _count_in_state(*states: DeliveryState) -> int:
    return session.scalars(select(func.count()).select_from(Delivery).where(Delivery.state.in_(states))).one()


def count_quarantined() -> int:
    return session.scalars(select(func.count()).select_from(QuarantinedRow)).one()


def list_quarantined(*, limit: int = 200) -> list[QuarantinedRow]:
    return list(session.scalars(select(QuarantinedRow).order_by(QuarantinedRow.seen_at.desc(), QuarantinedRow.id).limit(limit)))
