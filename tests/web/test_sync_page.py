"""The store's page says why a copy stands still, and what becomes of it."""

from __future__ import annotations

import requests

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.training import TrainingRun
from luxebrain.models.work import RunState
from luxebrain.services import syncs
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


def test_copy_that_stopped_is_said_until_one_is_whole_again(browser: requests.Session, web: str, connected: Connected) -> None:
    """One that runs again after it has made nothing good yet; and a store that was left has no copy to wait for."""

    def read_top_line() -> str:
        page = browser.get(f"{web}/stores/{connected.store_id}/sync", timeout=10).text
        return page.partition('<header class="topline">')[2].partition("</header>")[0]

    connected.sync()
    lies = Lies(connected.lab)
    lies.tell("products", lambda _request: data([product(id) for id in range(1, 201)]))
    for _ in range(2):
        with connected.app.app_context(), transaction(connected.store_id):
            syncs.start_sync()
            session.query(TrainingRun).update({"state": RunState.DONE})
        top_line = read_top_line()
        connected.sync()
    assert "The copy of your store stopped" in top_line  # while the second one runs
    assert "The copy of your store stopped" in read_top_line()

    lies.stop()
    with connected.app.app_context(), transaction(connected.store_id):
        syncs.start_sync()
    connected.sync()
    assert "Everything is up to date" in read_top_line()

    connected.leave()
    assert "Not connected" in read_top_line()


def test_copy_that_waits_for_its_store_says_what_for(browser: requests.Session, web: str, connected: Connected) -> None:
    Lies(connected.lab).tell("products", lambda _request: data({"code": "plugin_oops", "message": "Your licence has <expired>."}))
    connected.sync()

    page = browser.get(f"{web}/stores/{connected.store_id}/sync", timeout=10).text

    assert "Your licence has" in page
    assert "It is tried again by itself." in page
    assert "<expired>" not in page
