"""The page Stock: what is missing before there is a forecast, what to order, and the same as a file."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.services.test_forecasts import make_seller
from tests.widgets.made import PASSWORD, Made, make_store, train


@pytest.fixture
def seller(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    with app.app_context():
        made = make_seller()
        make_store("noise")
    assert client.post("/log-in", data={"email": "merchant@seller.example", "password": PASSWORD}).status_code == 302
    return made


def test_before_a_training_the_page_says_what_it_waits_for(client: FlaskClient, seller: Made) -> None:
    assert "No forecast yet" in client.get(f"/stores/{seller.store_id}/stock").text


def test_the_page_lists_what_to_order_and_gives_it_as_a_file(app: Flask, client: FlaskClient, seller: Made) -> None:
    with app.app_context():
        train(seller)

    page = client.get(f"/stores/{seller.store_id}/stock").text
    everything = client.get(f"/stores/{seller.store_id}/stock?show=all").text
    file = client.get(f"/stores/{seller.store_id}/stock/order.csv").text.splitlines()

    assert "Product 1" in page
    assert "Product 2" not in page
    assert "Product 2" in everything
    assert "not counted" in everything
    assert file[0].startswith("product,in_stock")
    ordered = {line.split(",")[0]: int(line.split(",")[-1]) for line in file[1:]}
    assert ordered["Product 1"] > 0
    assert "Product 2" not in ordered


def test_a_store_with_too_few_weeks_reads_how_many_there_are(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    with app.app_context():
        made = make_store("young")
        train(made)
    client.post("/log-in", data={"email": "merchant@young.example", "password": PASSWORD})

    assert "needs 4 whole weeks of orders; there are 0" in client.get(f"/stores/{made.store_id}/stock").text
