"""The page of what was set aside: a parked change is tried again from there."""

from __future__ import annotations

import pytest
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


def test_only_what_is_shown_is_tried_again(connected: Connected, browser: requests.Session, web: str) -> None:
    with connected.app.app_context(), transaction(connected.store_id):
        for number, topic in enumerate(("order.updated", "product.updated")):
            session.add(Delivery(topic=topic, body=b"{}", fingerprint=bytes([number]), state=DeliveryState.DEAD, outcome=f"why {topic}"))
    page = f"{web}/stores/{connected.store_id}/sync/set-aside"

    shown = browser.get(f"{page}?topic=order.updated&from=2020-01-01", timeout=10).text
    assert "why order.updated" in shown
    assert "why product.updated" not in shown
    form = find_form(shown, action="/replay")
    answer = browser.post(f"{web}{form.action}", form.values, timeout=10)

    assert "1 change tried again" in answer.text
    assert "why product.updated" in answer.text


@pytest.mark.parametrize(
    ("query", "status"), [("delivery=12x", 400), ("delivery=", 400), (f"delivery={2**64}", 400), ("to=9999-12-31", 200), ("topic=%00", 200)]
)
def test_a_choice_that_cannot_be_read_never_means_all(
    connected: Connected, browser: requests.Session, web: str, query: str, status: int
) -> None:
    park_a_delivery(connected.app, connected.store_id)
    page = f"{web}/stores/{connected.store_id}/sync/set-aside"
    form = find_form(browser.get(page, timeout=10).text, action="/replay")

    assert browser.get(f"{page}?{query}", timeout=10).status_code == status
    if status == 400:
        assert browser.post(f"{page}/replay?{query}", form.values, timeout=10).status_code == 400
        with connected.app.app_context(), transaction(connected.store_id):
            assert session.query(Delivery).one().state == DeliveryState.DEAD


def test_a_day_that_is_none_is_named(connected: Connected, browser: requests.Session, web: str) -> None:
    answer = browser.get(f"{web}/stores/{connected.store_id}/sync/set-aside?from=yesterday", timeout=10)

    assert answer.status_code == 400
    assert "The first day must be a date" in answer.text
