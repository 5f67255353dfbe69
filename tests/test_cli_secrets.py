"""`flask secrets`: everything sealed moves on to the first passphrase, whatever happens meanwhile, and one sees when the old may go."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from click import Command
from click.testing import Result
from flask import Flask
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, select, update

from luxebrain import config
from luxebrain.cli import check_secrets, rotate_secrets
from luxebrain.crypto import Vault
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import Credentials, StoreProfile
from luxebrain.models.stores import StoreCredential, WebhookEndpoint
from luxebrain.services import accounts, secrets, stores

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD, NEW = "the passphrase of yesterday", "the passphrase of tomorrow"
VALUES_OF_A_STORE = 3


@pytest.fixture
def two_stores(app: Flask) -> Iterator[tuple[int, int]]:
    """Sealed with the old passphrase; the new one is in front of it."""
    before = config.current()
    config.use(replace(before, sealing_keys=(OLD,)))
    with app.app_context():
        with transaction():
            owner_id = accounts.sign_up("owner@example.com", "four words in a row").id
        made = (make_store(owner_id, "ours"), make_store(owner_id, "theirs"))
    config.use(replace(before, sealing_keys=(NEW, OLD)))
    try:
        yield made
    finally:
        config.use(before)


def make_store(owner_id: int, name: str) -> int:
    url = f"https://{name}.example"
    profile = StoreProfile(name=name, url=url, currency="GBP", timezone="UTC", prices_include_tax=True)
    with transaction():
        store = stores.record_store("woocommerce", url, profile, owner_id=owner_id, now=NOW)
    with transaction(store.id):
        stores.open_store(store, Credentials(url=url, key=f"ck_{name}", secret=f"cs_{name}"))
    return store.id


def run(app: Flask, command: Command) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(command)


def figures(ended: Result) -> dict[str, object]:
    line: dict[str, object] = json.loads(ended.output.splitlines()[-1])
    return line


def sealed_values(store_id: int) -> list[bytes]:
    with transaction(store_id):
        credential = session.scalars(select(StoreCredential)).one()
        endpoint = session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.store_id == store_id)).one()
    return [credential.sealed_key, credential.sealed_secret, endpoint.sealed_secret]


def test_every_value_of_every_store_moves_on_to_the_first_passphrase(app: Flask, two_stores: tuple[int, int]) -> None:
    ended = run(app, rotate_secrets)

    assert (ended.exit_code, figures(ended)) == (0, {"name": "rotate", "resealed": 6, "already": 0, "unreadable": []})
    with app.app_context():
        for store_id, name in zip(two_stores, ("ours", "theirs"), strict=True):
            key, secret, _ = (Vault([NEW]).open(sealed) for sealed in sealed_values(store_id))
            assert (key, secret) == (f"ck_{name}", f"cs_{name}")


def test_a_second_run_changes_nothing(app: Flask, two_stores: tuple[int, int]) -> None:
    run(app, rotate_secrets)
    with app.app_context():
        before = [sealed_values(store_id) for store_id in two_stores]

    again = run(app, rotate_secrets)

    assert figures(again) == {"name": "rotate", "resealed": 0, "already": 6, "unreadable": []}
    with app.app_context():
        assert [sealed_values(store_id) for store_id in two_stores] == before


def test_checking_says_when_the_old_passphrase_may_go(app: Flask, two_stores: tuple[int, int]) -> None:
    before = run(app, check_secrets)
    run(app, rotate_secrets)
    after = run(app, check_secrets)

    assert (before.exit_code, figures(before)) == (1, {"name": "check", "current": 0, "old": 6, "unreadable": []})
    assert (after.exit_code, figures(after)) == (0, {"name": "check", "current": 6, "old": 0, "unreadable": []})


def test_what_no_passphrase_opens_is_named_by_its_place_and_the_rest_goes_on(app: Flask, two_stores: tuple[int, int]) -> None:
    ours, _ = two_stores
    lost = Vault(["a passphrase nobody has"]).seal("ck_lost")
    with app.app_context(), transaction(ours):
        session.execute(update(StoreCredential).values(sealed_key=lost))

    ended = run(app, rotate_secrets)

    assert ended.exit_code == 1
    assert figures(ended)["unreadable"] == [{"store_id": ours, "column": "store_credential.sealed_key"}]
    assert figures(ended)["resealed"] == 2 * VALUES_OF_A_STORE - 1
    assert lost.decode() not in ended.output


def test_a_key_that_is_replaced_meanwhile_is_not_overwritten(app: Flask, two_stores: tuple[int, int]) -> None:
    ours, _ = two_stores
    newer = Vault([NEW]).seal("ck_replaced")
    rotating = threading.Thread(target=run, args=(app, rotate_secrets))
    with psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", "")) as other:
        other.execute("select set_config('app.store_id', %s, true)", (str(ours),))
        other.execute("update store_credential set sealed_key = %s", (newer,))

        rotating.start()
        wait_until_somebody_waits()
        other.commit()
    rotating.join(timeout=20)

    with app.app_context():
        assert sealed_values(ours)[0] == newer
    assert figures(run(app, check_secrets))["old"] == 0


def wait_until_somebody_waits() -> None:
    deadline = time.monotonic() + 20
    with psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as watcher:
        while not watcher.execute("select 1 from pg_stat_activity where wait_event_type = 'Lock'").fetchone():
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_more_than_fit_into_a_batch_are_all_found(app: Flask, two_stores: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "BATCH", 1)

    assert figures(run(app, rotate_secrets))["resealed"] == 2 * VALUES_OF_A_STORE


def test_a_new_sealed_column_is_found_by_its_name() -> None:
    metadata = MetaData()
    Table("channel", metadata, Column("id", Integer, primary_key=True), Column("sealed_token", LargeBinary), Column("name", LargeBinary))

    assert [str(place) for place in secrets.sealed_places(metadata)] == ["channel.sealed_token"]


def test_what_is_sealed_today_is_found() -> None:
    assert {str(place) for place in secrets.sealed_places()} >= {
        "store_credential.sealed_key",
        "store_credential.sealed_secret",
        "webhook_endpoint.sealed_secret",
    }
