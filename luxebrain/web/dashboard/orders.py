"""Orders, newest first, with the widgets they are credited to."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.edge.numbers import page_of_request
from luxebrain.services import carts, orders
from luxebrain.web.frame import pages, render

blueprint = Blueprint("orders", __name__)


@blueprint.get("/stores/<int:store_id>/orders")
def show(store_id: int) -> ResponseReturnValue:
    page = page_of_request()
    with transaction(store_id):
        rows, total, left = orders.list_orders(page=page), orders.count_orders(), carts.find_left(now=utcnow())
    around = pages("orders.show", page=page, size=orders.PAGE_SIZE, rows=len(rows), total=total)
    return render("dashboard/orders.html", room="orders", orders=rows, left=left, **around)
