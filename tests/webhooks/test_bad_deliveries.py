"""What cannot be used is refused in the right words, what cannot be kept is never acknowledged, and an operator sees which it was."""

from __future__ import annotations

import gzip
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from flask import Flask
from psycopg import sql

from lab.woocommerce import orders
from lab.woocommerce.faults import FaultRule
from luxebrain.database.session import db, session
from luxebrain.database.tenancy import transaction
from luxebrain.models.catalog import Product
from luxebrain.services import erasing, stores
from luxebrain.webhooks.receiver import LARGEST_DELIVERY
from tests.live import Connected, make_order, make_other_store, make_product
from tests.servers import Addresses
from tests.webhooks.conftest import signed, stored

BODY = b'{"id":1,"name":"Mug"}'


@pytest.fixture
def deployed(address: tuple[str, str], gunicorn: str) -> tuple[str, str]:
    """The same address, served by gunicorn."""
    return gunicorn + urlsplit(address[0]).path, address[1]


def send_raw(url: str, headers: dict[str, str], body: bytes) -> str:
    """The head of the answer to exactly this, after which nothing more is sent."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10) as line:
        line.sendall("\r\n".join(lines).encode() + body)
        line.shutdown(socket.SHUT_WR)
        return line.makefile("rb").read().decode()


def test_a_body_that_breaks_off_is_refused_as_such_and_not_as_forged(connected: Connected, deployed: tuple[str, str]) -> None:
    url, secret = deployed

    answer = send_raw(url, signed(secret, BODY, **{"Content-Length": str(len(BODY))}), BODY[:-5])

    assert answer.startswith("HTTP/1.1 400 ")
    assert f"{len(BODY) - 5} of {len(BODY)} bytes came" in answer
    assert stored(connected) == 0


def test_a_body_that_is_announced_as_too_large_is_refused_before_it_is_sent(connected: Connected, deployed: tuple[str, str]) -> None:
    url, secret = deployed

    answer = send_raw(url, signed(secret, BODY, **{"Content-Length": str(LARGEST_DELIVERY + 2)}), b"")

    assert answer.startswith("HTTP/1.1 413 ")
    assert stored(connected) == 0


def test_a_body_without_a_length_is_refused_where_it_becomes_too_large(connected: Connected, deployed: tuple[str, str]) -> None:
    url, secret = deployed
    large = b'"' + b"x" * (LARGEST_DELIVERY - 1) + b'"'
    assert len(large) == LARGEST_DELIVERY + 1

    statuses = [
        requests.post(url, iter([body[:65_536], body[65_536:]]), headers=signed(secret, body), timeout=30).status_code
        for body in (large, large[1:])
    ]

    assert statuses == [413, 200]
    assert stored(connected) == 1


@pytest.mark.parametrize("body", [gzip.compress(BODY), b"no gzip at all"], ids=["compressed", "garbage"])
def test_a_compressed_body_is_refused_unopened_although_signed(connected: Connected, deployed: tuple[str, str], body: bytes) -> None:
    url, secret = deployed

    answer = requests.post(url, body, headers=signed(secret, body, **{"Content-Encoding": "gzip"}), timeout=10)

    assert answer.status_code == 415
    assert "without the Content-Encoding gzip" in answer.json()["error"]["message"]
    assert stored(connected) == 0


def test_another_store_s_secret_opens_nothing(connected: Connected, merchant_id: int, address: tuple[str, str]) -> None:
    with connected.app.app_context():
        other_id = make_other_store(owner_id=merchant_id)
        with transaction():
            _, other_secret = stores.webhook_address_of(stores.get_store(other_id))

    answer = requests.post(address[0], BODY, headers=signed(other_secret, BODY), timeout=10)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_signature")
    assert stored(connected) == 0


def test_a_delivery_replayed_after_it_was_applied_is_welcome_and_does_nothing(connected: Connected, address: tuple[str, str]) -> None:
    url, secret = address
    body = product_body(1, "Mug", hour=10)
    requests.post(url, body, headers=signed(secret, body), timeout=10)
    connected.apply_deliveries()

    answer = requests.post(url, body, headers=signed(secret, body), timeout=10)

    assert answer.status_code == 200
    assert [(delivery.state, delivery.attempts) for delivery in connected.apply_deliveries()] == [("done", 1)]


def test_of_reordered_deliveries_the_newest_counts(connected: Connected, address: tuple[str, str]) -> None:
    url, secret = address

    for hour in (11, 10, 12, 9):
        body = product_body(1, f"Mug of {hour}", hour=hour)
        requests.post(url, body, headers=signed(secret, body), timeout=10)
    connected.apply_deliveries()

    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Product).one().title == "Mug of 12"


def product_body(product_id: int, name: str, *, hour: int) -> bytes:
    price = {"price": "1.00", "regular_price": "1.00", "sale_price": "", "stock_status": "instock"}
    at = f"2026-05-04T{hour:02}:00:00"
    more = {"type": "simple", "status": "publish", "permalink": "https://shop.example/p", "date_created_gmt": at, "date_modified_gmt": at}
    return json.dumps({"id": product_id, "name": name, **price, **more}).encode()


def test_a_topic_nobody_knows_is_kept_and_set_aside_with_the_reason(connected: Connected, address: tuple[str, str]) -> None:
    url, secret = address

    answer = requests.post(url, BODY, headers=signed(secret, BODY, **{"X-WC-Webhook-Topic": "moon.eclipsed"}), timeout=10)

    assert answer.status_code == 200
    assert [(each.state, each.outcome) for each in connected.apply_deliveries()] == [("done", "the topic moon.eclipsed is none of ours")]


def test_a_store_that_was_erased_is_not_found_until_woocommerce_gives_up(connected: Connected, merchant_id: int, web: str) -> None:
    connected.sync()
    product = make_product(connected.lab)
    connected.apply_deliveries()
    connected.lab.lab.faults.add(FaultRule(status=503, times=500))  # away while it is left: it keeps our webhooks
    connected.leave()
    connected.lab.lab.faults.clear()
    with connected.app.app_context(), transaction(connected.store_id):
        erasing.record_erasure(by=merchant_id)

    order = make_order(connected.lab, product)
    for number in range(7):
        with connected.lab.store.lock:
            orders.update_order(connected.lab.store, connected.lab.store.order(order["id"]), {"customer_note": str(number)})
        assert connected.lab.lab.deliveries.wait_until_idle()

    [webhook] = [each for each in connected.lab.store.all("webhook") if each["topic"] == "order.updated"]
    assert [made.status for made in connected.lab.lab.deliveries.made if made.topic == "order.updated"][-7:] == [404] * 7
    assert webhook["status"] == "disabled"


# SQLSTATE → what PostgreSQL says in that state. It is our trigger that says it here; the words and the class of the error are the same.
STATES = {"53100": "DiskFull", "53300": "TooManyConnections", "57P03": "CannotConnectNow", "25006": "ReadOnlySqlTransaction"}


@pytest.mark.parametrize("sqlstate", STATES)
def test_what_a_database_cannot_keep_is_not_acknowledged_and_an_operator_reads_why(
    connected: Connected, address: tuple[str, str], sqlstate: str, caplog: pytest.LogCaptureFixture
) -> None:
    url, secret = address

    with refusing_deliveries(connected.app, sqlstate):
        answer = requests.post(url, BODY, headers=signed(secret, BODY), timeout=10)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert STATES[sqlstate] in [vars(record).get("error") for record in caplog.records]
    assert requests.post(url, BODY, headers=signed(secret, BODY), timeout=10).status_code == 200
    assert stored(connected) == 1


@contextmanager
def refusing_deliveries(app: Flask, sqlstate: str) -> Iterator[None]:
    with app.app_context():
        url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    refuse = f"create function refuse() returns trigger language plpgsql as $$ begin raise exception sqlstate '{sqlstate}'; end $$"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(refuse.encode())
        connection.execute("create trigger refuse before insert on delivery for each row execute function refuse()")
        try:
            yield
        finally:
            connection.execute("drop function refuse cascade")


def test_a_database_that_became_read_only_gets_a_503_and_is_named_by_readyz(
    connected: Connected, address: tuple[str, str], web: str, servers: Addresses
) -> None:
    url, secret = address

    with read_only_database(servers):
        answer = requests.post(url, BODY, headers=signed(secret, BODY), timeout=10)
        ready = requests.get(f"{web}/readyz", timeout=10)

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert (ready.status_code, ready.json()["problems"]) == (503, ["database is read-only"])
    assert stored(connected) == 0
    assert requests.get(f"{web}/readyz", timeout=10).status_code == 200
    assert requests.post(url, BODY, headers=signed(secret, BODY), timeout=10).status_code == 200


@contextmanager
def read_only_database(servers: Addresses) -> Iterator[None]:
    """As after a hand-over to a standby: who is connected is thrown out and finds it so. This process's database only."""
    name = urlsplit(os.environ["DATABASE_URL"]).path[1:]

    def throw_out(connection: psycopg.Connection) -> None:
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()", (name,))

    with psycopg.connect(servers.admin_url, autocommit=True) as connection:
        try:
            connection.execute(sql.SQL("alter database {} set default_transaction_read_only = on").format(sql.Identifier(name)))
            throw_out(connection)
            yield
        finally:
            connection.execute(sql.SQL("alter database {} reset default_transaction_read_only").format(sql.Identifier(name)))
            throw_out(connection)


def test_without_a_free_connection_a_delivery_is_not_acknowledged(
    connected: Connected, address: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, secret = address
    with connected.app.app_context():
        monkeypatch.setattr(db.engine.pool, "_timeout", 0.2)
        leaked = [db.engine.connect() for _ in range(10)]

        answer = requests.post(url, BODY, headers=signed(secret, BODY), timeout=10)
        for connection in leaked:
            connection.close()

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert stored(connected) == 0


def test_a_database_that_hangs_does_not_hold_a_delivery_for_ever(
    connected: Connected, address: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, secret = address
    monkeypatch.setattr("luxebrain.database.patience._longest_s", 0.3)

    with connected.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("lock table delivery")
        answer = requests.post(url, BODY, headers=signed(secret, BODY), timeout=10)

    assert answer.status_code == 503
    assert requests.post(url, BODY, headers=signed(secret, BODY), timeout=10).status_code == 200
    assert stored(connected) == 1
