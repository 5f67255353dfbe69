"""What the plugin keeps on orders: clicks and a yes to marketing, at both checkouts, wherever WooCommerce keeps orders."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from luxebrain.integrations.woocommerce.clicks import read_clicks
from tests.plugin.shop import Shop
from tests.plugin.wordpress import Site

CLICK = {"click_id": "c0ffee0123456789", "recommendation_id": "r1", "placement": "similar", "product_id": 24, "at": 1764000000000}
OTHER = {**CLICK, "click_id": "beef", "product_id": 25}
WORDING = 'Yes, "write" to me & mine – €5 off'


def _cookie(value: Any) -> dict[str, str]:
    return {"luxebrain": quote(value if isinstance(value, str) else json.dumps(value))}


@pytest.fixture(params=["yes", "no"], ids=["order tables", "posts"])
def storage(request: pytest.FixtureRequest, site: Site) -> None:
    site.php(f"return update_option('stand_in_order_tables', '{request.param}');")


@pytest.fixture
def asks(site: Site) -> None:
    site.php(f"return update_option('luxebrain_settings', ['opt_in_is_on' => true, 'opt_in_text' => '{WORDING}']);")


@pytest.mark.usefixtures("storage")
@pytest.mark.parametrize("checkout", ["classic", "block"])
def test_clicks_are_on_the_order_as_luxebrain_reads_them(shop: Shop, checkout: str) -> None:
    clicked = shop.order(checkout=checkout, cookies=_cookie([CLICK, OTHER]))
    plain = shop.order(checkout=checkout)

    assert read_clicks(shop.meta(clicked, "_luxebrain")) == (CLICK, OTHER)
    assert shop.meta(plain, "_luxebrain") == ""


def test_a_shop_front_without_cookies_sends_clicks_with_the_store_api(shop: Shop) -> None:
    order = shop.order(checkout="block", extensions={"luxebrain": [CLICK]})

    assert read_clicks(shop.meta(order, "_luxebrain")) == (CLICK,)


@pytest.mark.parametrize(
    "value",
    ["{garbage", "7", '"text"', [], [7, None, "x", []], [{**CLICK, "product_id": "24"}], [{**CLICK, "placement": "<b>"}], "[" * 9000],
)
def test_garbage_in_the_cookie_neither_stops_an_order_nor_lands_on_it(shop: Shop, value: Any) -> None:
    order = shop.order(checkout="classic", cookies=_cookie(value))

    assert order["id"] > 0
    assert shop.meta(order, "_luxebrain") == ""


def test_of_a_click_only_its_known_fields_are_kept_and_of_many_the_latest(shop: Shop) -> None:
    many = [{**CLICK, "product_id": number, "x": "y" * 40} for number in range(1, 31)]

    order = shop.order(checkout="block", extensions={"luxebrain": many})

    kept = read_clicks(shop.meta(order, "_luxebrain"))
    assert [click["product_id"] for click in kept] == list(range(11, 31))
    assert all(click.keys() == CLICK.keys() for click in kept)


@pytest.mark.parametrize("checkout", ["classic", "block"])
@pytest.mark.parametrize(
    ("agreed", "is_kept"),
    [
        ({}, False),
        ({"wp_consent_functional": "allow"}, False),
        ({"wp_consent_statistics": "allow"}, True),
        ({"wp_consent_marketing": "allow"}, True),
    ],
)
def test_with_the_consent_api_clicks_are_kept_only_with_consent(
    site: Site, shop: Shop, checkout: str, agreed: dict[str, str], is_kept: bool
) -> None:
    site.php("return update_option('stand_in_consent_api', 1);")

    order = shop.order(checkout=checkout, cookies={**_cookie([CLICK]), **agreed})

    assert bool(shop.meta(order, "_luxebrain")) == is_kept


def test_the_consent_api_is_told_about_the_cookie(site: Site, shop: Shop) -> None:
    site.php("return update_option('stand_in_consent_api', 1);")

    site.get("/about/")

    assert site.php("return get_option('stand_in_cookie_info');")[:3] == ["luxebrain", "LuxeBrain", "statistics"]
    assert site.php("return apply_filters('wp_consent_api_registered_luxebrain/luxebrain.php', false);") is True


@pytest.mark.usefixtures("storage", "asks")
@pytest.mark.parametrize("checkout", ["classic", "block"])
def test_a_yes_is_kept_with_its_wording_and_time_and_a_no_leaves_nothing(shop: Shop, checkout: str) -> None:
    yes = shop.order(checkout=checkout, ticks=True)
    no = shop.order(checkout=checkout)

    record = json.loads(shop.meta(yes, "_luxebrain_marketing_opt_in"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record.pop("at"))
    assert record == {"given": True, "wording": WORDING, "checkout": checkout}
    assert shop.meta(no, "_luxebrain_marketing_opt_in") == ""


@pytest.mark.usefixtures("asks")
def test_the_box_is_shown_unticked_with_the_merchant_s_words(site: Site, shop: Shop) -> None:
    page = site.get("/checkout/").text
    field = site.php("return $GLOBALS['stand_in_additional_fields']['luxebrain/marketing-opt-in'];")

    assert '<input type="checkbox" name="luxebrain_marketing_opt_in"> Yes, &quot;write&quot; to me &amp; mine – €5 off<' in page
    assert (field["label"], field["location"], field["required"]) == (WORDING, "order", False)


@pytest.mark.parametrize("checkout", ["classic", "block"])
def test_a_shop_that_does_not_ask_keeps_no_answer(site: Site, shop: Shop, checkout: str) -> None:
    order = shop.order(checkout=checkout, ticks=True)

    assert shop.meta(order, "_luxebrain_marketing_opt_in") == ""
    assert "luxebrain_marketing_opt_in" not in site.get("/checkout/").text


@pytest.mark.usefixtures("storage", "asks")
def test_a_person_s_export_has_both_and_the_eraser_takes_the_clicks_only(site: Site, shop: Shop) -> None:
    hers = shop.order(checkout="classic", email="zoe@example.com", cookies=_cookie([CLICK]), ticks=True)
    other = shop.order(checkout="classic", cookies=_cookie([OTHER]))

    exported = site.php("return apply_filters('wp_privacy_personal_data_exporters', [])['luxebrain']['callback']('zoe@example.com', 1);")
    erased = site.php("return apply_filters('wp_privacy_personal_data_erasers', [])['luxebrain']['callback']('zoe@example.com', 1);")

    values = [line["value"] for group in exported["data"] if group["item_id"] == f"order-{hers['id']}" for line in group["data"]]
    assert json.loads(values[0]) == [CLICK]
    assert values[1].startswith(f"{WORDING} (")
    assert (erased["items_removed"], erased["items_retained"], erased["done"]) == (True, True, True)
    assert shop.meta(hers, "_luxebrain") == ""
    assert shop.meta(hers, "_luxebrain_marketing_opt_in") != ""
    assert read_clicks(shop.meta(other, "_luxebrain")) == (OTHER,)
