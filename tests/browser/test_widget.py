"""The storefront script in Chromium: it sells, moves nothing, and is silent when anything is wrong."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import BrowserContext, Page, Route
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.conftest import answer_with
from tests.browser.storefront import SIMILAR, Storefront
from tests.chromium import axe_source

pytestmark = pytest.mark.xdist_group("browser")
BOTH = f'<div data-luxebrain-placement="bought_together" data-product="11"></div>{SIMILAR}'
SHIFTS = """() => new Promise((resolve) => {
  let sum = 0;
  const observer = new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; });
  observer.observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(sum), 300);
})"""


@dataclass(slots=True)
class Visit:
    """A page that was opened, with what went wrong on it."""

    page: Page
    errors: list[str] = field(default_factory=list)

    @property
    def cards(self) -> int:
        return self.page.locator("luxebrain-widget li[part=card]").count()

    def layout_shift(self) -> float:
        return float(self.page.evaluate(SHIFTS))


def visit(page: Page, storefront: Storefront, query: str = "?tall=1") -> Visit:
    seen = Visit(page)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.goto(f"{storefront.url}/{query}", wait_until="load")
    return seen


def visit_widget(page: Page, storefront: Storefront, query: str = "?tall=1") -> Visit:
    """Scrolls down to the widget, as a shopper does. An answer that misses the script's 300 ms shows nothing, as it should: on a busy
    machine it comes in time a visit later."""
    seen = visit(page, storefront, query)
    for _ in range(4):
        page.locator("footer").scroll_into_view_if_needed()
        try:
            page.locator("luxebrain-widget li[part=card]").first.wait_for(timeout=4000)
        except PlaywrightTimeout:
            page.reload(wait_until="load")
        else:
            return seen
    raise AssertionError("no card came in four visits")


def clicks_of(context: BrowserContext) -> list[dict[str, Any]]:
    found = [cookie for cookie in context.cookies() if cookie["name"] == "luxebrain"]
    assert len(found) <= 1
    clicks: list[dict[str, Any]] = json.loads(unquote(found[0]["value"])) if found else []
    return clicks


def test_products_are_shown_as_a_list_of_links_and_buttons(page: Page, storefront: Storefront) -> None:
    seen = visit_widget(page, storefront)

    assert seen.cards == 4
    assert page.get_by_role("heading", name="You may also like").is_visible()
    assert page.get_by_role("list", name="You may also like").get_by_role("link").count() == 4
    first = page.get_by_role("listitem").first
    assert first.get_by_role("link").get_attribute("href") == f"{storefront.url}/product/12"
    assert first.locator("[part=price]").text_content() == "Now £10.00, before £12.50"
    assert first.get_by_role("button").inner_text().startswith("Add to cart")
    assert seen.errors == []


def test_a_hostile_title_stays_text(page: Page, storefront: Storefront) -> None:
    visit_widget(page, storefront, "?tall=1&places=" + quote('<div data-luxebrain-placement="cart" data-cart="22"></div>'))

    assert "<img src=x onerror=alert(1)> candle" in page.locator("luxebrain-widget [part=title]").all_inner_texts()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_when_widgets_come_in_below_the_fold(page: Page, storefront: Storefront, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})

    seen = visit_widget(page, storefront, "?tall=1&places=" + quote(BOTH))
    page.wait_for_timeout(300)

    titles = page.locator("luxebrain-widget [part=heading]").all_inner_texts()
    shown = page.locator("luxebrain-widget [part=link]").evaluate_all("links => links.map((link) => link.href)")
    assert titles == ["Often bought together", "You may also like"]
    assert len(set(shown)) == len(shown) == 5
    assert seen.layout_shift() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_where_the_widget_would_be_in_sight(page: Page, storefront: Storefront, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})

    seen = visit(page, storefront, "")
    page.wait_for_timeout(700)

    assert seen.layout_shift() == 0
    assert seen.errors == []


def test_a_widget_in_sight_comes_as_soon_as_the_shopper_acts(page: Page, storefront: Storefront) -> None:
    seen = visit(page, storefront, "")
    page.wait_for_timeout(700)

    page.locator("h1").click()

    page.locator("luxebrain-widget li[part=card]").first.wait_for()
    assert seen.cards == 4


def _blocked(page: Page) -> None:
    page.route("**/widgets/v1/recommendations*", lambda route: route.abort())


def _slow(page: Page) -> None:
    def wait(route: Route) -> None:
        time.sleep(1.0)
        route.abort()

    page.route("**/widgets/v1/recommendations*", wait)


def _script_blocked(page: Page) -> None:
    page.route("**/widgets/v1/luxebrain.js*", lambda route: route.abort())


TROUBLES: dict[str, Callable[[Page], None]] = {
    "blocked": _blocked,
    "slow": _slow,
    "script blocked": _script_blocked,
    "no json": lambda page: answer_with(page, "<html>"),
    "other json": lambda page: answer_with(page, '{"items": 7}'),
    "null": lambda page: answer_with(page, "null"),
    "broken items": lambda page: answer_with(page, '{"items": [null, 3, {"product_id": "x"}]}'),
    "hostile items": lambda page: answer_with(page, '{"items": [{"product_id": 1, "title": "x", "url": "javascript:alert(1)"}]}'),
    "server error": lambda page: answer_with(page, "{}", status=500),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("query", ["", "?tall=1"], ids=["in sight", "below the fold"])
def test_whatever_goes_wrong_the_page_is_as_if_we_were_not_there(page: Page, storefront: Storefront, trouble: str, query: str) -> None:
    TROUBLES[trouble](page)

    seen = visit(page, storefront, query)
    page.locator("footer").scroll_into_view_if_needed()
    page.wait_for_timeout(500)

    assert seen.cards == 0
    assert seen.layout_shift() == 0
    assert seen.errors == []


def test_a_revoked_key_is_silent(page: Page, storefront: Storefront) -> None:
    seen = visit(page, storefront, "?key=pk_revoked")
    page.wait_for_timeout(500)

    assert (seen.cards, seen.errors) == (0, [])


def test_after_three_failures_the_api_is_left_alone(page: Page, storefront: Storefront) -> None:
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "recommendations" in request.url else None)
    _blocked(page)

    for _ in range(5):
        visit(page, storefront, "")
        page.wait_for_timeout(400)

    assert len(asked) == 3


def test_the_last_good_answer_is_shown_when_the_api_goes_away(page: Page, storefront: Storefront) -> None:
    visit_widget(page, storefront)
    _blocked(page)

    seen = visit_widget(page, storefront)

    assert seen.cards == 4


def test_a_click_is_remembered_for_the_order(page: Page, visitor: BrowserContext, storefront: Storefront) -> None:
    visit_widget(page, storefront)

    page.get_by_role("listitem").first.get_by_role("link").click()
    page.wait_for_url("**/product/12")

    (click,) = clicks_of(visitor)
    assert set(click) == {"click_id", "recommendation_id", "placement", "product_id", "at"}
    assert (click["placement"], click["product_id"]) == ("similar", 12)
    assert abs(click["at"] / 1000 - time.time()) < 60


def test_adding_to_the_cart_goes_through_the_stores_own_api_and_says_so(
    page: Page, visitor: BrowserContext, storefront: Storefront
) -> None:
    visit_widget(page, storefront)

    page.get_by_role("button", name="Add to cart").first.click()
    page.get_by_role("status").get_by_text("is in your cart").wait_for()

    assert storefront.added == [12]
    assert [click["product_id"] for click in clicks_of(visitor)] == [12]


def test_where_the_store_refuses_the_shopper_lands_on_the_products_page(page: Page, storefront: Storefront) -> None:
    storefront.refuses = True
    visit_widget(page, storefront)

    page.get_by_role("button", name="Add to cart").first.click()

    page.wait_for_url("**/product/12")
    assert storefront.added == []


def test_the_cookie_never_grows_too_large(page: Page, visitor: BrowserContext, storefront: Storefront) -> None:
    visit_widget(page, storefront)

    for _ in range(12):
        page.get_by_role("listitem").nth(1).get_by_role("link").dispatch_event("auxclick")
    page.get_by_role("listitem").first.get_by_role("link").dispatch_event("auxclick")

    (cookie,) = [cookie for cookie in visitor.cookies() if cookie["name"] == "luxebrain"]
    assert len(cookie["value"]) <= 2000
    assert cookie["sameSite"] == "Lax"
    assert clicks_of(visitor)[-1]["product_id"] == 12


def test_a_cookie_that_is_no_list_is_replaced(page: Page, visitor: BrowserContext, storefront: Storefront) -> None:
    visitor.add_cookies([{"name": "luxebrain", "value": "%7Bgarbage", "url": storefront.url}])
    visit_widget(page, storefront)

    page.get_by_role("listitem").first.get_by_role("link").dispatch_event("auxclick")

    assert len(clicks_of(visitor)) == 1


def test_the_keyboard_reaches_every_link_and_button_in_order(page: Page, storefront: Storefront) -> None:
    visit_widget(page, storefront)
    reached = []

    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.shadowRoot?.activeElement?.tagName"))

    assert reached == ["A", "BUTTON"] * 4


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(page: Page, storefront: Storefront, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    visit_widget(page, storefront, "?tall=1&places=" + quote(BOTH))
    page.wait_for_timeout(300)

    page.evaluate(axe_source())
    found = page.evaluate(
        "axe.run('main', {resultTypes: ['violations']}).then((result) => result.violations.map((v) => [v.id, v.nodes[0].html]))"
    )

    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"widget-{width}.png")
    assert found == []
