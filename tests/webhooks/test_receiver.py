"""The doors for platforms answer in the right way and store nothing that is not signed."""

from __future__ import annotations

import json
from dataclasses import replace

import psycopg
import pytest
import requests
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import delete, text, update

from luxebrain import config, crypto, queue
from luxebrain.clock import utcnow
from luxebrain.database.session import db, session
from luxebrain.database.tenancy import transaction
from luxebrain.models.stores import ConnectAttempt, WebhookEndpoint
from luxebrain.services import connecting
from luxebrain.webhooks.doorbell import doorbell
from tests.live import Connected
from tests.webhooks.conftest import signed, stored

BODY = b'{"id":1,"name":"Mug"}'


def test_signed_delivery_is_stored_once_however_often_it_comes(connected: Connected, address: tuple[str, str]) -> None:
    url, secret = address

    answers = [requests.post(url, BODY, headers=signed(secret, BODY), timeout=5) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert stored(connected) == 1


def test_two_deliveries_under_one_delivery_id_are_both_kept(connected: Connected, address: tuple[str, str]) -> None:
    url, secret = address
    other = b'{"id":2,"name":"Bowl"}'

    for body in (BODY, other):
        requests.post(url, body, headers=signed(secret, body), timeout=5)

    assert stored(connected) == 2


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"X-WC-Webhook-Signature": "AAAA"}, 401),
        ({"X-WC-Webhook-Signature": ""}, 400),
        ({"X-WC-Webhook-Topic": ""}, 400),
    ],
)
def test_forged_delivery_is_refused_and_notstored(
    connected: Connected, address: tuple[str, str], changes: dict[str, str], status: int
) -> None:
    url, secret = address

    answer = requests.post(url, BODY, headers=signed(secret, BODY, **changes), timeout=5)

    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert stored(connected) == 0


def test_a_store_whose_secret_was_replaced_is_known_by_the_new_one_only(connected: Connected, address: tuple[str, str]) -> None:
    url, old = address
    assert requests.post(url, BODY, headers=signed(old, BODY), timeout=5).status_code == 200  # from here on it is remembered
    new = crypto.new_token()
    with connected.app.app_context(), transaction():
        session.execute(update(WebhookEndpoint).values(sealed_secret=crypto.vault().seal(new)))

    answers = [requests.post(url, body, headers=signed(secret, body), timeout=5) for secret, body in ((old, b"{}"), (new, b"[]"))]

    assert [answer.status_code for answer in answers] == [401, 200]
    assert stored(connected) == 2


def test_a_secret_that_was_sealed_anew_stays_valid(connected: Connected, address: tuple[str, str]) -> None:
    url, secret = address
    assert requests.post(url, BODY, headers=signed(secret, BODY), timeout=5).status_code == 200
    with connected.app.app_context(), transaction():
        session.execute(update(WebhookEndpoint).values(sealed_secret=crypto.vault().seal(secret)))

    assert requests.post(url, b"{}", headers=signed(secret, b"{}"), timeout=5).status_code == 200
    assert stored(connected) == 2


def test_a_store_that_was_disconnected_delivers_no_more(connected: Connected, address: tuple[str, str]) -> None:
    url, secret = address
    assert requests.post(url, BODY, headers=signed(secret, BODY), timeout=5).status_code == 200
    with connected.app.app_context(), transaction():
        session.execute(delete(WebhookEndpoint))

    assert requests.post(url, b"{}", headers=signed(secret, b"{}"), timeout=5).status_code == 404
    assert stored(connected) == 1


def test_what_was_stored_is_rung_for_and_not_before_the_answer(connected: Connected, address: tuple[str, str]) -> None:
    url, secret = address
    queue.connection().flushdb()

    for number in range(5):
        body = b"%d" % number
        requests.post(url, body, headers=signed(secret, body), timeout=5)
    doorbell.stop()

    rung = Queue("live", connection=queue.connection(), serializer=JSONSerializer).job_ids
    assert rung == [f"inbox-apply-{connected.store_id}-1"]


def test_a_queue_that_is_away_holds_up_no_answer(connected: Connected, address: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    url, secret = address
    monkeypatch.setattr(config, "_current", replace(config.current(), redis_url="redis://127.0.0.1:1/0"))

    answer = requests.post(url, BODY, headers=signed(secret, BODY), timeout=5)

    assert answer.status_code == 200
    assert stored(connected) == 1


def test_connections_that_the_database_has_closed_lose_nothing(connected: Connected, address: tuple[str, str]) -> None:
    url, secret = address
    assert requests.post(url, BODY, headers=signed(secret, BODY), timeout=5).status_code == 200
    with connected.app.app_context(), db.engine.begin() as connection:
        connection.execute(
            text("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()")
        )

    assert requests.post(url, b"{}", headers=signed(secret, b"{}"), timeout=5).status_code == 200
    assert stored(connected) == 2


def test_ping_is_answered_and_stores_nothing(connected: Connected, address: tuple[str, str]) -> None:
    answer = requests.post(address[0], {"webhook_id": "5"}, timeout=5)

    assert answer.status_code == 200
    assert stored(connected) == 0


def test_unknown_address_is_a_404(web: str) -> None:
    answer = requests.post(f"{web}/webhooks/woocommerce/{crypto.new_token()}", BODY, timeout=5)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_ten_megabytes_are_refused(connected: Connected, address: tuple[str, str]) -> None:
    url, secret = address
    large = b'"' + b"x" * 10_000_000 + b'"'

    answer = requests.post(url, large, headers=signed(secret, large), timeout=10)

    assert answer.status_code == 413
    assert stored(connected) == 0


def test_never_a_2xx_for_what_could_not_bestored(connected: Connected, address: tuple[str, str]) -> None:
    url, secret = address
    with connected.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("alter table delivery rename to delivery_away"))
    try:
        answer = requests.post(url, BODY, headers=signed(secret, BODY), timeout=5)
    finally:
        with connected.app.app_context(), db.engine.begin() as connection:
            connection.execute(text("alter table delivery_away rename to delivery"))

    assert answer.status_code >= 500
    assert requests.post(url, BODY, headers=signed(secret, BODY), timeout=5).status_code == 200
    assert stored(connected) == 1


def _callback(web: str, state: str, key: dict[str, str]) -> requests.Response:
    body = {
        "key_id": 1,
        "user_id": state,
        "consumer_key": key["consumer_key"],
        "consumer_secret": key["consumer_secret"],
        "key_permissions": "read_write",
    }
    return requests.post(f"{web}/connect/woocommerce/callback", json.dumps(body), headers={"Content-Type": "application/json"}, timeout=10)


def _start(connected: Connected, merchant_id: int) -> str:
    with connected.app.app_context(), transaction():
        page = connecting.record_attempt(connected.lab.url, user_id=merchant_id, now=utcnow())
    return page.split("user_id=")[1].split("&")[0]


def test_keys_for_a_state_nobody_asked_for_are_refused(connected: Connected, web: str) -> None:
    answer = _callback(web, crypto.new_token(), connected.lab.make_key())

    assert answer.status_code == 404
    assert "Start again" in answer.json()["error"]["message"]


def test_keys_that_the_store_does_not_know_are_refused(connected: Connected, web: str, merchant_id: int) -> None:
    state = _start(connected, merchant_id)
    forged = {"consumer_key": "ck_" + "0" * 40, "consumer_secret": "cs_" + "0" * 40}

    answer = _callback(web, state, forged)

    assert answer.status_code == 400
    with connected.app.app_context(), transaction():
        assert session.get_one(ConnectAttempt, crypto.fingerprint(state)).used_at is None


def test_state_works_once_and_not_after_its_time(connected: Connected, web: str, merchant_id: int) -> None:
    state, late = _start(connected, merchant_id), _start(connected, merchant_id)
    with connected.app.app_context(), transaction():
        session.get_one(ConnectAttempt, crypto.fingerprint(late)).expires_at = utcnow()

    statuses = [_callback(web, each, connected.lab.make_key()).status_code for each in (state, state, late)]

    assert statuses == [200, 404, 404]


def test_credentials_are_sealed_in_the_database(connected: Connected) -> None:
    secrets = [key["consumer_secret"] for key in connected.lab.store.all("key")]

    with connected.app.app_context():
        url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        connection.execute("select set_config('app.store_id', %s, false)", (str(connected.store_id),))
        dump = str(connection.execute("select * from store_credential").fetchall())

    assert secrets
    assert not any(secret in dump for secret in secrets)
