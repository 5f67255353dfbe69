"""Orders, newest first, with the widgets they are credited to."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.edge.numbers import page_of_request
from luxebrain.services import carts, orders
from luxebrain.web.frame import render

blueprint = Blueprint("orders", __name__)


@blueprint.get("/stores/<int:store_id>/orders")
def show(store_id: int) -> ResponseReturnValue:
    page = page_of_request()
    with transaction(store_id):
        rows, total, left = orders.list_orders(page=page), orders.count_orders(), carts.find_left(now=utcnow())
    first = (page - 1) * orders.PAGE_SIZE
    shown = f"{first + 1:,} to {first + len(rows):,} of {total:,}" if rows else f"none of {total:,}"
    earlier = url_for("orders.show", store_id=store_id, page=page + 1) if first + len(rows) < total else None
    later = url_for("orders.show", store_id=store_id, page=page - 1) if page > 1 else None
    return render("dashboard/orders.html", room="orders", orders=rows, left=left, shown=shown, earlier=earlier, later=later)
