"""The lab's storefront over HTTP: a shopper can buy, names are escaped, what is sold out cannot be bought."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import requests

from lab.woocommerce import catalog
from lab.woocommerce.context import Options
from lab.woocommerce.documents import Document
from lab.woocommerce.pictures import draw_picture
from lab.woocommerce.server import LabServer

WHO = {
    "first_name": "Ada",
    "last_name": "Byron",
    "address_1": "1 Mill Road",
    "city": "Leeds",
    "postcode": "LS1 4CK",
    "email": "ada@example.com",
}


class Shop:
    """A running lab with a browser in front of it."""

    def __init__(self, lab: LabServer) -> None:
        self.lab, self.browser = lab, requests.Session()

    def add_product(self, name: str, **fields: object) -> Document:
        return catalog.create_product(
            self.lab.store, {"name": name, "regular_price": "4.95", "manage_stock": True, "stock_quantity": 9, **fields}
        )

    def get(self, path: str) -> requests.Response:
        return self.browser.get(self.lab.url + path, timeout=10)

    def post(self, path: str, **fields: object) -> requests.Response:
        return self.browser.post(self.lab.url + path, data=fields, timeout=10)

    def buy(self, product: Document, **fields: object) -> requests.Response:
        return self.post(f"/product/{product['slug']}/", **{"add-to-cart": product["id"], **fields})


@pytest.fixture
def shop() -> Iterator[Shop]:
    with LabServer(Options()) as lab:
        front = Shop(lab)
        yield front
        front.browser.close()


def test_shopper_can_buy_from_product_page_to_thank_you_page(shop: Shop) -> None:
    mug = shop.add_product("Plain Mug")
    other = shop.add_product("Other Mug")

    added = shop.buy(mug, quantity=2)
    thanks = shop.post("/checkout/", **WHO)

    (order,) = shop.lab.store.all("order")
    assert "in your basket" in added.text
    assert re.search(rf"/checkout/order-received/{order['id']}/\?key=wc_order_", thanks.url)
    assert "Thank you, Ada" in thanks.text
    assert (order["status"], order["billing"]["email"]) == ("processing", "ada@example.com")
    assert [(line["product_id"], line["quantity"]) for line in order["line_items"]] == [(mug["id"], 2)]
    assert shop.lab.store.product(mug["id"])["stock_quantity"] == 7
    assert shop.lab.store.product(other["id"])["stock_quantity"] == 9
    assert "empty" in shop.get("/cart/").text


def test_product_page_carries_woocommerce_marks_and_widget_places(shop: Shop) -> None:
    mug = shop.add_product("Plain Mug")

    page = shop.get(f"/product/{mug['slug']}/").text

    assert re.search(rf'<body class="[^"]*single-product postid-{mug["id"]}\b', page)
    assert re.search(rf'<button [^>]*name="add-to-cart" value="{mug["id"]}"', page)
    assert f'data-luxebrain-placement="similar" data-product="{mug["id"]}"' in page
    assert f'data-luxebrain-placement="bought_together" data-product="{mug["id"]}"' in page


def test_names_are_unescaped_once_and_escaped_for_output(shop: Shop) -> None:
    product = shop.add_product("Tom & Jerry <b>Mug</b> <script>alert(1)</script> 3 < 4")

    for path in (f"/product/{product['slug']}/", "/shop/", "/?s=jerry"):
        page = shop.get(path).text
        assert "Tom &amp; Jerry Mug" in page
        assert "<script" not in page
        assert "<b>" not in page
        assert "&amp;amp;" not in page


def test_search_words_are_escaped(shop: Shop) -> None:
    assert "<script>" not in shop.get("/?s=" + quote('"><script>alert(1)</script>')).text


def test_sold_out_product_shows_no_way_to_buy_it_and_refuses_a_forged_post(shop: Shop) -> None:
    mug = shop.add_product("Plain Mug", stock_quantity=0)

    page = shop.get(f"/product/{mug['slug']}/").text
    forged = shop.buy(mug)

    assert "Sold out" in page
    assert re.search(r'<button [^>]*name="add-to-cart"[^>]* disabled', page)
    assert forged.status_code == 400
    assert "out of stock" in forged.text
    assert "empty" in shop.get("/cart/").text


def test_more_than_is_in_stock_is_refused_in_words(shop: Shop) -> None:
    mug = shop.add_product("Plain Mug", stock_quantity=3)

    refused = shop.buy(mug, quantity=4)

    assert refused.status_code == 400
    assert "not enough stock (3 remaining)" in refused.text


def test_variation_is_chosen_by_its_number_and_a_variable_product_alone_is_refused(shop: Shop) -> None:
    attribute = {"name": "Colour", "variation": True, "options": ["Red", "Blue"]}
    clock = shop.add_product("Clock", type="variable", manage_stock=False, attributes=[attribute])
    red, _ = [
        catalog.create_variation(shop.lab.store, clock, {"regular_price": price, "attributes": [{"name": "Colour", "option": colour}]})
        for colour, price in (("Red", "3.75"), ("Blue", "4.25"))
    ]

    undecided = shop.buy(clock)
    shop.buy(clock, variation_id=red["id"])
    basket = shop.get("/cart/").text

    assert undecided.status_code == 400
    assert "choose an option" in undecided.text
    assert "Clock - Red" in basket
    assert f'data-luxebrain-placement="cart" data-cart="{clock["id"]}"' in basket
    assert "£3.75 – £4.25" in shop.get("/shop/").text


def test_sale_price_is_shown_beside_the_struck_through_price(shop: Shop) -> None:
    mug = shop.add_product("Plain Mug", sale_price="3.50")

    page = shop.get(f"/product/{mug['slug']}/").text

    assert re.search(r"<del>.*£4\.95</del>\s*<ins>.*£3\.50</ins>", page)


def test_html_basket_and_store_api_cart_are_the_same(shop: Shop) -> None:
    mug, plate = shop.add_product("Plain Mug"), shop.add_product("Plain Plate")
    api = f"{shop.lab.url}/wp-json/wc/store/v1/cart"
    shop.buy(mug)

    nonce = shop.browser.get(api, timeout=10).headers["Nonce"]
    shop.browser.post(f"{api}/add-item", json={"id": plate["id"], "quantity": 1}, headers={"Nonce": nonce}, timeout=10)

    assert {"Plain Mug", "Plain Plate"} <= set(re.findall(r"Plain \w+", shop.get("/cart/").text))


def test_quantities_change_and_lines_go(shop: Shop) -> None:
    mug = shop.add_product("Plain Mug")
    key = re.findall(r'name="quantity-(\w+)"', shop.buy(mug).text + shop.get("/cart/").text)[0]

    assert "£14.85" in shop.post("/cart/", **{f"quantity-{key}": 3}).text
    assert "empty" in shop.post("/cart/", remove=key).text


def test_checkout_says_what_is_missing_and_keeps_what_was_typed(shop: Shop) -> None:
    shop.buy(shop.add_product("Plain Mug"))

    answer = shop.post("/checkout/", **WHO | {"email": "nonsense", "city": ""})

    assert answer.status_code == 400
    assert 'id="email-problem"' in answer.text
    assert 'id="city-problem"' in answer.text
    assert 'value="1 Mill Road"' in answer.text
    assert not shop.lab.store.all("order")


@pytest.mark.parametrize(
    ("cookie", "kept"),
    [('{"click": "k-1", "recommendation": "r-1"}', True), ("no json", False), (json.dumps({"click": "x" * 3000}), False)],
)
def test_luxebrain_cookie_travels_with_the_order_when_it_is_small_json(shop: Shop, cookie: str, kept: bool) -> None:
    shop.buy(shop.add_product("Plain Mug"))
    shop.browser.cookies.set("luxebrain", quote(cookie))

    shop.post("/checkout/", **WHO)

    (order,) = shop.lab.store.all("order")
    assert {meta["key"]: meta["value"] for meta in order["meta_data"]} == ({"_luxebrain": cookie} if kept else {})


def test_theme_header_goes_into_every_page_unchanged(shop: Shop) -> None:
    tag = '<script async src="https://app.example.com/widgets/v1/luxebrain.js" data-store="pk_1"></script>'

    shop.post("/lab/theme", head_html=tag)

    for path in ("/", "/shop/", "/cart/", "/nowhere/"):
        assert f"{tag}\n</head>" in shop.get(path).text


def test_thank_you_page_needs_the_order_key(shop: Shop) -> None:
    shop.buy(shop.add_product("Plain Mug"))
    thanks = shop.post("/checkout/", **WHO).url

    assert shop.get(thanks.removeprefix(shop.lab.url).partition("?")[0] + "?key=guess").status_code == 404


def test_unknown_and_draft_pages_answer_404_with_the_shop_around_them(shop: Shop) -> None:
    draft = shop.add_product("Secret Mug", status="draft", slug="secret-mug")

    for path in ("/nowhere/", f"/product/{draft['slug']}/", "/product-category/none/", "/lab/pictures/99999.svg"):
        answer = shop.get(path)
        assert answer.status_code == 404
        assert "That shelf is empty" in answer.text


def test_pictures_are_valid_svg_the_same_every_time_and_different_by_product() -> None:
    names = ["Red Retrospot Mug", "Blue Polkadot Mug", "Gin &amp; Tonic <em>Metal</em> Sign", "Something Nobody Thought Of"]

    drawn = [draw_picture(number, name) for number, name in enumerate(names, start=1)]
    draw_picture.cache_clear()

    assert [draw_picture(number, name) for number, name in enumerate(names, start=1)] == drawn
    assert len(set(drawn)) == len(names)
    for picture in drawn:
        assert ET.fromstring(picture).get("viewBox") == "0 0 400 500"
