"""A store that lies costs one bounded job and a state in plain words, never a worker.

The lies are told on a real socket, in the midst of a sync that runs as it does in a worker; everything else the store says is true.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from luxebrain import jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.woocommerce import client as client_module
from luxebrain.integrations.woocommerce import platform as platform_module
from luxebrain.models.catalog import Product
from luxebrain.models.work import Certificate, Lease, QuarantinedRow, SyncRun
from luxebrain.services import certificates, runs, syncs
from tests.integrations.canary import canary
from tests.integrations.woocommerce.lies import Lies, bomb, data, dripping, nested, page_of, product
from tests.live import Connected, make_product

SAME_PAGE = [product(id) for id in range(1, 101)]


@pytest.fixture
def lies(connected: Connected) -> Lies:
    return Lies(connected.lab)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can wait for."""
    monkeypatch.setattr(client_module, "READING", replace(client_module.READING, timeout_s=0.5, max_bytes=1_000_000, retries=0))


def test_pages_that_repeat_themselves_for_ever_end_the_run(connected: Connected, lies: Lies) -> None:
    lies.tell("products", lambda _request: data(SAME_PAGE))

    run = connected.sync()

    _check_ended(connected, run, "does not end")
    assert lies.asked <= 102
    assert _count(connected, Product) == 100


def test_pages_that_never_end_although_each_is_new_end_the_run(connected: Connected, lies: Lies, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_module, "MOST_PAGES", 5)
    lies.tell("products", lambda request: data([product(10**9 - page_of(request) * 100 + at) for at in range(100)]))

    run = connected.sync()

    _check_ended(connected, run, "does not end")
    assert lies.asked == 5


def test_check_of_the_copy_ends_where_the_pages_never_do(connected: Connected, lies: Lies) -> None:
    connected.sync()
    lies.tell("orders", lambda _request: data(SAME_PAGE))

    certificate = _check(connected)

    assert certificate.state == "failed"
    assert "does not end" in certificate.error
    assert lies.asked <= 102


def test_variations_that_never_end_end_the_run(connected: Connected, lies: Lies) -> None:
    lies.tell("products", lambda _request: data([product(7, type="variable", variations=[8])]))
    lies.tell("products/7/variations", lambda _request: data(SAME_PAGE))

    run = connected.sync()

    _check_ended(connected, run, "does not end")
    assert lies.asked == 1 + 2


def test_webhooks_that_never_end_end_the_run(connected: Connected, lies: Lies) -> None:
    lies.tell("webhooks", lambda request: data({"id": 5} if request.method == "POST" else [{"id": id} for id in range(1, 101)]))

    run = connected.sync()

    _check_ended(connected, run, "does not end")


@pytest.mark.parametrize("total", ["0", "-5", "7", "999999999", "9" * 5000, "many", "", "1e9"])
def test_total_that_is_wrong_neither_loses_nor_doubles_a_row(connected: Connected, lies: Lies, total: str) -> None:
    lies.tell("products", lambda request: data(_page_of_250(request), headers={"X-WP-Total": total, "X-WP-TotalPages": "1"}))

    run = connected.sync()

    assert (run.state, run.error) == ("done", "")
    assert _count(connected, Product) == 250


def test_total_that_changes_with_every_answer_does_not_keep_a_sync_going_for_ever(connected: Connected, lies: Lies) -> None:
    lies.tell("products", lambda request: data(_page_of_250(request), headers={"X-WP-Total": ("0", "900000000")[lies.asked % 2]}))

    run = connected.sync()

    assert run.state in ("done", "failed")
    assert lies.asked <= 210


def test_page_that_holds_more_than_was_asked_for_is_not_read(connected: Connected, lies: Lies) -> None:
    lies.tell("products", lambda _request: data([{"id": id, "type": "variable"} for id in range(1, 100_000)]))

    run = connected.sync()

    _check_ended(connected, run, "99999 rows to a question for 100")
    assert lies.asked == 1


def test_answer_that_is_huge_is_not_read_to_its_end(connected: Connected, lies: Lies, impatient: None) -> None:
    lies.tell("products", lambda _request: data(["x" * 2_000_000]))

    run = connected.sync()

    _check_ended(connected, run, "too large")
    assert lies.asked == 1


def test_gzip_bomb_is_put_out(connected: Connected, lies: Lies) -> None:
    lies.tell("products", bomb(200_000_000))

    run = connected.sync()

    _check_ended(connected, run, "too large")
    assert lies.asked == 1


def test_answer_that_drips_is_given_up(connected: Connected, lies: Lies, impatient: None) -> None:
    lies.tell("products", dripping)

    run = connected.sync()

    _check_ended(connected, run, "takes too long")
    assert lies.asked == 1


def test_variations_that_take_for_ever_together_are_given_up(connected: Connected, lies: Lies, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answers in time; a hundred of them would not."""
    monkeypatch.setattr(platform_module, "LONGEST_LIST_S", 0.0)
    lies.tell("products", lambda _request: data([product(id, type="variable") for id in range(1, 101)]))

    run = connected.sync()

    assert run.state == "running"
    assert "takes too long over its lists" in run.error


def test_redirect_to_an_address_inside_the_network_is_not_followed(connected: Connected, lies: Lies) -> None:
    with canary() as inside:
        lies.tell("products", lambda _request: Response(status=302, headers={"Location": f"http://{inside.address}/latest/meta-data/"}))

        run = connected.sync()

    _check_ended(connected, run, "not a public address")
    assert (lies.asked, inside.connections) == (1, 0)


def test_redirect_of_a_write_to_an_address_inside_the_network_is_not_followed(connected: Connected, lies: Lies) -> None:
    with canary() as inside:
        lies.tell("webhooks", lambda _request: Response(status=307, headers={"Location": f"http://{inside.address}/"}))

        run = connected.sync()

    assert run.state == "failed"
    assert inside.connections == 0


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (lambda _request: Response("<html><body>Back in a minute</body></html>", content_type="text/html"), "not JSON"),
        (lambda _request: Response("<b>Warning</b>: foo() in bar.php on line 3<br />[]", content_type="application/json"), "not JSON"),
        (lambda _request: Response(b"\xff\xfe\x00[", content_type="application/json"), "not JSON"),
        (lambda _request: Response(nested(100_000), content_type="application/json"), "not JSON"),
        (
            lambda _request: data({"code": "plugin_oops", "message": "Your <b>licence</b> has expired."}),
            "Your licence has expired. (plugin_oops)",
        ),
        (lambda _request: data({"products": []}), "no list"),
        (lambda _request: data(None), "no list"),
    ],
)
def test_something_else_in_place_of_a_list_is_tried_again_and_then_said(
    connected: Connected, lies: Lies, lie: Callable[[Request], Response], words: str
) -> None:
    lies.tell("products", lie)

    runs_seen = [_sync_again(connected) for _ in range(runs.MOST_ATTEMPTS)]

    assert {run.state for run in runs_seen[:-1]} == {"running"}
    _check_ended(connected, runs_seen[-1], words)
    assert lies.asked == runs.MOST_ATTEMPTS


def test_rows_that_are_no_rows_are_set_aside_while_the_rest_goes_on(connected: Connected, lies: Lies) -> None:
    deep = json.loads(nested(900))
    rows: list[Any] = [None, 7, "x", [], {}, product(3, price=deep), product(4, meta_data=deep), product(5)]
    variable = product(6, type="variable", variations=[deep])
    lies.tell("products", lambda _request: data([*rows, variable]))
    lies.tell("products/6/variations", lambda _request: data([None, 8]))

    run = connected.sync()

    assert run.state == "done"
    with connected.app.app_context(), transaction(connected.store_id):
        assert {product.id for product in session.query(Product)} == {4, 5}
        assert {row.platform_id for row in session.query(QuarantinedRow)} == {None, 3, 6}


def test_list_of_ids_that_no_table_holds_ends_a_check_in_words(connected: Connected, lies: Lies) -> None:
    connected.sync()
    lies.tell("orders", lambda _request: data([product(2**70)]))

    certificate = _check(connected)

    assert certificate.state == "running"
    assert "a row without an id" in certificate.error


def test_store_that_says_the_truth_again_is_read_again(connected: Connected, lies: Lies) -> None:
    make_product(connected.lab, "Mug")
    lies.tell("products", lambda _request: data(SAME_PAGE * 2))
    lied_to = connected.sync()
    lies.stop()

    with connected.app.app_context(), transaction(connected.store_id):
        syncs.start_sync()
    run = connected.sync()

    assert (lied_to.state, run.state) == ("failed", "done")
    assert _count(connected, Product) == 1


def _page_of_250(request: Request) -> list[dict[str, Any]]:
    first = 250 - (page_of(request) - 1) * 100
    return [product(id) for id in range(first, max(0, first - 100), -1)]


def _sync_again(connected: Connected) -> SyncRun:
    """Without waiting for the time of the next try."""
    with connected.app.app_context(), transaction(connected.store_id):
        session.query(SyncRun).update({"retry_at": utcnow()})
    return connected.sync()


def _check(connected: Connected) -> Certificate:
    with connected.app.app_context():
        with transaction(connected.store_id):
            id = certificates.start_check(is_full=True, now=utcnow()).id
        jobs.run(certificates.KIND, connected.store_id)
        with transaction(connected.store_id):
            return session.query(Certificate).filter_by(id=id).one()


def _check_ended(connected: Connected, run: SyncRun, words: str) -> None:
    """In words that are the store's fault and not ours, with the worker free for whatever comes next."""
    assert run.state == "failed"
    assert run.finished_at
    assert words in run.error
    assert "our mistake" not in run.error
    with connected.app.app_context(), transaction(connected.store_id):
        lease = session.query(Lease).filter_by(kind=syncs.KIND).one()
        assert (lease.leased_until, lease.failures) == (None, 0)


def _count(connected: Connected, model: type[Any]) -> int:
    with connected.app.app_context(), transaction(connected.store_id):
        return session.query(model).count()
