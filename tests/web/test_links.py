"""The unsubscribe link: opening it changes nothing, pressing the button does, and it acts for the store that sent the mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lab.smtp.server import MailboxServer
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.orders import Contact
from luxebrain.services import unsubscribe
from tests.services import mailing


@pytest.fixture
def mail(app: Flask, tmp_path: Path) -> Iterator[MailboxServer]:
    with mailing.running_mailbox(tmp_path / "mail") as server:
        yield server


@pytest.fixture
def store_ids(app: Flask, mail: MailboxServer) -> tuple[int, int]:
    """Ours has sent to Ada; she is a customer of the other store too."""
    with app.app_context():
        ours, theirs = mailing.make_store("ours"), mailing.make_store("theirs")
        for store_id in (ours, theirs):
            mailing.add_people(store_id, "ada@example.com")
        mailing.start(ours)
        mailing.send_all(ours)
    return ours, theirs


@pytest.fixture
def path(store_ids: tuple[int, int], mail: MailboxServer) -> str:
    (received,) = mail.mailbox.all()
    return dict(received.headers)["List-Unsubscribe"].strip(" <>").removeprefix("http://localhost")


def consent(app: Flask, store_id: int) -> str:
    with app.app_context(), transaction(store_id):
        return session.scalars(select(Contact.email_consent)).one()


def test_opening_the_link_changes_nothing(app: Flask, client: FlaskClient, store_ids: tuple[int, int], path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = client.open(path, method=method)
        assert answer.status_code == 200

    assert consent(app, store_ids[0]) == "unknown"


def test_the_page_says_which_store_and_which_address_but_not_all_of_it(client: FlaskClient, path: str) -> None:
    page = client.get(path).text

    assert "Ours sends news to a…@example.com" in page
    assert "ada@example.com" not in page


def test_the_button_withdraws_consent_for_this_store_only(app: Flask, client: FlaskClient, store_ids: tuple[int, int], path: str) -> None:
    answer = client.post(path)

    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.text
    assert (consent(app, store_ids[0]), consent(app, store_ids[1])) == ("withdrawn", "unknown")


def test_the_mail_program_s_one_click_works_without_cookie_or_token(
    app: Flask, client: FlaskClient, store_ids: tuple[int, int], path: str
) -> None:
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert consent(app, store_ids[0]) == "withdrawn"


def test_the_time_of_the_first_withdrawal_stays(app: Flask, client: FlaskClient, store_ids: tuple[int, int], path: str) -> None:
    times = []
    for _ in range(2):
        client.post(path)
        with app.app_context(), transaction(store_ids[0]):
            times.append(session.scalars(select(Contact.consent_changed_at)).one())

    assert times[0] == times[1] is not None


def test_a_later_campaign_leaves_the_person_out(
    app: Flask, client: FlaskClient, store_ids: tuple[int, int], path: str, mail: MailboxServer
) -> None:
    client.post(path)
    with app.app_context():
        mailing.add_people(store_ids[0], "ada@example.com", "bob@example.com")

        mailing.start(store_ids[0], subject="Later news")
        mailing.send_all(store_ids[0])

    assert mailing.recipients(mail) == ["ada@example.com", "bob@example.com"]


@pytest.mark.parametrize("token", ["preview", "x" * 43, "%00", "../log-in"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_token_gets_a_page_that_explains(client: FlaskClient, token: str, method: str) -> None:
    answer = client.open(f"/u/{token}", method=method)

    assert answer.status_code in (404, 302, 400)
    if "/" not in token:
        assert "This link is not known" in answer.text


def test_nobody_can_make_a_token_from_numbers_alone(app: Flask, client: FlaskClient, store_ids: tuple[int, int], path: str) -> None:
    ours = path.rpartition("/")[2]

    assert len(ours) == 43
    assert unsubscribe.token_of(store_ids[0], 1) != unsubscribe.token_of(store_ids[1], 1)


def test_an_erased_person_s_link_still_answers(app: Flask, client: FlaskClient, store_ids: tuple[int, int], path: str) -> None:
    with app.app_context(), transaction(store_ids[0]):
        session.query(Contact).delete()

    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 200
