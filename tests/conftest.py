"""Fixtures every test may ask for. Those that need no database (engines, lab) cost nothing when they run alone with `-n0`.

`app` is the application on real servers; its tables and its Valkey are emptied after the test (never rolled back: inside an outer
transaction the chosen store outlives its scope, and code that forgot its scope would pass). `context` adds an application context, for
tests that call services; do not combine it with `client`, whose requests bring their own.

Properties are tried on the same examples each time, so that what fails anywhere fails again at home. `--hypothesis-profile=explore` makes
up others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests.chromium import chromium
from tests.servers import Addresses, running_servers, use_database

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

__all__ = ["chromium"]
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
_servers = pytest.StashKey[ExitStack]()
_addresses = pytest.StashKey[Addresses]()


def pytest_configure(config: pytest.Config) -> None:
    """With xdist the controller starts the servers before its workers, from the main thread, so that they end with it."""
    if not hasattr(config, "workerinput") and config.getoption("numprocesses", None):
        _start(config)


def pytest_configure_node(node: Any) -> None:
    node.workerinput["addresses"] = node.config.stash[_addresses].as_dict()


def pytest_unconfigure(config: pytest.Config) -> None:
    if servers := config.stash.get(_servers, None):
        servers.close()


def _start(config: pytest.Config) -> None:
    config.stash[_servers] = ExitStack()
    config.stash[_addresses] = config.stash[_servers].enter_context(running_servers())


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Addresses:
    """The servers of this run, with a database of this process's own; DATABASE_URL and REDIS_URL name it from here on."""
    config = request.config
    if (worker := getattr(config, "workerinput", None)) is not None:
        addresses, name = Addresses(**worker["addresses"]), worker["workerid"]
    else:
        if _addresses not in config.stash:
            _start(config)
        addresses, name = config.stash[_addresses], "main"
    use_database(addresses, name)
    return addresses


@pytest.fixture(scope="session")
def shared_app(servers: Addresses) -> Iterator[Flask]:
    from luxebrain.app import make_app
    from luxebrain.database.session import db

    app = make_app()
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()  # a connection left open is a warning, and warnings are errors


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    from luxebrain.webhooks.doorbell import doorbell

    yield shared_app
    doorbell.stop()
    _empty_everything()


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


_FILLED = """select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
    and relname <> 'alembic_version' and pg_relation_size(oid) > 0"""


def _empty_everything() -> None:
    """Only tables that hold something: truncating all takes 0.2 s, most of a small test."""
    import psycopg
    import redis

    with psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", ""), options="-c lock_timeout=10s") as connection:
        if tables := ", ".join(name for (name,) in connection.execute(_FILLED)):
            connection.execute(f"truncate {tables} restart identity cascade".encode())
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as valkey:
        valkey.flushdb()
