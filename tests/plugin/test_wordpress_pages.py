"""Where widgets stand in a real WordPress, in a block theme and a classic one; WooCommerce's hooks are fired by its stand-in."""

from __future__ import annotations

import pytest

from tests.plugin.shop import Shop, read_page
from tests.plugin.wordpress import Site

pytestmark = pytest.mark.usefixtures("theme")
SCRIPT = {"type": "module", "defer": None, "id": "luxebrain-js"}


def widget(placement: str, **marks: str) -> dict[str, str]:
    """As the settings have it from the beginning, a visit is remembered."""
    return {"placement": placement, "consent": "session", **marks}


def test_product_page_names_its_product_and_loads_the_one_script_once(site: Site, shop: Shop) -> None:
    shown = read_page(site.get("/product/mug/").text)

    assert shown.widgets == [
        widget("bought_together", product=str(shop.mug)),
        widget("similar", product=str(shop.mug)),
    ]
    (script,) = shown.scripts
    address = script.pop("src")
    assert script == SCRIPT
    assert str(address).startswith(f"{site.url}/wp-content/plugins/luxebrain/assets/luxebrain.js?ver=")
    assert site.get(str(address).removeprefix(site.url)).status_code == 200


@pytest.mark.parametrize("path", ["/cart/", "/classic-cart/"])
def test_both_carts_name_each_product_once_and_never_a_variation(site: Site, shop: Shop, path: str) -> None:
    shown = read_page(site.get(path, cookies=shop.basket).text)

    assert shown.widgets == [widget("cart", cart=shop.in_basket)]
    assert len(shown.scripts) == 1


def test_thank_you_page_names_the_order_and_what_was_bought_to_whoever_has_its_key(site: Site, shop: Shop) -> None:
    order = shop.order(checkout="classic")

    shown = read_page(site.get(f"/checkout/?order-received={order['id']}&key={order['key']}").text)
    guessed = read_page(site.get(f"/checkout/?order-received={order['id']}&key=wc_order_guessed").text)

    assert shown.widgets == [widget("thank_you", cart=shop.in_basket, order=str(order["id"]))]
    assert guessed.widgets == guessed.scripts == []


@pytest.mark.parametrize(
    ("path", "placements"),
    [
        ("/", ["for_you", "recently_viewed"]),
        ("/shop/", ["trending"]),
        ("/cart/", ["empty_cart"]),
        ("/classic-cart/", ["empty_cart"]),
        ("/no/such/page/", ["not_found"]),
        ("/?s=nothing&post_type=product", ["no_results"]),
    ],
)
def test_pages_without_a_product_have_what_suits_the_visitor(site: Site, shop: Shop, path: str, placements: list[str]) -> None:
    shown = read_page(site.get(path).text)

    assert shown.widgets == [widget(placement) for placement in placements]
    assert len(shown.scripts) == 1


def test_what_may_be_remembered_is_on_the_place_and_what_was_bought_only_for_customers_who_are_logged_in(site: Site, shop: Shop) -> None:
    site.php("update_option('luxebrain_settings', ['consent' => 'customer']); return true;")

    shown = read_page(site.get("/").text)

    assert [(each["consent"], "bought" in each) for each in shown.widgets] == [("customer", False)] * 2


def test_block_and_shortcode_stand_where_they_were_put(site: Site, shop: Shop) -> None:
    shown = read_page(site.get("/picks/", cookies=shop.basket).text)

    assert shown.widgets == [
        widget("bought_together", title="A & B"),
        widget("similar", product=str(shop.mug)),
        widget("cart", cart=shop.in_basket),
    ]


def test_a_page_without_a_place_has_nothing_of_ours(site: Site, shop: Shop) -> None:
    shown = read_page(site.get("/about/").text)

    assert shown.widgets == shown.scripts == []


def test_a_place_that_is_off_is_empty_and_a_heading_stays_text(site: Site, shop: Shop) -> None:
    places = "['product_together' => ['is_on' => false, 'title' => ''], 'product_similar' => ['is_on' => true, 'title' => '\"><b>Mine']]"
    site.php(f"update_option('luxebrain_settings', ['places' => {places}]); return true;")

    product = read_page(site.get("/product/mug/").text)
    home = read_page(site.get("/").text)

    assert product.widgets == [widget("similar", product=str(shop.mug), title='"><b>Mine')]
    assert home.widgets == []


def test_without_a_key_nothing_is_shown(site: Site, shop: Shop) -> None:
    filled_in = site.plugins / "luxebrain" / "defaults.json"
    before = filled_in.read_text()
    filled_in.write_text('{"address": "https://brain.example", "public_key": ""}')
    try:
        shown = read_page(site.get("/product/mug/").text)
    finally:
        filled_in.write_text(before)

    assert shown.widgets == shown.scripts == []
