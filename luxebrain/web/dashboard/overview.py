"""The overview: what was sold, what we brought, what was learned and when."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.services import orders, progress, reports, trainings
from luxebrain.web.frame import render

blueprint = Blueprint("overview", __name__)
LATEST = 6


@blueprint.get("/stores/<int:store_id>/")
def show(store_id: int) -> ResponseReturnValue:
    now = utcnow()
    start = now - reports.WINDOW
    with transaction(store_id):
        latest, _ = orders.list_orders(page=1, size=LATEST)
        context = {
            "totals": reports.count_totals(start=start, end=now + timedelta(minutes=5)),
            "before": reports.count_totals(start=start - reports.WINDOW, end=start),
            "weeks": reports.list_weeks(now=now, timezone=g.store.timezone),
            "best_sellers": reports.list_best_sellers(start=start, end=now),
            "latest": latest,
            "credits": reports.list_credits([order.id for order, _ in latest]),
            "last_sync": progress.find_last_sync(),
            "sync": progress.find_progress(now=now),
            "model": trainings.latest_model(),
        }
    return render("dashboard/overview.html", room="overview", now=now, **context)
