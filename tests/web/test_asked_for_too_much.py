"""Numbers in an address are written by anybody: a page, a store or a product that no column holds is answered, not stumbled over."""

from __future__ import annotations

import pytest
import requests

from tests.live import Connected

HUGE = 10**30


@pytest.mark.parametrize(
    "place", ["orders?page=", "segments?segment=champions&page=", "prices?page=", "recommendations?product="], ids=lambda place: place[:6]
)
def test_number_that_no_column_holds_is_answered_with_a_page(web: str, browser: requests.Session, connected: Connected, place: str) -> None:
    answers = [browser.get(f"{web}/stores/{connected.store_id}/{place}{number}", timeout=20) for number in (HUGE, -HUGE, 0, "x")]

    assert [answer.status_code for answer in answers] == [200] * 4


@pytest.mark.parametrize("place", [f"stores/{HUGE}/", "stores/{store}/campaigns/" + str(HUGE)], ids=["store", "campaign"])
def test_id_that_no_column_holds_is_not_found(web: str, browser: requests.Session, connected: Connected, place: str) -> None:
    answer = browser.get(f"{web}/{place.format(store=connected.store_id)}", timeout=20)

    assert answer.status_code == 404
