"""What came of widgets: what was really seen, clicked and added, kept for a stated time, and what the script cost the store's pages.

What a browser tells is hostile input: it is shaped before it comes here, and the most a forged event can do is to count once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Executable, delete, func, select
from sqlalchemy.dialects.postgresql import Insert

from luxebrain.database.session import session, table_of
from luxebrain.database.upsert import execute_rows, row_of
from luxebrain.engines.serving import Placement
from luxebrain.models.events import WidgetCost, WidgetEvent
from luxebrain.services import credits

KEPT = timedelta(days=90)


class EventKind(StrEnum):
    IMPRESSION = "impression"
    CLICK = "click"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    kind: EventKind
    placement: Placement
    recommendation_id: str
    product_ids: list[int]
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one page: see models.events.WidgetCost."""

    bytes: int
    ms: float
    layout_shift: float
    measured_at: datetime


def record_events(events: Sequence[Event]) -> None:
    """Of the acting store, in one statement; one that is there already counts once."""
    once = {event.id: event for event in events}
    if once:
        execute_rows(_unless_there, table_of(WidgetEvent), [row_of(event) for event in once.values()])


def record_costs(costs: Sequence[Cost]) -> None:
    if costs:
        session.add_all([WidgetCost(**row_of(cost)) for cost in costs])
        session.flush()


def _unless_there(statement: Insert) -> Executable:
    return statement.on_conflict_do_nothing(index_elements=["store_id", "id"])


def forget_old(*, now: datetime) -> None:
    """Of the acting store."""
    session.execute(delete(WidgetEvent).where(WidgetEvent.happened_at < now - KEPT))
    session.execute(delete(WidgetCost).where(WidgetCost.measured_at < now - KEPT))


@dataclass(frozen=True, slots=True)
class PlacementFigures:
    """How often a widget was really seen, clicked and added from; how many orders followed and what they brought, refunds deducted."""

    seen: int
    clicked: int
    added: int
    orders: int
    revenue: Decimal

    @property
    def click_rate(self) -> float | None:
        return self.clicked / self.seen if self.seen else None


def sum_placements(*, since: datetime) -> dict[Placement, PlacementFigures]:
    """Of the acting store's placements, those that anything is known of."""
    columns = select(WidgetEvent.placement, WidgetEvent.kind, func.count()).where(WidgetEvent.happened_at >= since)
    rows = session.execute(columns.group_by(WidgetEvent.placement, WidgetEvent.kind))
    told = {(placement, kind): count for placement, kind, count in rows}
    earned = credits.sum_placements(since=since)
    known = {placement for placement, _kind in told} | set(earned)
    return {
        placement: PlacementFigures(
            told.get((placement, EventKind.IMPRESSION), 0),
            told.get((placement, EventKind.CLICK), 0),
            told.get((placement, EventKind.ADD), 0),
            *earned.get(placement, (0, Decimal(0))),
        )
        for placement in Placement
        if placement in known
    }


@dataclass(frozen=True, slots=True)
class FieldCost:
    """What the script cost the store's own shoppers: medians, and what three pages of four stayed below."""

    pages: int
    bytes: int
    ms: float
    ms_p75: float
    layout_shift_p75: float


def find_cost(*, since: datetime) -> FieldCost | None:
    """None before any page was measured."""
    columns = select(
        func.count(),
        func.percentile_cont(0.5).within_group(WidgetCost.bytes).label("bytes"),
        func.percentile_cont(0.5).within_group(WidgetCost.ms).label("ms"),
        func.percentile_cont(0.75).within_group(WidgetCost.ms).label("ms_p75"),
        func.percentile_cont(0.75).within_group(WidgetCost.layout_shift).label("layout_shift"),
    )
    pages, size, ms, ms_p75, shift = session.execute(columns.where(WidgetCost.measured_at >= since)).one()
    return FieldCost(pages, round(size), ms, ms_p75, shift) if pages else None
