"""What a real store does with the prices it is sent: takes nonsense with a 200, drops what it does not like, and says so nowhere.

Each was seen on WooCommerce 9.9.5.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from lab.woocommerce.server import LabServer
from luxebrain.errors import Rejected
from luxebrain.integrations.platform import Entity, Platform, ProductRecord
from luxebrain.integrations.woocommerce.client import WooClient
from tests.integrations.platform_contract import push
from tests.integrations.woocommerce.lies import Lies, data
from tests.integrations.woocommerce.shop import WooShop


def test_batch_stores_a_word_as_no_price_with_a_200(client: WooClient, shop: WooShop) -> None:
    """Alone, the same product is checked against its type; in a batch nothing is."""
    product = shop.make_product()

    (row,) = client.post("products/batch", {"update": [{"id": product, "regular_price": "abc"}]})["update"]

    assert (row["price"], row["purchasable"]) == ("", False)
    with pytest.raises(Rejected) as refusal:
        client.post(f"products/{product}", {"regular_price": 13.2})
    assert (refusal.value.status, refusal.value.code) == (400, "rest_invalid_param")


@pytest.mark.parametrize(("price", "written"), [("1E+2", "100"), ("0.10", "0.10"), ("13.2", "13.2"), ("1E-2", "0.01")])
def test_price_goes_out_as_a_plain_decimal_text(shop: WooShop, platform: Platform, lab: LabServer, price: str, written: str) -> None:
    (product,) = shop.make_products(1)

    (state,) = platform.push_prices([push(product, product, price)])

    assert (state.error, state.price) == ("", Decimal(price))
    assert lab.store.product(product)["regular_price"] == written


def test_item_that_fails_stands_in_its_place_in_a_batch_that_is_a_200(client: WooClient, shop: WooShop) -> None:
    product = shop.make_product()

    rows = client.post("products/batch", {"update": [{"id": 987_654, "regular_price": "1"}, {"id": product, "regular_price": "2"}]})[
        "update"
    ]

    assert [row.get("error", {}).get("data", {}).get("status") for row in rows] == [400, None]
    assert rows[1]["price"] == "2"


def test_batch_of_more_than_a_hundred_is_refused_whole(client: WooClient) -> None:
    with pytest.raises(Rejected) as refusal:
        client.post("products/batch", {"update": [{"id": id, "regular_price": "1"} for id in range(1, 102)]})

    assert refusal.value.status == 413


@pytest.mark.parametrize("before", ["9.00", "8.00"])
def test_sale_price_that_is_no_reduction_would_be_dropped_and_is_not_sent(shop: WooShop, platform: Platform, before: str) -> None:
    """The store answers 200 and goes on charging the regular price."""
    (product,) = shop.make_products(1)

    (state,) = platform.push_prices([push(product, product, "9.00", before)])

    assert (state.error, state.price, state.compare_at_price) == ("", Decimal("9.00"), None)


def test_sale_price_of_nought_reads_empty_and_is_charged(shop: WooShop, platform: Platform, lab: LabServer) -> None:
    """The store answers price "0" and sale_price ""."""
    (product,) = shop.make_products(1)
    stored = {"id": product, "price": "0", "regular_price": "10.00", "sale_price": "", "on_sale": True}
    Lies(lab).tell("products/batch", lambda _request: data({"update": [stored]}))

    (state,) = platform.push_prices([push(product, product, "0", "10.00")])

    assert (state.error, state.price, state.compare_at_price) == ("", Decimal(0), Decimal("10.00"))


@pytest.mark.parametrize(("written", "stored"), [("30.999", "30.999"), ("1,234.50", "1234.50")])
def test_decimals_are_not_rounded_and_commas_are_dropped(
    client: WooClient, shop: WooShop, platform: Platform, written: str, stored: str
) -> None:
    product = shop.make_product()
    client.post(f"products/{product}", {"regular_price": written})

    (state,) = platform.read_prices([(product, product)])

    assert (state.error, state.price) == ("", Decimal(stored))


def test_sale_that_was_taken_back_leaves_its_end_and_ours_does_not_inherit_it(
    client: WooClient, shop: WooShop, platform: Platform, lab: LabServer
) -> None:
    product = shop.make_product(sale_price="9.00", date_on_sale_to="2001-01-01T00:00:00")
    client.post(f"products/{product}", {"sale_price": ""})
    left_behind = lab.store.product(product)["date_on_sale_to_gmt"]

    (state,) = platform.push_prices([push(product, product, "8.00", "10.00")])

    assert left_behind
    assert (state.error, state.price, state.compare_at_price) == ("", Decimal("8.00"), Decimal("10.00"))
    assert lab.store.product(product)["date_on_sale_to_gmt"] is None


def test_price_of_a_variable_product_itself_is_taken_with_a_200_and_reported_as_not_kept(shop: WooShop, platform: Platform) -> None:
    product, _ = shop.make_variable_product(["5.00", "6.00"])

    (state,) = platform.push_prices([push(product, product, "4.00")])

    assert "The store keeps 5.00 instead of 4.00" in state.error


def test_charged_price_cannot_be_written_only_what_it_is_made_of(client: WooClient, shop: WooShop) -> None:
    product = shop.make_product()

    assert client.post(f"products/{product}", {"price": "1.00"})["price"] == "10.00"


def test_variation_in_a_batch_of_products_is_not_found(client: WooClient, shop: WooShop) -> None:
    _, (variation, _) = shop.make_variable_product(["5.00", "6.00"])

    (row,) = client.post("products/batch", {"update": [{"id": variation, "regular_price": "4.00"}]})["update"]

    assert (row["error"]["data"]["status"], "/products/" in row["error"]["message"]) == (404, True)


def test_deleting_without_force_is_the_trash_where_the_product_can_still_be_read(
    client: WooClient, shop: WooShop, platform: Platform
) -> None:
    product = shop.make_product()
    shop.trash_product(product)

    assert client.get(f"products/{product}")["status"] == "trash"
    assert platform.read_one(Entity.PRODUCTS, product) is None


def test_identical_price_is_written_again_and_moves_the_date(client: WooClient, shop: WooShop, platform: Platform) -> None:
    """Its delivery comes back to us as a change that changes nothing."""
    product = shop.make_product()
    before = platform.read_one(Entity.PRODUCTS, product)
    shop.later()

    platform.push_prices([push(product, product, "10.00")])

    after = platform.read_one(Entity.PRODUCTS, product)
    assert isinstance(before, ProductRecord)
    assert isinstance(after, ProductRecord)
    assert after.modified_at > before.modified_at
    assert [variant.price for variant in after.variants] == [variant.price for variant in before.variants]
