"""The store's page says why a copy stands still, and what becomes of it."""

from __future__ import annotations

import requests

from tests.integrations.woocommerce.lies import Lies, data, product
from tests.live import Connected


def test_copy_that_a_lying_store_stopped_says_why(browser: requests.Session, web: str, connected: Connected) -> None:
    Lies(connected.lab).tell("products", lambda _request: data([product(id) for id in range(1, 201)]))
    connected.sync()

    page = browser.get(f"{web}/stores/{connected.store_id}/sync", timeout=10).text

    assert "200 rows to a question for 100" in page
    assert "What was copied before is kept." in page
    assert "The copy of your store stopped" in page
    assert "Everything is up to date" not in page


def test_copy_that_waits_for_its_store_says_what_for(browser: requests.Session, web: str, connected: Connected) -> None:
    Lies(connected.lab).tell("products", lambda _request: data({"code": "plugin_oops", "message": "Your licence has <expired>."}))
    connected.sync()

    page = browser.get(f"{web}/stores/{connected.store_id}/sync", timeout=10).text

    assert "Your licence has" in page
    assert "It is tried again by itself." in page
    assert "<expired>" not in page
