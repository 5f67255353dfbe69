"""A merchant writes a campaign, looks at it, sends it, and reads what became of it; and sees the customers behind the groups."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from demo.client import find_form
from lab.smtp.server import MailboxServer
from luxebrain.database.tenancy import transaction
from luxebrain.services import segments
from tests.services import mailing

DRAFT = {"segment": "everyone", "subject": "The candles are back", "body": "Hello {first_name|there},\n\nthey are back."}


@pytest.fixture
def mail(app: Flask, tmp_path: Path) -> Iterator[MailboxServer]:
    with mailing.running_mailbox(tmp_path / "mail") as server:
        yield server


@pytest.fixture
def store_id(app: Flask, mail: MailboxServer) -> int:
    with app.app_context():
        ours, theirs = mailing.make_store("ours"), mailing.make_store("theirs")
        mailing.add_people(ours, "ada@example.com", "bob@example.com", first_name="Ada <b>")
        mailing.add_people(theirs, "eve@example.com")
    return ours


@pytest.fixture
def merchant(client: FlaskClient, store_id: int) -> FlaskClient:
    """Logged in."""
    form = find_form(client.get("/log-in").text)
    answer = client.post("/log-in", data=form.values | {"email": "merchant@ours.example", "password": mailing.PASSWORD})
    assert answer.status_code == 302
    return client


@pytest.fixture
def rooms(store_id: int) -> str:
    return f"/stores/{store_id}/campaigns"


def submit(merchant: FlaskClient, page: str, fields: dict[str, str] | None = None, *, action: str = "") -> TestResponse:
    form = find_form(merchant.get(page).text, action=action)
    return merchant.post(form.action or page, data=form.values | (fields or {}))


def write(merchant: FlaskClient, rooms: str, **fields: str) -> str:
    """The new campaign's page."""
    answer = submit(merchant, f"{rooms}/new", action="/new", fields=DRAFT | fields)
    assert answer.status_code == 302, answer.text
    return answer.location


def test_from_the_first_word_to_the_mail(app: Flask, merchant: FlaskClient, store_id: int, rooms: str, mail: MailboxServer) -> None:
    assert "No campaigns yet" in merchant.get(rooms).text
    page = write(merchant, rooms)
    assert "Send to 2 people" in merchant.get(page).text

    sent = submit(merchant, page, action="/send")
    assert sent.location == page
    with app.app_context():
        mailing.send_all(store_id)

    assert mailing.recipients(mail) == ["ada@example.com", "bob@example.com"]
    assert "Finished" in merchant.get(page).text
    assert "2 of 2" in merchant.get(rooms).text


def test_double_click_sends_once(app: Flask, merchant: FlaskClient, store_id: int, rooms: str, mail: MailboxServer) -> None:
    page = write(merchant, rooms)
    form = find_form(merchant.get(page).text, action="/send")

    answers = [merchant.post(form.action, data=form.values) for _ in range(2)]
    with app.app_context():
        mailing.send_all(store_id)

    assert [answer.location for answer in answers] == [page, page]
    assert mailing.recipients(mail) == ["ada@example.com", "bob@example.com"]


def test_progress_asks_again_while_sending_and_reloads_the_page_at_the_end(
    app: Flask, merchant: FlaskClient, store_id: int, rooms: str
) -> None:
    page = write(merchant, rooms)
    submit(merchant, page, action="/send")

    during = merchant.get(f"{page}/progress")
    with app.app_context():
        mailing.send_all(store_id)
    after = merchant.get(f"{page}/progress")

    assert 'hx-trigger="every 1s"' in during.text
    assert "0 of 2" in during.text
    assert (during.headers.get("HX-Refresh"), after.headers.get("HX-Refresh")) == (None, "true")
    assert "hx-get" not in after.text


def test_preview_shows_the_mail_as_it_will_arrive_and_may_do_nothing(merchant: FlaskClient, rooms: str) -> None:
    page = write(merchant, rooms, body="Hello {first_name|there}<script>alert(1)</script>")

    preview = merchant.get(f"{page}/preview")

    assert "Hello Ada &lt;b&gt;" in preview.text
    assert "<script>" not in preview.text
    assert "sandbox" in preview.headers["Content-Security-Policy"]
    assert "script-src" not in preview.headers["Content-Security-Policy"]


def test_test_mail_goes_to_the_writer_alone(merchant: FlaskClient, rooms: str, mail: MailboxServer) -> None:
    page = write(merchant, rooms)

    answer = submit(merchant, page, action="/test")

    assert answer.location == page
    (received,) = mail.mailbox.all()
    assert received.recipients == ("merchant@ours.example",)
    assert received.subject == "Test: The candles are back"
    assert "Hello Mia," in (received.text or "")
    assert "Not sent yet" in merchant.get(page).text


def test_test_mail_that_is_refused_says_why(merchant: FlaskClient, rooms: str, mail: MailboxServer) -> None:
    page = write(merchant, rooms)
    mail.delivery.turn(refuse=("merchant@",))

    submit(merchant, page, action="/test")

    assert "No such mailbox" in merchant.get(page).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"subject": " "}, "Type a subject"), ({"body": "{name}"}, "There is no field"), ({"body": "{first_name}"}, "not known")],
)
def test_error_stands_beside_its_field_and_what_was_typed_stays(
    merchant: FlaskClient, rooms: str, fields: dict[str, str], words: str
) -> None:
    answer = submit(merchant, f"{rooms}/new", action="/new", fields=DRAFT | fields)

    assert answer.status_code == 422
    (field,) = fields
    error = re.search(rf'id="{field}-error">([^<]*)<', answer.text)
    assert error
    assert words in unescape(error[1])
    assert fields.get("body", DRAFT["body"]).splitlines()[0] in unescape(answer.text)


def test_a_draft_can_be_changed_until_it_is_sent(merchant: FlaskClient, rooms: str) -> None:
    page = write(merchant, rooms)

    submit(merchant, f"{page}/edit", {"subject": "They are back"}, action="/edit")
    assert "They are back" in merchant.get(page).text
    submit(merchant, page, action="/send")

    form = find_form(merchant.get(f"{page}/edit").text, action="/edit")
    assert merchant.post(f"{page}/edit", data=form.values).status_code == 409


def test_unknown_and_failed_messages_are_listed_with_their_reasons(
    app: Flask, merchant: FlaskClient, store_id: int, rooms: str, mail: MailboxServer
) -> None:
    with app.app_context():
        mailing.add_people(store_id, "ada@example.com", "bounce@example.com")
    mail.delivery.turn(drop_next=1)
    page = write(merchant, rooms)
    submit(merchant, page, action="/send")
    with app.app_context():
        mailing.send_all(store_id)

    shown = merchant.get(page).text

    assert "1 unknown" in shown
    assert "did not confirm it" in shown
    assert "1 not delivered" in shown
    assert "No such mailbox here" in shown


@pytest.mark.parametrize(("answer", "sent"), [("arrived", "2 of 2"), ("lost", "1 of 2")])
def test_person_who_asked_says_what_became_of_an_unknown_message_and_nothing_is_sent(
    app: Flask, merchant: FlaskClient, store_id: int, rooms: str, mail: MailboxServer, answer: str, sent: str
) -> None:
    mail.delivery.turn(drop_next=1)
    page = write(merchant, rooms)
    submit(merchant, page, action="/send")
    with app.app_context():
        mailing.send_all(store_id)
    received = mailing.recipients(mail)
    form = find_form(merchant.get(page).text, action=f"/{answer}")

    first, again = (merchant.post(form.action, data=form.values) for _ in range(2))
    with app.app_context():
        mailing.send_all(store_id)

    assert (first.location, again.status_code) == (page, 409)
    assert "unknown" not in merchant.get(page).text
    assert sent in merchant.get(rooms).text
    assert mailing.recipients(mail) == received


def test_customers_are_shown_in_groups_with_the_people_of_one(app: Flask, merchant: FlaskClient, store_id: int) -> None:
    with app.app_context():
        mailing.add_ten_customers(store_id)
        with transaction(store_id):
            segments.compute_segments(now=mailing.NOW)

    page = merchant.get(f"/stores/{store_id}/segments?segment=lost").text

    assert "person10@example.com" in page
    assert "Bought little, long ago." in page
    assert f"/stores/{store_id}/campaigns/new?segment=lost" in page


def test_before_anything_was_worked_out_the_page_says_so(merchant: FlaskClient, store_id: int) -> None:
    assert "No groups yet" in merchant.get(f"/stores/{store_id}/segments").text
    assert merchant.get(f"/stores/{store_id}/segments?segment=nobody").status_code == 404


def test_people_come_as_csv_that_no_spreadsheet_runs(app: Flask, merchant: FlaskClient, store_id: int) -> None:
    with app.app_context():
        mailing.add_ten_customers(store_id)
        mailing.add_people(store_id, "person10@example.com", first_name="=HYPERLINK(1)")
        with transaction(store_id):
            segments.compute_segments(now=mailing.NOW)

    answer = merchant.get(f"/stores/{store_id}/segments/people.csv?segment=lost")

    rows = list(csv.DictReader(answer.text.splitlines()))
    assert answer.mimetype == "text/csv"
    (odd,) = [row for row in rows if row["email"] == "person10@example.com"]
    assert odd["name"] == "'=HYPERLINK(1) Lovelace"
    assert odd["spent"] == "10.00"
