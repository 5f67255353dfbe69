"""What each place shows: what suits the shopper, what goes together, at the store's own prices and in the page's language."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.catalog import Variant
from luxebrain.services import snapshots
from luxebrain.widgets.snapshot import shelf
from tests.browser.storefront import SIMILAR, Storefront
from tests.browser.test_widget import visit_widget
from tests.chromium import axe_source
from tests.widgets.made import NOW

pytestmark = pytest.mark.xdist_group("browser")
CARDS = "luxebrain-widget li[part=card]"
TOGETHER = '<div data-luxebrain-placement="bought_together" data-product="11"></div>'


def place(placement: str, **marks: str) -> str:
    return f'<div data-luxebrain-placement="{placement}" {" ".join(f"data-{name}={value!r}" for name, value in marks.items())}></div>'


def at(*places: str, **more: str) -> str:
    return f"?tall=1&places={quote(''.join(places))}" + "".join(f"&{name}={value}" for name, value in more.items())


def shown(page: Page) -> list[int]:
    links = page.locator("luxebrain-widget [part=link]").evaluate_all("links => links.map((link) => link.href)")
    return [int(link.rpartition("/")[2]) for link in links]


def look_at(page: Page, storefront: Storefront, *products: int, consent: str = "session") -> None:
    for product in products:
        page.goto(f"{storefront.url}/{at(place('similar', product=str(product), consent=consent))}", wait_until="load")


def test_what_was_looked_at_is_shown_again_latest_first_and_not_the_page_s_own(page: Page, storefront: Storefront) -> None:
    look_at(page, storefront, 21, 31, 12)

    visit_widget(page, storefront, at(place("recently_viewed", product="12")))

    assert shown(page) == [31, 21]


def test_what_suits_the_shopper_starts_from_what_was_looked_at_and_is_asked_with_it(page: Page, storefront: Storefront) -> None:
    look_at(page, storefront, 21)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "placement=for_you" in request.url else None)

    visit_widget(page, storefront, at(place("for_you")))

    assert parse_qs(urlsplit(asked[0]).query)["seen"] == ["21"]
    assert 21 not in shown(page)
    assert len(shown(page)) == 4


@pytest.mark.parametrize("consent", ["none", "session", "customer"])
def test_a_shopper_is_remembered_as_far_as_they_agreed(page: Page, storefront: Storefront, consent: str) -> None:
    look_at(page, storefront, 21, consent=consent)

    kept = page.evaluate("[sessionStorage.getItem('luxebrain:seen'), localStorage.getItem('luxebrain:seen')]")

    assert kept == {"none": [None, None], "session": ["[21]", None], "customer": [None, "[21]"]}[consent]


def test_a_known_customer_s_orders_count_where_they_agreed(page: Page, storefront: Storefront) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "placement=for_you" in request.url else None)

    visit_widget(page, storefront, at(place("for_you", bought="41,42", consent="customer")))
    visit_widget(page, storefront, at(place("for_you", bought="41,42", consent="session")))

    assert list(dict.fromkeys(parse_qs(urlsplit(url).query).get("seen", [""])[0] for url in asked)) == ["41,42", ""]


def test_the_page_speaks_its_own_language(page: Page, storefront: Storefront) -> None:
    visit_widget(page, storefront, at(SIMILAR, lang="de"))

    assert page.get_by_role("button", name="In den Warenkorb").count() == 4
    assert page.locator("luxebrain-widget [part=price]").first.inner_text().replace("\xa0", " ").endswith("12,50 £")


@pytest.mark.parametrize("width", [390, 1280])
def test_from_right_to_left_the_first_product_is_on_the_right_and_axe_finds_nothing(page: Page, storefront: Storefront, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    visit_widget(page, storefront, at(SIMILAR, lang="ar"))

    first, second = (page.locator(CARDS).nth(n).bounding_box() for n in range(2))
    assert first is not None
    assert second is not None
    assert first["x"] > second["x"]
    page.evaluate(axe_source())
    assert page.evaluate("axe.run('[data-luxebrain-placement]').then((found) => found.violations.map((each) => each.id))") == []


def test_all_that_is_bought_together_is_added_with_one_button(page: Page, storefront: Storefront) -> None:
    visit_widget(page, storefront, at(TOGETHER))
    offered = shown(page)

    page.get_by_role("button", name=f"Add all {len(offered)} to cart").click()
    page.get_by_role("status").get_by_text("products are in your cart").wait_for()

    assert storefront.added == offered


def test_of_several_variants_the_shopper_s_choice_is_added(app: Flask, page: Page, storefront: Storefront) -> None:
    with app.app_context():
        _give_a_choice(storefront, 12)
    visit_widget(page, storefront, at(TOGETHER))
    storefront.sold = {1202: ("1800", True)}
    card = page.locator(CARDS).filter(has=page.locator("select"))
    offered = len(shown(page))

    card.locator("select").select_option(label="Large")
    card.get_by_text("£18.00").wait_for()
    assert page.get_by_role("button", name=f"Add all {offered} to cart: £{18 + 10 * (offered - 1)}.00").count() == 1
    card.get_by_role("button").click()
    page.get_by_role("status").get_by_text("is in your cart").wait_for()

    assert storefront.added == [1202]
    page.evaluate(axe_source())
    assert page.evaluate("axe.run('[data-luxebrain-placement]').then((found) => found.violations.map((each) => each.id))") == []


def _give_a_choice(storefront: Storefront, product_id: int) -> None:
    with transaction(shelf.get(storefront.key).store_id):
        small = session.query(Variant).filter_by(product_id=product_id).one()
        small.title = "Small"
        facts = {"sku": "", "price": small.price, "is_in_stock": True, "image_url": "", "modified_at": NOW}
        session.add(Variant(id=1202, product_id=product_id, title="Large", **facts))
        snapshots.mark_changed()
    shelf.refresh()


def test_prices_are_what_this_shopper_would_pay(page: Page, storefront: Storefront) -> None:
    storefront.sold = {12: ("1499", True), 21: ("999", False)}

    visit_widget(page, storefront)

    prices = page.locator("luxebrain-widget [part=price]").all_inner_texts()
    assert "£14.99" in prices[0]
    assert 21 not in shown(page)


def test_a_price_that_changed_meanwhile_is_said_before_anything_is_added(page: Page, storefront: Storefront) -> None:
    storefront.sold = {12: ("1000", True)}
    visit_widget(page, storefront)
    storefront.sold = {12: ("1750", True)}
    button = page.get_by_role("button", name="Add to cart").first

    button.click()
    page.get_by_role("status").get_by_text("costs £17.50 now").wait_for()
    nothing_yet = list(storefront.added)
    button.click()
    page.get_by_role("status").get_by_text("is in your cart").wait_for()

    assert nothing_yet == []
    assert storefront.added == [12]


def test_what_sold_out_meanwhile_is_not_added(page: Page, storefront: Storefront) -> None:
    visit_widget(page, storefront)
    storefront.sold = {12: ("1000", False)}

    page.get_by_role("button", name="Add to cart").first.click()
    page.get_by_role("status").get_by_text("has just sold out").wait_for()

    assert page.get_by_role("button", name="Sold out").count() == 1
    assert storefront.added == []


@pytest.mark.parametrize("odd", ["null", "{}", '{"prices": {}}', "[]"])
def test_a_store_that_says_nothing_of_a_product_has_not_sold_it_out(page: Page, storefront: Storefront, odd: str) -> None:
    page.route("**/wc/store/v1/products/*", lambda route: route.fulfill(body=odd, content_type="application/json"))
    visit_widget(page, storefront)

    page.get_by_role("button", name="Add to cart").first.click()
    page.get_by_role("status").get_by_text("is in your cart").wait_for()

    assert storefront.added == [12]
