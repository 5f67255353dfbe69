"""Orders, newest first, with the widgets they are credited to."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from luxebrain.database.tenancy import transaction
from luxebrain.services import orders, reports
from luxebrain.web.frame import render

blueprint = Blueprint("orders", __name__)


@blueprint.get("/stores/<int:store_id>/orders")
def show(store_id: int) -> ResponseReturnValue:
    page = max(1, request.args.get("page", 1, type=int))
    with transaction(store_id):
        rows, total = orders.list_orders(page=page)
        credits = reports.list_credits([order.id for order, _ in rows])
    return render("dashboard/orders.html", room="orders", rows=rows, credits=credits, total=total, page=page, page_size=orders.PAGE_SIZE)
