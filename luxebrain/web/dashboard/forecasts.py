"""Stock: what will sell, how long it lasts and what to order, as a page and as a file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from luxebrain.database.tenancy import transaction
from luxebrain.edge.numbers import page_of_request
from luxebrain.services import forecasts, trainings
from luxebrain.services.forecasts import StockOutlook
from luxebrain.services.trainings import Engine, ModelCard
from luxebrain.web import charts
from luxebrain.web.csv_files import MOST_ROWS, csv_answer
from luxebrain.web.filters import percent
from luxebrain.web.frame import pages, render

blueprint = Blueprint("forecasts", __name__, url_prefix="/stores/<int:store_id>/stock")
COLUMNS = ("product", "in_stock", "units_a_week", "at_least", "at_most", "sold_out_on", "order_at", "order_now")


@blueprint.get("")
def show(store_id: int) -> ResponseReturnValue:
    only_to_order, page = request.args.get("show") != "all", page_of_request()
    with transaction(store_id):
        card = trainings.latest_card(Engine.FORECASTS)
        training = trainings.find_progress()
        figures = forecasts.count_outlooks()
        rows = forecasts.list_outlooks(only_to_order=only_to_order, page=page)
    context: dict[str, Any] = {
        "card": card,
        "reason": _missing(training) if card is None else "",
        "chart": "" if card is None else _chart(card),
        "errors": None if card is None else _errors(card),
        "figures": figures,
        "rows": rows,
        "only_to_order": only_to_order,
    }
    kind, total = ("order", figures.to_order) if only_to_order else ("all", figures.products)
    around = pages("forecasts.show", page=page, size=forecasts.PAGE_SIZE, rows=len(rows), total=total, show=kind)
    return render("dashboard/forecasts.html", room="forecasts", **context, **around)


@blueprint.get("/order.csv")
def download(store_id: int) -> ResponseReturnValue:
    """What to order now."""
    with transaction(store_id):
        rows = forecasts.list_outlooks(only_to_order=True, page=1, size=MOST_ROWS)
    return csv_answer("to-order", COLUMNS, [_row(row) for row in rows])


def _row(row: StockOutlook) -> tuple[Any, ...]:
    units = (round(row.weekly, 1), round(row.lower, 1), round(row.upper, 1))
    return (row.title, row.on_hand, *units, row.sold_out_on or "", row.reorder_point, row.quantity)


def _missing(training: trainings.TrainingProgress | None) -> str:
    """Why there is no forecast, where a training found out."""
    return next((part.reason for part in training.parts if part.engine == Engine.FORECASTS), "") if training else ""


def _errors(card: ModelCard) -> tuple[float, float] | None:
    """(ours, of the naive way): what share of the units sold they were off by, at past cutoffs."""
    ours, naive = ((card.card["accuracy"].get(name) or {}).get("wape") for name in (card.card["method"], "naive"))
    return None if ours is None or naive is None else (ours, naive)


def _chart(card: ModelCard) -> str:
    """Units of the whole store by week: what was, a gap of none, and what will be with its interval."""
    total = card.card["total"]
    first = date.fromisoformat(total["first_week"])
    past = [(first - timedelta(weeks=back), units) for back, units in zip(range(len(total["past"]), 0, -1), total["past"], strict=True)]
    points = [charts.Point(_label(week), units) for week, units in past]
    if points:  # the band begins where the line is known
        points[-1] = charts.Point(points[-1].label, points[-1].value, points[-1].value, points[-1].value)
    ahead = zip(total["mean"], total["lower"], total["upper"], strict=True)
    points += [charts.Point(_label(first + timedelta(weeks=week)), *figures) for week, figures in enumerate(ahead)]
    before, after = sum(units for _, units in past[-4:]), sum(total["mean"][:4])
    title = "Units by week"
    if before:
        title = f"About {percent(abs(after / before - 1))} {'more' if after >= before else 'fewer'} units in the next four weeks"
    return charts.line(points, title=title, unit="units a week")


def _label(week: date) -> str:
    return f"{week:%-d %b}"
