"""What the script tells of itself: what was really seen, clicked and added, and what it cost the page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Request

from tests.browser.storefront import Storefront
from tests.browser.test_widget import visit, visit_widget

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def told(page: Page) -> list[dict[str, Any]]:
    """The bodies that were sent."""
    bodies: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/widgets/v1/events"):
            bodies.append(json.loads(request.post_data or "{}"))

    page.on("request", note)
    return bodies


def leave(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    page.wait_for_timeout(100)


def test_what_was_seen_for_a_second_is_told_when_the_page_is_left(page: Page, storefront: Storefront, told: list[dict[str, Any]]) -> None:
    visit_widget(page, storefront)
    page.wait_for_timeout(1300)
    before = list(told)

    leave(page)

    (body,) = told
    (event,) = body["events"]
    assert before == []
    assert body["store"] == storefront.key
    assert (event["kind"], event["placement"]) == ("impression", "similar")
    assert len(event["products"]) == 4
    assert event["age_ms"] >= 0
    assert set(event) == {"id", "kind", "placement", "recommendation_id", "products", "age_ms"}


def test_what_nobody_scrolled_to_was_not_seen(page: Page, storefront: Storefront, told: list[dict[str, Any]]) -> None:
    visit(page, storefront)
    page.wait_for_timeout(1300)

    leave(page)

    assert told == []


def test_an_addition_is_told_with_what_the_script_cost_and_the_cost_only_once(
    page: Page, storefront: Storefront, told: list[dict[str, Any]]
) -> None:
    visit_widget(page, storefront)
    page.get_by_role("button", name="Add to cart").first.click()
    page.get_by_role("status").get_by_text("is in your cart").wait_for()
    leave(page)
    page.get_by_role("listitem").nth(1).get_by_role("link").dispatch_event("auxclick")
    leave(page)

    first, second = told
    assert "add" in {event["kind"] for event in first["events"]}
    assert 5_000 < first["cost"]["bytes"] <= 10 * 1024
    assert 0 < first["cost"]["ms"] < 1000
    assert first["cost"]["cls"] == 0
    assert [event["kind"] for event in second["events"]] == ["click"]
    assert "cost" not in second


MOVES_WITH_IT = """addEventListener("DOMContentLoaded", () => {
  const root = document.querySelector("luxebrain-widget").shadowRoot;
  const below = document.querySelector("main > p:last-of-type");
  const follow = () => { if (root.querySelector("li[part=card]")) below.style.marginTop = "80px"; };
  new MutationObserver(follow).observe(root, { childList: true });
})"""


def test_a_page_that_jumps_as_the_widget_comes_is_told(page: Page, storefront: Storefront, told: list[dict[str, Any]]) -> None:
    """Else a layout shift of 0 would say nothing."""
    page.add_init_script(MOVES_WITH_IT)
    visit_widget(page, storefront)
    page.wait_for_timeout(1500)

    leave(page)

    assert told[0]["cost"]["cls"] > 0
