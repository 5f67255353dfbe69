"""`flask stores`, `sync` and `accounts`: against a store over HTTP; the last line is for programs, the exit code says how it went."""

from __future__ import annotations

import json

import pytest
from click import Command
from click.testing import Result
from sqlalchemy import select

from luxebrain.cli import connect_store, create_account, list_stores, sync_store
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.accounts import Standing, User
from luxebrain.services import accounts, progress
from tests.live import Connected, connected, lab, make_order, make_product, merchant_id, web

__all__ = ["connected", "lab", "merchant_id", "web"]


def run(connected: Connected, command: Command, *arguments: str) -> Result:
    """Inside the application, as `flask` runs its commands."""
    with connected.app.app_context():
        return connected.app.test_cli_runner().invoke(command, arguments)


def last_line(ended: Result) -> dict[str, object]:
    line: dict[str, object] = json.loads(ended.output.splitlines()[-1])
    return line


def connect(connected: Connected, *, email: str = "merchant@shop.example", secret: str | None = None) -> Result:
    key = connected.lab.make_key()
    keys = ("--key", key["consumer_key"], "--secret", secret or key["consumer_secret"])
    return run(connected, connect_store, "--url", f"{connected.lab.url}/", *keys, "--email", email)


def test_connecting_prints_the_stores_id_and_is_the_same_store_again(connected: Connected) -> None:
    first, again = connect(connected), connect(connected)

    assert (first.exit_code, first.output) == (0, f"{connected.store_id}\n")
    assert again.output == first.output


def test_a_wrong_secret_is_refused_in_the_stores_words(connected: Connected) -> None:
    ended = connect(connected, secret="cs_" + "0" * 40)

    assert ended.exit_code == 1
    assert "refused our key" in ended.output


def test_a_store_needs_somebody_whose_it_is(connected: Connected) -> None:
    ended = connect(connected, email="nobody@shop.example")

    assert ended.exit_code == 1
    assert "accounts create --email nobody@shop.example" in ended.output


def test_an_address_that_is_no_store_is_explained(connected: Connected) -> None:
    arguments = ("--url", "http://127.0.0.1:1", "--key", "ck_1", "--secret", "cs_1", "--email", "merchant@shop.example")
    ended = run(connected, connect_store, *arguments)

    assert ended.exit_code == 1
    assert "private network" in ended.output


def test_stores_are_listed_with_what_they_are_known_by(connected: Connected) -> None:
    ended = run(connected, list_stores)

    (line,) = ended.output.splitlines()
    assert line.split("\t")[:3] == [str(connected.store_id), "woocommerce", connected.lab.url]


@pytest.mark.parametrize("named_by", ["id", "address"])
def test_reading_a_store_ends_with_what_was_read(connected: Connected, named_by: str) -> None:
    make_order(connected.lab, make_product(connected.lab))
    name = str(connected.store_id) if named_by == "id" else connected.lab.url

    ended = run(connected, sync_store, "--store", name)

    line = last_line(ended)
    assert ended.exit_code == 0
    assert (line["name"], line["store_id"], line["state"], line["bad_rows"]) == ("sync", connected.store_id, "done", 0)
    assert line["rows"] == {"webhooks": 0, "extension": 0, "collections": 1, "products": 1, "customers": 1, "orders": 1}


def test_reading_with_a_revoked_key_ends_with_the_reason_and_one(connected: Connected) -> None:
    for key in connected.lab.store.all("key"):
        connected.lab.store.put("key", key | {"revoked": True})

    ended = run(connected, sync_store, "--store", str(connected.store_id))

    line = last_line(ended)
    assert (ended.exit_code, line["state"]) == (1, "failed")
    assert "refused our key" in str(line["error"])


def test_a_disconnected_store_is_not_begun_to_be_read(connected: Connected) -> None:
    connected.leave()

    ended = run(connected, sync_store, "--store", str(connected.store_id))

    assert (ended.exit_code, last_line(ended)["state"]) == (1, "failed")
    assert "Connect it again" in str(last_line(ended)["error"])
    with connected.app.app_context(), transaction(connected.store_id):
        latest = progress.find_progress(now=utcnow())
    assert latest is not None
    assert not latest.is_running


def test_a_store_that_there_is_not_is_said(connected: Connected) -> None:
    ended = run(connected, sync_store, "--store", "https://elsewhere.example")

    assert ended.exit_code == 1
    assert "no store https://elsewhere.example" in ended.output


def test_an_account_is_made_once_with_its_role(connected: Connected) -> None:
    arguments = ("--email", "Boss@Shop.example", "--password", "correct horse battery", "--role", "super_admin")
    ended = [run(connected, create_account, *arguments) for _ in range(2)]

    assert [each.exit_code for each in ended] == [0, 0]
    with connected.app.app_context(), transaction():
        assert session.scalars(select(User.standing).where(User.email == "boss@shop.example")).all() == [Standing.SUPER_ADMIN]


def test_an_account_without_a_password_gets_one_that_is_printed_once(connected: Connected) -> None:
    first, second = (run(connected, create_account, "--email", "boss@shop.example") for _ in range(2))

    password = first.output.splitlines()[0].removeprefix("password: ")
    assert "password" not in second.output
    with connected.app.app_context(), transaction():
        assert accounts.log_in("boss@shop.example", password, now=utcnow(), is_long=False)


def test_an_account_with_a_short_password_is_refused(connected: Connected) -> None:
    ended = run(connected, create_account, "--email", "boss@shop.example", "--password", "short")

    assert ended.exit_code == 1
    assert "at least 10 characters" in ended.output
