"""The overview: what was sold, what we brought, what was learned and when."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.money import Money
from luxebrain.services import orders, progress, reports
from luxebrain.web import charts
from luxebrain.web.filters import change, percent
from luxebrain.web.frame import render

blueprint = Blueprint("overview", __name__)
LATEST = 6
CLOCK_SKEW = timedelta(minutes=5)  # a store's clock may run ahead of ours


@blueprint.get("/stores/<int:store_id>/")
def show(store_id: int) -> ResponseReturnValue:
    now = utcnow()
    start, end = now - reports.WINDOW, now + CLOCK_SKEW
    with transaction(store_id):
        context = {
            "totals": reports.count_totals(start=start, end=end),
            "before": reports.count_totals(start=start - reports.WINDOW, end=start),
            "chart": _chart(reports.list_weeks(now=now, timezone=g.store.timezone)),
            "best_sellers": reports.list_best_sellers(start=start, end=end),
            "orders": orders.list_orders(page=1, size=LATEST),
            "last_sync": progress.find_last_sync(),
            "lessons": reports.list_lessons(),
        }
    return render("dashboard/overview.html", room="overview", **context)


def _chart(weeks: list[reports.WeekOfSales]) -> str:
    """Revenue by week; the title says how the last four whole weeks did against the four before."""
    if not any(week.orders for week in weeks):
        return ""
    series = [charts.Bar(f"{week.starts_on:%-d %b}", float(week.revenue), is_open=week is weeks[-1]) for week in weeks]
    recent, before = (sum(float(week.revenue) for week in part) for part in (weeks[-5:-1], weeks[-9:-5]))
    growth = change(recent, before)
    title = "Revenue by week" if growth is None else f"Revenue {'up' if growth >= 0 else 'down'} {percent(abs(growth))} in four weeks"
    currency = g.store.currency
    return charts.bars(series, title=title, unit=f"{currency} a week", written=lambda amount: Money(Decimal(amount), currency).whole())
