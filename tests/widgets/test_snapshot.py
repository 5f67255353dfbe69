"""The in-process copy: true within a second, there without a database, and never too large."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import event

from luxebrain.database.session import db, session
from luxebrain.database.tenancy import transaction
from luxebrain.errors import NotFound
from luxebrain.models.stores import PublicKey
from luxebrain.services.catalog import delete_products
from luxebrain.widgets.snapshot import Shelf, refresher
from tests.widgets.made import NOW, Made, apply_products, make_store, product
from tests.widgets.test_recommendations import ask, ids


def seconds_until(is_so: Callable[[], bool], *, limit_s: float = 5) -> float:
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < limit_s, "it never came to be"
        time.sleep(0.005)
    return time.monotonic() - started


def is_shown(client: FlaskClient, shop: Made, product_id: int) -> bool:
    return product_id in ids(ask(client, shop.key, "bought_together", product=11, k=24))


def test_a_stock_flip_reaches_the_storefront_within_a_second(app: Flask, client: FlaskClient, shop: Made) -> None:
    assert is_shown(client, shop, 12)

    for is_in_stock in (False, True, False):
        with app.app_context():
            apply_products(shop, product(12, is_in_stock=is_in_stock))

        assert seconds_until(lambda wanted=is_in_stock: is_shown(client, shop, 12) is wanted) < 1.0  # type: ignore[misc]


def test_it_reaches_the_storefront_without_redis_too(app: Flask, client: FlaskClient, shop: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("luxebrain.services.snapshots.connection", lambda: Redis(port=9, retry=Retry(NoBackoff(), 0)))
    assert is_shown(client, shop, 12)

    with app.app_context():
        apply_products(shop, product(12, is_in_stock=False))

    assert seconds_until(lambda: not is_shown(client, shop, 12)) < 1.5


def test_a_deleted_product_is_gone_within_a_second(app: Flask, client: FlaskClient, shop: Made) -> None:
    assert is_shown(client, shop, 12)

    with app.app_context(), transaction(shop.store_id):
        delete_products([12], now=NOW)

    assert seconds_until(lambda: not is_shown(client, shop, 12)) < 1.0


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """What this thread sends to the database meanwhile."""
    sent: list[str] = []
    here = threading.get_ident()

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if threading.get_ident() == here:
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_request_touches_no_database(app: Flask, client: FlaskClient, shop: Made) -> None:
    ask(client, shop.key, product=11)

    with statements(app) as sent:
        assert ask(client, shop.key, product=11).status_code == 200
        assert ask(client, shop.key, "cart", cart="11,21").status_code == 200

    assert sent == []


def test_the_last_good_copy_outlives_the_database(app: Flask, client: FlaskClient, shop: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ask(client, shop.key, product=11).data

    def refuse() -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr("luxebrain.services.snapshots.list_versions", refuse)
    time.sleep(0.7)

    assert ask(client, shop.key, product=11).data == before
    monkeypatch.undo()
    with app.app_context():
        apply_products(shop, product(12, is_in_stock=False))
    assert seconds_until(lambda: not is_shown(client, shop, 12)) < 1.5


def test_a_revoked_key_is_unknown_within_a_second(app: Flask, client: FlaskClient, shop: Made) -> None:
    assert ask(client, shop.key, product=11).status_code == 200

    with app.app_context(), transaction():
        session.query(PublicKey).filter_by(key=shop.key).delete()

    assert seconds_until(lambda: ask(client, shop.key, product=11).status_code == 404) < 1.0


@pytest.mark.usefixtures("context")
def test_the_least_used_store_makes_room() -> None:
    first, second = make_store("first"), make_store("second")
    for made in (first, second):
        apply_products(made, product(1), product(2))
    small = Shelf(most_bytes=1)

    small.get(first.key)
    small.get(second.key)

    assert list(small.held) == [second.key]
    assert small.get(first.key).store_id == first.store_id


@pytest.mark.usefixtures("context")
def test_a_card_says_what_the_first_variant_in_stock_costs() -> None:
    made = make_store("variants")
    whole = product(5, "Shirt", price="20")
    sold_out = product(6, is_in_stock=False, price="19").variants[0]
    apply_products(made, product(5, "Shirt", variants=(sold_out, product(7, price="21").variants[0], whole.variants[0])))

    card = json.loads(Shelf().get(made.key).cards[5])

    assert (card["variant_id"], card["price"]) == (5, "20.00")


@pytest.mark.usefixtures("context")
def test_a_store_is_not_found_by_what_is_no_key() -> None:
    make_store("shop")

    with pytest.raises(NotFound):
        Shelf().get("")


def test_the_thread_is_started_once_and_can_be_stopped(app: Flask) -> None:
    refresher.ensure_running(app)
    refresher.ensure_running(app)
    threads = [thread for thread in threading.enumerate() if thread.name == "snapshots"]

    refresher.stop()

    assert len(threads) == 1
    assert not threads[0].is_alive()
