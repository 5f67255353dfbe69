"""A trained shop with a look-alike beside it, and a process's shelf that starts and ends empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from luxebrain.widgets.snapshot import refresher, shelf
from tests.widgets.made import Made, make_shop, make_store, product, train
from tests.widgets.made import apply_products as apply


@pytest.fixture(autouse=True)
def fresh_shelf() -> Iterator[None]:
    """Before, too: a test elsewhere that asked for a widget in this process left its thread running, and what it knew half a second ago."""
    _empty()
    yield
    _empty()


def _empty() -> None:
    refresher.stop()
    shelf.held.clear()
    shelf.used_at.clear()
    shelf.versions = None


@pytest.fixture
def shop(app: Flask) -> Made:
    with app.app_context():
        made = make_shop("shop")
        other = make_store("look-alike")
        apply(other, *(product(id, "Not ours", price="1") for id in (11, 12, 21, 22)))
        train(made)
        return made
