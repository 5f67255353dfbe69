"""A page that we fail on ourselves ends its run in the end, in words, instead of standing at the same place for ever."""

from __future__ import annotations

import pytest

from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.work import SyncRun
from luxebrain.services import runs
from tests.live import Connected, make_order, make_product


@pytest.fixture
def unreadable(connected: Connected) -> None:
    """A plugin gave two lines of an order one id: the table takes each id once."""
    order = make_order(connected.lab, make_product(connected.lab, "Mug"))
    with connected.lab.store.lock:
        lines = connected.lab.store.order(order["id"])["line_items"]
        lines.append(dict(lines[0]))


def test_page_that_we_fail_on_is_tried_again_later(connected: Connected, unreadable: None) -> None:
    run = connected.sync()

    assert (run.state, run.attempts) == ("running", 1)
    assert run.retry_at > utcnow()
    assert "our mistake" in run.error


def test_page_that_we_always_fail_on_ends_the_run_in_words(
    connected: Connected, unreadable: None, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(runs.MOST_ATTEMPTS):
        run = connected.sync()
        with connected.app.app_context(), transaction(connected.store_id):
            session.query(SyncRun).update({"retry_at": utcnow()})

    assert run.state == "failed"
    assert run.finished_at
    assert "a page of your orders" in run.error
    assert "ada@example.com" not in caplog.text
