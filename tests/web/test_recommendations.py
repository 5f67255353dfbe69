"""The recommendations room: what a merchant sees of the widgets, and what switching, renaming and training do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.engines.serving import Placement
from luxebrain.services import snapshots, trainings, widget_events
from luxebrain.services.snapshots import PlacementRule
from luxebrain.services.widget_events import Cost, Event, EventKind
from tests.widgets.made import PASSWORD, Made, make_shop, make_store, train


@pytest.fixture
def shop(app: Flask) -> Iterator[Made]:
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        made = make_shop("shop", order_count=240)
        make_store("noise")
    yield made
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def merchant(client: FlaskClient, shop: Made) -> FlaskClient:
    assert client.post("/log-in", data={"email": "merchant@shop.example", "password": PASSWORD}).status_code == 302
    return client


def path(shop: Made, rest: str = "") -> str:
    return f"/stores/{shop.store_id}/recommendations{rest}"


def rule(app: Flask, shop: Made, placement: Placement) -> PlacementRule:
    with app.app_context(), transaction(shop.store_id):
        return snapshots.read_placements()[placement]


def test_before_training_the_page_previews_the_catalogue_and_says_what_is_missing(merchant: FlaskClient, shop: Made) -> None:
    page = merchant.get(path(shop))

    assert page.status_code == 200
    assert "Nothing was learned yet" in page.text
    assert "Red mug" in page.text
    assert shop.key in page.text


def test_after_training_the_model_card_stands_beside_what_is_popular(app: Flask, merchant: FlaskClient, shop: Made) -> None:
    with app.app_context():
        train(shop)

    page = merchant.get(path(shop)).text

    assert "from 240 orders of 9 products" in page
    assert "What is popular" in page
    assert re.search(r"Precision.*?±", page, re.DOTALL)
    assert "from orders" in page


def test_a_placement_is_switched_off_and_on_and_the_change_is_said(app: Flask, merchant: FlaskClient, shop: Made) -> None:
    page = merchant.post(path(shop, "/similar/switch"), follow_redirects=True)

    assert "The widget for similar products is off now." in page.text
    assert rule(app, shop, Placement.SIMILAR).is_on is False
    merchant.post(path(shop, "/similar/switch"))
    assert rule(app, shop, Placement.SIMILAR).is_on is True


def test_a_title_is_saved_and_shown_as_text(app: Flask, merchant: FlaskClient, shop: Made) -> None:
    page = merchant.post(path(shop, "/cart/title"), data={"cart-title": "  Add <b>these</b> "}, follow_redirects=True)

    assert rule(app, shop, Placement.CART).title == "Add <b>these</b>"
    assert "Add &lt;b&gt;these&lt;/b&gt;" in page.text


@pytest.mark.parametrize("title", ["", " ", "x" * 81])
def test_a_title_that_cannot_be_used_says_so_beside_the_field(app: Flask, merchant: FlaskClient, shop: Made, title: str) -> None:
    page = merchant.post(path(shop, "/cart/title"), data={"cart-title": title})

    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert rule(app, shop, Placement.CART).title == "Goes well with your cart"


def test_a_placement_that_there_is_not_is_a_404(merchant: FlaskClient, shop: Made) -> None:
    assert merchant.post(path(shop, "/nowhere/switch")).status_code == 404
    assert merchant.post(path(shop, "/nowhere/title"), data={}).status_code == 404


def test_training_is_asked_for_and_its_progress_shown(app: Flask, merchant: FlaskClient, shop: Made) -> None:
    page = merchant.post(path(shop, "/train"), follow_redirects=True)
    progress = merchant.get(path(shop, "/progress"))

    assert "Learning from your orders" in page.text
    assert "hx-get" in progress.text
    assert "HX-Refresh" not in progress.headers
    with app.app_context():
        train(shop)
        with transaction(shop.store_id):
            assert trainings.find_running() is None
    assert merchant.get(path(shop, "/progress")).headers["HX-Refresh"] == "true"


def test_the_preview_is_for_the_product_that_was_chosen(app: Flask, merchant: FlaskClient, shop: Made) -> None:
    with app.app_context():
        train(shop)

    page = merchant.get(path(shop, "?product=21")).text

    together = page[page.index("Often bought together") :]
    assert together.index("Blue candle") < together.index("Goes well with your cart")


def test_what_came_of_a_widget_and_what_the_script_cost_stand_on_the_page(app: Flask, merchant: FlaskClient, shop: Made) -> None:
    now = utcnow()
    seen = [Event(f"event{n}", EventKind.IMPRESSION, Placement.CART, "rec00001", [11], now) for n in range(200)]
    with app.app_context(), transaction(shop.store_id):
        widget_events.record_events([*seen, Event("click1", EventKind.CLICK, Placement.CART, "rec00001", [11], now)])
        widget_events.record_costs([Cost(9052, 6.25, 0.0, now)])

    page = merchant.get(path(shop)).text

    assert re.search(r"Seen</dt><dd>200</dd>.*Clicked</dt><dd>1 <span class=\"muted\">0.5 %", page)
    assert "8.8 KB" in page
    assert "on 1 page in 28 days" in page
