"""The storefront script as the WordPress plugin uses it: served by the shop itself, told by marks on the place, asking for consent."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import answer_with
from tests.browser.storefront import Storefront
from tests.browser.test_widget import clicks_of, visit, visit_widget

pytestmark = pytest.mark.xdist_group("browser")


def _query(storefront: Storefront, placement: str = "similar", **marks: str) -> str:
    known = {"store": storefront.key, "api": f"{storefront.api_url}/widgets/v1/", "product": "11"}
    written = " ".join(f'data-{name}="{value}"' for name, value in {**known, **marks}.items())
    return "?tall=1&plugin=1&places=" + quote(f'<div data-luxebrain-placement="{placement}" {written}></div>')


def test_a_shop_that_serves_the_script_itself_says_on_the_place_whom_to_ask(page: Page, storefront: Storefront) -> None:
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "luxebrain.js" in request.url else None)

    seen = visit_widget(page, storefront, _query(storefront))

    assert seen.cards == 4
    assert seen.layout_shift() == 0
    assert asked == [f"{storefront.url}/plugins/luxebrain.js"]


def test_an_address_that_is_none_leaves_the_page_as_if_we_were_not_there(page: Page, storefront: Storefront) -> None:
    seen = visit(page, storefront, _query(storefront, api="//"))
    page.locator("footer").scroll_into_view_if_needed()
    page.wait_for_timeout(500)

    assert (seen.cards, seen.errors, seen.layout_shift()) == (0, [], 0)
    assert not page.locator("luxebrain-widget .picture").first.is_visible()


def test_a_place_s_own_heading_is_shown_as_text(page: Page, storefront: Storefront) -> None:
    visit_widget(page, storefront, _query(storefront, title="Mine &amp; &lt;b&gt;yours&lt;/b&gt;"))

    assert page.locator("luxebrain-widget [part=heading]").all_inner_texts() == ["Mine & <b>yours</b>"]


@pytest.mark.parametrize(("strategy", "heading"), [("collaborative", "Bought with this"), ("content", "You may also like")])
def test_a_heading_does_not_call_bought_together_what_was_not(page: Page, storefront: Storefront, strategy: str, heading: str) -> None:
    items = [{"product_id": id, "title": f"Present {id}", "url": f"{storefront.url}/product/{id}", "price": "1.00"} for id in range(4)]
    said = {"recommendation_id": "r", "placement": "bought_together", "strategy": strategy, "title": "You may also like", "items": items}
    answer_with(page, json.dumps(said))

    visit_widget(page, storefront, _query(storefront, "bought_together", title="Bought with this"))

    assert page.locator("luxebrain-widget [part=heading]").all_inner_texts() == [heading]


@pytest.mark.parametrize(("agreed", "remembered"), [([], 0), (["functional"], 0), (["statistics"], 1), (["marketing"], 1)])
def test_with_a_consent_api_a_click_is_remembered_only_with_consent(
    page: Page, visitor: BrowserContext, storefront: Storefront, agreed: list[str], remembered: int
) -> None:
    visitor.add_init_script(f"window.wp_has_consent = (purpose) => {json.dumps(agreed)}.includes(purpose);")
    visit_widget(page, storefront, _query(storefront))

    page.get_by_role("listitem").first.get_by_role("link").dispatch_event("auxclick")

    assert len(clicks_of(visitor)) == remembered


@pytest.mark.parametrize(("marks", "loads"), [({}, 2), ({"order": "484"}, 1)], ids=["cart", "thank-you page"])
def test_adding_something_reloads_the_cart_and_never_the_thank_you_page(
    page: Page, storefront: Storefront, marks: dict[str, str], loads: int
) -> None:
    loaded = []
    page.on("load", lambda _: loaded.append(1))
    visit_widget(page, storefront, _query(storefront, "cart", cart="11", **marks))

    page.get_by_role("button", name="Add to cart").first.click()
    page.wait_for_timeout(1500)

    assert len(loaded) == loads
    assert len(storefront.added) == 1
