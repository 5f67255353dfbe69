"""The application again, with a server away or another address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from luxebrain import config
from luxebrain.app import make_app
from luxebrain.database.session import db
from luxebrain.edge.limits import limiter

MakeApp = Callable[..., Flask]


@pytest.fixture
def make_other_app(app: Flask) -> Iterator[MakeApp]:
    """`make(**settings)`. One process has one configuration and one limiter: both are given back to `app` at the end."""
    before, made = config.current(), []

    def make(**changes: Any) -> Flask:
        made.append(make_app(replace(before, **changes)))
        return made[-1]

    yield make
    for other in made:
        with other.app_context():
            db.engine.dispose()
    config.use(before)
    limiter.init_app(app)
    limiter._storage_dead = False  # else it asks again only some seconds later


@pytest.fixture
def app_without_redis(make_other_app: MakeApp) -> Flask:
    return make_other_app(redis_url="redis://127.0.0.1:1/0")


@pytest.fixture
def app_without_database(make_other_app: MakeApp) -> Flask:
    url = make_url(config.current().database_url).set(host="127.0.0.1", port=1, query={})
    return make_other_app(database_url=url.render_as_string(hide_password=False))
