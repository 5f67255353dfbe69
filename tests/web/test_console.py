"""The operators' console: what waits, what failed, what needs somebody, and taking it up again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from demo.client import find_form
from luxebrain import config
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.accounts import AuditEntry, Standing
from luxebrain.models.work import Delivery, DeliveryState, Lease
from luxebrain.services import accounts, console, timetable
from luxebrain.services.admin import WAITING
from tests.web.troubled import make_trouble

PASSWORD = "four words in a row"


@pytest.fixture
def operator(app: Flask) -> FlaskClient:
    return log_in(app, "operator@example.com", Standing.ADMIN)


def log_in(app: Flask, email: str, standing: Standing) -> FlaskClient:
    with app.app_context(), transaction():
        accounts.sign_up(email, PASSWORD, standing=standing)
    client = app.test_client()
    page = client.get("/log-in")
    client.post("/log-in", data=find_form(page.text).values | {"email": email, "password": PASSWORD})
    return client


def test_it_shows_what_waits_and_what_needs_somebody_over_all_stores(app: Flask) -> None:
    with app.app_context():
        ours, theirs = make_trouble("ours"), make_trouble("theirs")
        with transaction():
            timetable.take_turn("sweep", every_s=5)

        work = console.look_at_work()

    inbox = next(figures for figures in work.kinds if figures.kind == "inbox.apply")
    assert (inbox.rows, inbox.stores, inbox.at_work) == (2, 2, 0)
    assert [(trouble.store_id, trouble.kind, trouble.failures) for trouble in work.troubles] == [
        (ours, "inbox.apply", 10),
        (theirs, "inbox.apply", 10),
        (ours, "prices.push", 2),
        (theirs, "prices.push", 2),
    ]
    assert [(parked.store_id, parked.count, parked.reason) for parked in work.parked] == [
        (ours, 2, "ours cannot be read"),
        (theirs, 2, "theirs cannot be read"),
    ]
    assert [task.name for task in work.timetable] == ["sweep"]


def test_every_kind_of_work_has_words() -> None:
    assert set(console.WORDS) == set(WAITING)


def test_parked_work_is_taken_up_again_by_its_button_and_the_deed_is_written_down(app: Flask, operator: FlaskClient) -> None:
    with app.app_context():
        ours, theirs = make_trouble("ours"), make_trouble("theirs")
    form = find_form(operator.get("/admin/work").text, action=f"/admin/stores/{ours}/work/inbox.apply/resume")

    answer = operator.post(form.action, data=form.values, follow_redirects=True)

    assert "ours is worked on again" in answer.text
    with app.app_context():
        for store_id, is_parked, deeds in ((ours, False, ["work.resumed"]), (theirs, True, [])):
            with transaction(store_id):
                assert (session.get_one(Lease, (store_id, "inbox.apply")).parked_at is not None) == is_parked
                assert [entry.action for entry in session.query(AuditEntry)] == deeds


def test_parked_changes_of_one_store_are_tried_again_by_an_operator(app: Flask, operator: FlaskClient) -> None:
    with app.app_context():
        ours, theirs = make_trouble("ours"), make_trouble("theirs")
    page = operator.get(f"/admin/stores/{ours}/deliveries?topic=order.updated")
    assert "theirs" not in page.text
    form = find_form(page.text, action="/replay")

    answer = operator.post(form.action, data=form.values, follow_redirects=True)

    assert "2 changes tried again" in answer.text
    with app.app_context():
        for store_id, left in ((ours, 0), (theirs, 2)):
            with transaction(store_id):
                assert session.query(Delivery).filter_by(state=DeliveryState.DEAD).count() == left


def test_work_that_nobody_knows_is_not_found(app: Flask, operator: FlaskClient) -> None:
    with app.app_context():
        ours = make_trouble("ours")
    token = find_form(operator.get("/admin/work").text).values

    assert operator.post(f"/admin/stores/{ours}/work/nothing/resume", data=token).status_code == 404
    assert operator.post("/admin/stores/999/work/inbox.apply/resume", data=token).status_code == 404
    assert operator.get("/admin/stores/999/deliveries").status_code == 404


def test_without_redis_the_console_says_so_and_shows_the_rest(app: Flask, operator: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        make_trouble("ours")
    monkeypatch.setattr(config, "_current", replace(config.current(), redis_url="redis://127.0.0.1:1/0"))

    page = operator.get("/admin/work")

    assert page.status_code == 200
    assert "The queue cannot be reached" in page.text
    assert "ours cannot be read" in page.text


def test_a_merchant_finds_no_console(app: Flask) -> None:
    merchant = log_in(app, "merchant@example.com", Standing.MERCHANT)

    assert merchant.get("/admin/work").status_code == 404
