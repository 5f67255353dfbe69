"""The page of what was set aside: a parked change is tried again from there."""

from __future__ import annotations

import requests
from flask import Flask

from demo.client import find_form
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.work import Delivery, DeliveryState
from tests.database.rows import add_delivery
from tests.live import Connected


def park_a_delivery(app: Flask, store_id: int) -> None:
    with app.app_context(), transaction(store_id):
        add_delivery("order.updated", b"{}", b"parked")
        session.query(Delivery).update({"state": DeliveryState.DEAD, "outcome": "It cannot be read.", "done_at": utcnow()})


def test_a_parked_change_is_tried_again_by_its_button(connected: Connected, browser: requests.Session, web: str) -> None:
    park_a_delivery(connected.app, connected.store_id)
    page = f"{web}/stores/{connected.store_id}/sync/set-aside"
    form = find_form(browser.get(page, timeout=10).text, action="/replay")

    answer = browser.post(f"{web}{form.action}", form.values, timeout=10)

    assert "1 change tried again" in answer.text
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Delivery).one().state == DeliveryState.WAITING
