"""WooCommerce keeps the Platform contract, and what only it does."""

from __future__ import annotations

import time
from decimal import Decimal
from threading import Lock

import pytest
from werkzeug.wrappers import Request, Response

from lab.woocommerce.faults import FaultRule
from lab.woocommerce.server import LabServer
from luxebrain.errors import Unavailable
from luxebrain.integrations.http import Http
from luxebrain.integrations.pace import MOST_AT_ONCE
from luxebrain.integrations.platform import Credentials, Entity, OrderRecord, Platform
from luxebrain.integrations.registry import open_platform
from luxebrain.integrations.woocommerce.client import WooClient
from luxebrain.integrations.woocommerce.platform import Cursor, _timezone
from tests.integrations.platform_contract import PlatformContract, push
from tests.integrations.platform_contract import Shop as ContractShop
from tests.integrations.woocommerce.lies import Lies, data, product
from tests.integrations.woocommerce.shop import WooShop


class TestWooCommerce(PlatformContract):
    @pytest.fixture
    def platform(self, credentials: Credentials, http: Http) -> Platform:
        return open_platform("woocommerce", credentials, http)

    @pytest.fixture
    def shop(self, client: WooClient, lab: LabServer) -> ContractShop:
        return WooShop(client, lab)


def test_newest_orders_come_first(platform: Platform, shop: WooShop) -> None:
    product = shop.make_product()
    orders = [shop.make_order(product) for _ in range(3)]

    assert [record.id for record in platform.read_page(Entity.ORDERS).records] == orders[::-1]


def test_trashed_product_is_gone(platform: Platform, shop: WooShop) -> None:
    product = shop.make_product()

    shop.trash_product(product)

    assert platform.read_one(Entity.PRODUCTS, product) is None
    assert platform.read_page(Entity.PRODUCTS).records == ()


def test_clicks_travel_with_the_order(platform: Platform, shop: WooShop) -> None:
    meta = [{"key": "_luxebrain", "value": '[{"click_id": "c1", "product_id": 5}]'}]

    order = platform.read_one(Entity.ORDERS, shop.make_order(shop.make_product(), meta_data=meta))

    assert isinstance(order, OrderRecord)
    assert order.clicks == ({"click_id": "c1", "product_id": 5},)


def test_product_with_more_variations_than_a_page_is_complete(platform: Platform, shop: WooShop, client: WooClient) -> None:
    product, _ = shop.make_variable_product(["1.00"])
    for start in (0, 60):
        create = [{"regular_price": "2.00", "attributes": []} for _ in range(start, start + 60)]
        client.post(f"products/{product}/variations/batch", {"create": create})

    (record,) = platform.read_page(Entity.PRODUCTS).records

    assert len(getattr(record, "variants", ())) == 121


def test_change_of_a_variation_is_found_by_its_time(platform: Platform, shop: WooShop, client: WooClient) -> None:
    product, (variation, _) = shop.make_variable_product(["1.00", "2.00"])
    shop.make_product()
    since = shop.later()

    client.post(f"products/{product}/variations/{variation}", {"regular_price": "1.50"})

    assert [record.id for record in platform.read_page(Entity.PRODUCTS, since=since).records] == [product]


def test_price_that_is_none_is_refused_before_anything_is_sent(platform: Platform, shop: WooShop) -> None:
    product, other = shop.make_products(2)

    with pytest.raises(ValueError, match="no price"):
        platform.push_prices([push(product, product, "9.00"), push(other, other, "-1")])

    assert platform.read_prices([(product, product)])[0].price == 10


def test_a_sale_with_dates_is_left_alone_since_a_push_would_clear_them(client: WooClient, platform: Platform) -> None:
    on_sale = {"name": "Mug", "regular_price": "10.00", "sale_price": "8.00"}
    dated = client.post("products", on_sale | {"date_on_sale_to": "2099-01-01T00:00:00"})["id"]
    undated = client.post("products", on_sale)["id"]

    read = platform.read_prices([(dated, dated), (undated, undated)])

    assert "sale with dates" in read[0].error
    assert (read[1].error, read[1].price, read[1].compare_at_price) == ("", Decimal(8), Decimal(10))


def test_price_before_that_is_no_higher_is_left_out(platform: Platform, shop: WooShop) -> None:
    (product,) = shop.make_products(1)

    (state,) = platform.push_prices([push(product, product, "9.00", "9.00")])

    assert (state.price, state.compare_at_price, state.error) == (Decimal("9.00"), None, "")


def test_page_survives_a_store_that_stumbles(platform: Platform, shop: WooShop, lab: LabServer) -> None:
    product = shop.make_product()
    lab.lab.faults.add(FaultRule(path="/wp-json/wc/v3/products", times=2, status=503))

    assert [record.id for record in platform.read_page(Entity.PRODUCTS).records] == [product]


def test_maintenance_page_in_place_of_rows_is_unavailable(platform: Platform, lab: LabServer) -> None:
    lab.lab.faults.add(FaultRule(path="/wp-json/wc/v3/products", times=9, html=True))

    with pytest.raises(Unavailable):
        platform.read_page(Entity.PRODUCTS)


@pytest.mark.parametrize("lie", [[], {}, None, {"code": "€"}, {"code": 7}, {"code": ["GBP"]}, "GBP"])
def test_store_that_does_not_say_its_currency_is_not_connected_with_a_guess(platform: Platform, lab: LabServer, lie: object) -> None:
    Lies(lab).tell("data/currencies/current", lambda _request: data(lie))

    with pytest.raises(Unavailable, match="which currency"):
        platform.read_profile()


@pytest.mark.parametrize(
    ("named", "offset", "zone"),
    [
        ("Europe/London", "0", "Europe/London"),
        ("", "2", "Etc/GMT-2"),
        ("Middle/Earth", "2", "Etc/GMT-2"),
        ("../etc", "", "UTC"),
        ("Europe", "x", "UTC"),
        ("", "inf", "UTC"),
        ("", "nan", "UTC"),
    ],
)
def test_time_zone_that_nobody_knows_is_not_taken_over(named: str, offset: str, zone: str) -> None:
    assert _timezone({"timezone_string": named, "gmt_offset": offset}) == zone


@pytest.mark.parametrize(("slows", "least", "most"), [(False, MOST_AT_ONCE, MOST_AT_ONCE), (True, 1, 2)])
def test_variations_are_read_by_as_many_calls_at_once_as_the_store_bears(
    platform: Platform, lab: LabServer, shop: WooShop, slows: bool, least: int, most: int
) -> None:
    """A store that bears no two calls at once takes ten times as long over them; another takes as long as over one."""
    at_work: list[int] = []
    lock = Lock()
    seen: list[int] = []

    def answer(_request: Request) -> Response:
        with lock:
            at_work.append(1)
            seen.append(len(at_work))
        time.sleep(0.02)
        if slows and len(at_work) > 1:
            time.sleep(0.2)
        with lock:
            at_work.pop()
        return data([])

    lies = Lies(lab)
    lies.tell("products", lambda _request: data([product(id, type="variable") for id in range(1, 31)]))
    for id in range(1, 31):
        lies.tell(f"products/{id}/variations", answer)

    platform.read_page(Entity.PRODUCTS)

    assert len(seen) == 30
    assert least <= max(seen) <= most


def test_reading_that_was_begun_before_an_upgrade_goes_on_where_it_was() -> None:
    """Before, cursors did not say what the walk had cost."""
    assert Cursor.parse("3:120:450") == Cursor(3, 120, 450, spent=0)
    assert Cursor.parse(str(Cursor(3, 120, None, spent=7))) == Cursor(3, 120, None, spent=7)
