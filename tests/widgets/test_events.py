"""What browsers tell of widgets: counted once, in bulk, and whatever is no event of ours counts for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.engines.serving import Placement
from luxebrain.models.events import WidgetCost, WidgetEvent
from luxebrain.models.orders import Order
from luxebrain.services import orders, widget_events
from luxebrain.widgets import events
from luxebrain.widgets.events import MOST_EVENTS, gatherer
from tests.widgets.made import Made, make_shop, order, row_count

SHOPPER = {"User-Agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15"}


@pytest.fixture(autouse=True)
def written_by_the_test_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The thread of a test before would write into this one's store, and this one's while it counts."""
    gatherer.stop()
    monkeypatch.setattr(events, "GATHER_S", 3600.0)
    yield
    gatherer.stop()


def event(number: int = 1, **more: Any) -> dict[str, Any]:
    told = {"id": f"event{number:04}", "kind": "impression", "placement": "similar", "recommendation_id": "rec00001"}
    return told | {"products": [12, 21], "age_ms": 1500} | more


def tell(client: FlaskClient, shop: Made, events: Any, *, headers: dict[str, str] = SHOPPER, **more: Any) -> TestResponse:
    body = json.dumps({"store": shop.key, "events": events, **more})
    return client.post("/widgets/v1/events", data=body, content_type="text/plain;charset=UTF-8", headers=headers)


def written(app: Flask, shop: Made) -> int:
    gatherer.write(app)
    with app.app_context():
        return row_count(shop.store_id, WidgetEvent)


def test_events_are_answered_at_once_and_written_in_bulk(app: Flask, client: FlaskClient, shop: Made) -> None:
    answer = tell(client, shop, [event(1), event(2, kind="click", products=[12]), event(3, kind="add", products=[12])])

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert written(app, shop) == 3


def test_an_event_that_is_told_twice_counts_once(app: Flask, client: FlaskClient, shop: Made) -> None:
    tell(client, shop, [event(1), event(1)])
    assert written(app, shop) == 1
    tell(client, shop, [event(1), event(2)])

    assert written(app, shop) == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "<script>"},
        {"id": 5},
        {"kind": "purchase"},
        {"kind": ["click"]},
        {"placement": "elsewhere"},
        {"placement": {}},
        {"recommendation_id": ""},
        {"products": []},
        {"products": [True]},
        {"products": ["12"]},
        {"products": [2**63]},
        {"products": [1] * 25},
        {"age_ms": -1},
        {"age_ms": 1e9},
        {"age_ms": "soon"},
    ],
    ids=lambda odd: str(odd)[:40],
)
def test_what_is_no_event_counts_for_nothing_and_the_rest_goes_on(app: Flask, client: FlaskClient, shop: Made, odd: dict[str, Any]) -> None:
    answer = tell(client, shop, [event(1, **odd), None, "event", event(2)])

    assert answer.status_code == 204
    assert written(app, shop) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[1]", 400),
        (b'{"store": "x"}', 400),
        (b"[" * 20_000, 400),
        (b'{"store": "pk_nobody", "events": []}', 404),
        (b'{"events": "' + b"x" * 40_000 + b'"}', 413),
    ],
    ids=["empty", "a list", "no events", "nested", "another key", "too large"],
)
def test_a_body_that_cannot_be_used_is_refused(client: FlaskClient, shop: Made, body: bytes, status: int) -> None:
    assert client.post("/widgets/v1/events", data=body, headers=SHOPPER).status_code == status


@pytest.mark.parametrize("agent", ["", "Googlebot/2.1", "Mozilla/5.0 HeadlessChrome/130", "python-requests/2", "Chrome-Lighthouse"])
def test_bots_are_not_counted(app: Flask, client: FlaskClient, shop: Made, agent: str) -> None:
    assert tell(client, shop, [event()], headers={"User-Agent": agent}).status_code == 204

    assert written(app, shop) == 0


def test_a_telephone_whose_maker_ends_in_bot_is_counted(app: Flask, client: FlaskClient, shop: Made) -> None:
    tell(client, shop, [event()], headers={"User-Agent": "Mozilla/5.0 (Linux; Android 13; CUBOT P80) Chrome/130 Mobile Safari/537.36"})

    assert written(app, shop) == 1


def test_of_too_many_the_first_count(app: Flask, client: FlaskClient, shop: Made) -> None:
    tell(client, shop, [event(number) for number in range(MOST_EVENTS + 10)])

    assert written(app, shop) == MOST_EVENTS


def test_what_a_page_cost_is_kept_and_reported_as_medians(app: Flask, client: FlaskClient, shop: Made) -> None:
    for ms in (4, 5, 30):
        tell(client, shop, [], cost={"bytes": 9000, "ms": ms, "cls": 0})
    odd_costs: tuple[Any, ...] = ({"bytes": -1}, {"ms": "fast"}, [], "cheap", {"ms": 1e9})
    for odd in odd_costs:
        tell(client, shop, [], cost=odd)

    written(app, shop)
    with app.app_context(), transaction(shop.store_id):
        cost = widget_events.find_cost(since=utcnow() - timedelta(days=1))
        assert session.query(WidgetCost).count() == 3
    assert cost == widget_events.FieldCost(3, 9000, 5.0, 17.5, 0.0)


def test_figures_of_a_placement_are_its_store_s_own_and_net_of_refunds(app: Flask, client: FlaskClient, shop: Made) -> None:
    with app.app_context():
        noise = make_shop("eventsnoise", order_count=0)
    tell(client, noise, [event(number, placement="cart") for number in range(5)])
    tell(client, shop, [event(1), event(2), event(3, kind="click", products=[12])])
    click = {"click_id": "click001", "recommendation_id": "rec00001", "placement": "similar", "product_id": 12}
    now = utcnow()
    bought = order(90_001, (12,), at=now, clicks=({**click, "at": (now - timedelta(hours=1)).isoformat()},))
    written(app, shop)
    with app.app_context(), transaction(shop.store_id):
        orders.apply_orders([bought], is_current=True, now=now)

    def similar() -> widget_events.PlacementFigures:
        with app.app_context(), transaction(shop.store_id):
            found = widget_events.sum_placements(since=now - timedelta(days=1))
        assert set(found) == {Placement.SIMILAR}
        return found[Placement.SIMILAR]

    assert similar() == widget_events.PlacementFigures(seen=2, clicked=1, added=0, orders=1, revenue=Decimal(10))
    with app.app_context(), transaction(shop.store_id):
        session.query(Order).filter_by(id=90_001).update({"refunded": Decimal("2.50")})
    assert similar().revenue == Decimal("7.5")


def test_events_are_forgotten_after_the_stated_time(app: Flask, client: FlaskClient, shop: Made) -> None:
    tell(client, shop, [event()], cost={"bytes": 1, "ms": 1, "cls": 0})
    written(app, shop)

    with app.app_context(), transaction(shop.store_id):
        widget_events.forget_old(now=utcnow() + widget_events.KEPT - timedelta(days=1))
        assert session.query(WidgetEvent).count() == 1
        widget_events.forget_old(now=utcnow() + widget_events.KEPT + timedelta(days=1))
        assert session.query(WidgetEvent).count() == session.query(WidgetCost).count() == 0


def test_a_database_that_is_away_costs_the_events_of_that_moment_only(
    app: Flask, client: FlaskClient, shop: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widget_events, "record_events", lambda _events: 1 / 0)
    tell(client, shop, [event(1)])
    assert written(app, shop) == 0
    monkeypatch.undo()
    tell(client, shop, [event(2)])

    assert written(app, shop) == 1
