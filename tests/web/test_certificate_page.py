"""The Store page says in plain words whether the copy is true, and why not."""

from __future__ import annotations

import requests

from demo.client import find_form
from luxebrain import jobs
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.work import Certificate
from luxebrain.services import certificates
from tests.live import Connected, make_order, make_product


def compare_now(connected: Connected, browser: requests.Session, page: str) -> str:
    """Presses the button, lets the workers do it, and reads the page again."""
    form = find_form(browser.get(page, timeout=10).text, action="/sync/check")
    pressed = browser.post(page.removesuffix(f"/stores/{connected.store_id}/sync") + form.action, form.values, timeout=10)
    assert "Comparing" in pressed.text
    with connected.app.app_context():
        jobs.run(certificates.KIND, connected.store_id)
    return browser.get(page, timeout=10).text


def test_copy_is_called_true_only_after_it_was_compared(connected: Connected, browser: requests.Session, web: str) -> None:
    make_order(connected.lab, make_product(connected.lab))
    connected.sync()
    page = f"{web}/stores/{connected.store_id}/sync"
    before = browser.get(page, timeout=10).text

    after = compare_now(connected, browser, page)

    assert "Not compared yet" in before
    assert "In sync" not in before
    assert "The copy equals your store: every row of it is there" in after


def test_what_was_put_right_is_listed_with_how_it_had_drifted(connected: Connected, browser: requests.Session, web: str) -> None:
    connected.sync()
    make_product(connected.lab, "Mug & <b>Saucer</b>")

    page = compare_now(connected, browser, f"{web}/stores/{connected.store_id}/sync")

    assert "after 1 row was put right" in page
    assert "Product Mug &amp; Saucer" in page
    assert "Your store had it and LuxeBrain did not" in page


def test_comparison_that_the_store_refused_says_nothing_about_the_copy(connected: Connected, browser: requests.Session, web: str) -> None:
    connected.sync()
    for key in connected.lab.store.all("key"):
        connected.lab.store.remove("key", key["id"])

    page = compare_now(connected, browser, f"{web}/stores/{connected.store_id}/sync")

    assert "Until then nothing is said about the copy" in page
    assert "In sync" not in page
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Certificate).one().state == "failed"
