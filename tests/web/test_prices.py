"""The prices page: what waits, the merchant's word on it, and the way back."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

import pytest
import requests

from demo.client import find_form
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.pricing import Proposal
from tests.live import Connected, make_other_store
from tests.services.priced import found, in_lab, make_mug, make_mugs, make_proposal, push, rows


@pytest.fixture
def prices(web: str, connected: Connected) -> str:
    return f"{web}/stores/{connected.store_id}/prices"


def press(browser: requests.Session, page_url: str, action: str) -> requests.Response:
    """The button whose form sends to `action`."""
    page = browser.get(page_url, timeout=10)
    form = find_form(page.text, action=action)
    return browser.post(urljoin(page.url, form.action), form.values, timeout=20)


def words(answer: requests.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_merchant_approves_sees_it_written_and_rolls_it_back(browser: requests.Session, prices: str, connected: Connected) -> None:
    mug = make_mug(connected)
    proposal_id = make_proposal(connected, mug)
    assert "£10.00 → £9.50" in words(browser.get(prices, timeout=10))

    answer = press(browser, prices, f"/{proposal_id}/approve")
    assert "writing 1 price" in words(answer)
    push(connected)

    assert in_lab(connected, mug)[0] == "9.50"
    decided = f"{prices}?state=decided"
    assert "In your store" in words(browser.get(decided, timeout=10))
    press(browser, decided, f"/{proposal_id}/roll-back")
    push(connected)
    assert in_lab(connected, mug)[0] == "10.00"
    assert "Rolled back" in words(browser.get(decided, timeout=10))


def test_several_prices_are_approved_or_rejected_at_once(browser: requests.Session, prices: str, connected: Connected) -> None:
    ids = [make_proposal(connected, mug) for mug in make_mugs(connected, 3)]
    page = browser.get(prices, timeout=10)
    token = find_form(page.text, action="/approve").values["csrf_token"]

    approved = browser.post(f"{prices}/approve", {"csrf_token": token, "ids": ids[:2]}, timeout=10)
    rejected = browser.post(f"{prices}/reject", {"csrf_token": token, "ids": ids[2:]}, timeout=10)

    assert "writing 2 prices" in words(approved)
    assert "1 proposal rejected" in words(rejected)
    assert [found(connected, id).state for id in ids] == ["approved", "approved", "rejected"]


def test_nothing_ticked_is_said_and_does_nothing(browser: requests.Session, prices: str, connected: Connected) -> None:
    proposal_id = make_proposal(connected, make_mug(connected))
    token = find_form(browser.get(prices, timeout=10).text, action="/approve").values["csrf_token"]

    answer = browser.post(f"{prices}/approve", {"csrf_token": token}, timeout=10)

    assert "No price was ticked" in words(answer)
    assert found(connected, proposal_id).state == "proposed"


def test_approving_twice_says_where_the_price_stands(browser: requests.Session, prices: str, connected: Connected) -> None:
    proposal_id = make_proposal(connected, make_mug(connected))
    token = find_form(browser.get(prices, timeout=10).text, action="/approve").values["csrf_token"]
    browser.post(f"{prices}/{proposal_id}/approve", {"csrf_token": token}, timeout=10)

    again = browser.post(f"{prices}/{proposal_id}/approve", {"csrf_token": token}, timeout=10)

    assert again.status_code == 409
    assert "approved already" in words(again)


def test_proposal_of_another_store_is_not_found(browser: requests.Session, prices: str, connected: Connected, merchant_id: int) -> None:
    make_proposal(connected, make_mug(connected))
    with connected.app.app_context():
        other_id = make_other_store(owner_id=merchant_id)
        with transaction(other_id):
            theirs = Proposal(product_id=1, variant_id=1, old_price=10, new_price=9, reason="", figures={})
            session.add(theirs)
    token = find_form(browser.get(prices, timeout=10).text, action="/approve").values["csrf_token"]

    one = browser.post(f"{prices}/{theirs.id}/approve", {"csrf_token": token}, timeout=10)
    many = browser.post(f"{prices}/approve", {"csrf_token": token, "ids": [theirs.id, rows(connected, Proposal)[0].id]}, timeout=10)
    huge = browser.post(f"{prices}/{2**70}/approve", {"csrf_token": token}, timeout=10)

    assert (one.status_code, many.status_code, huge.status_code) == (404, 404, 404)
    with connected.app.app_context(), transaction(other_id):
        assert session.query(Proposal).one().state == "proposed"


def test_looking_for_better_prices_says_what_was_found(browser: requests.Session, prices: str, connected: Connected) -> None:
    make_mug(connected)

    answer = press(browser, prices, "/look")

    assert "none should change now" in words(answer)


def test_names_from_the_store_are_text_not_html(browser: requests.Session, prices: str, connected: Connected) -> None:
    make_proposal(connected, make_mug(connected, name='<script>alert("x")</script>Mug'))

    assert "<script>alert" not in browser.get(prices, timeout=10).text


def test_waiting_prices_are_asked_for_again_only_where_nothing_is_ticked(
    browser: requests.Session, prices: str, connected: Connected
) -> None:
    first, _ = [make_proposal(connected, mug) for mug in make_mugs(connected, 2)]
    press(browser, prices, f"/{first}/approve")

    assert "hx-get" not in browser.get(prices, timeout=10).text
    assert "hx-get" in browser.get(f"{prices}?state=approved", timeout=10).text
    push(connected)
    assert "hx-get" not in browser.get(f"{prices}/list?state=approved", timeout=10).text
