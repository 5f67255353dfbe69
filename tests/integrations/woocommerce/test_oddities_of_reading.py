"""What a real store does that nobody would expect, and that reading it has to cope with. Each was seen on WooCommerce 9.9.5."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lab.woocommerce import catalog
from lab.woocommerce.server import LabServer
from luxebrain.errors import Rejected, Unavailable
from luxebrain.integrations.platform import Entity, OrderRecord, OrderStatus, Platform, ProductRecord, ProductStatus
from luxebrain.integrations.woocommerce.client import WooClient
from luxebrain.integrations.woocommerce.records import read_row
from tests.integrations.captured import answer
from tests.integrations.platform_contract import read_all, records
from tests.integrations.woocommerce.shop import WooShop


def test_error_may_carry_a_bare_number_for_its_data(client: WooClient, shop: WooShop) -> None:
    """A refund of too much is a 500 with {"data": 500} where others have {"data": {"status": …}}."""
    order = shop.make_order(shop.make_product())

    with pytest.raises(Unavailable, match="Invalid refund amount"):
        client.post(f"orders/{order}/refunds", {"amount": "9999", "api_refund": False})


def test_prices_are_texts_that_are_not_padded(shop: WooShop, platform: Platform) -> None:
    written = ["5", "9.99", "13.2"]
    products = [platform.read_one(Entity.PRODUCTS, shop.make_product(regular_price=price)) for price in written]

    assert [product.variants[0].price for product in products if isinstance(product, ProductRecord)] == [
        Decimal(price) for price in written
    ]


def test_list_of_products_holds_every_status_but_the_trash(client: WooClient, shop: WooShop, platform: Platform) -> None:
    ids = [shop.make_product(status=status) for status in ("publish", "draft", "private", "pending")]
    shop.trash_product(shop.make_product())

    read = platform.read_page(Entity.PRODUCTS).records

    assert {record.id: record.status for record in read if isinstance(record, ProductRecord)} == dict(
        zip(ids, (ProductStatus.ACTIVE, ProductStatus.DRAFT, ProductStatus.HIDDEN, ProductStatus.DRAFT), strict=True)
    )


def test_page_past_the_end_is_empty_and_still_knows_the_total(client: WooClient, shop: WooShop) -> None:
    shop.make_products(3)

    past = client.get_page("products", {}, page=9)

    assert (past.rows, past.total) == ([], 3)


@pytest.mark.parametrize("offset_hours", [-11.0, -5.0, 0.0, 1.0, 5.5, 14.0])
def test_what_changed_is_found_whatever_the_time_zone_of_the_site(
    platform: Platform, shop: WooShop, lab: LabServer, offset_hours: float
) -> None:
    """A time without "Z" is the site's own unless dates_are_gmt is sent, and with both the store shifts it twice."""
    lab.store.settings = replace(lab.store.settings, gmt_offset_hours=offset_hours)
    changed, _unchanged = shop.make_products(2)
    since = shop.later()
    shop.rename_product(changed, "New name")
    shop.later()

    assert [record.id for record in platform.read_page(Entity.PRODUCTS, since=since).records] == [changed]
    assert platform.read_page(Entity.PRODUCTS, since=lab.store.now()).records == ()


def test_orders_that_changed_are_found_by_the_same_form_of_time(platform: Platform, shop: WooShop, client: WooClient) -> None:
    product = shop.make_product()
    changed, _unchanged = shop.make_order(product), shop.make_order(product)
    since = shop.later()

    client.post(f"orders/{changed}", {"status": "completed"})

    assert [record.id for record in platform.read_page(Entity.ORDERS, since=since).records] == [changed]


def test_dates_of_pictures_are_hours_off_and_not_read() -> None:
    """In one recording the picture's own UTC date was wrong too."""
    payload = answer("product_simple")
    (picture,) = payload["images"]
    moved = payload | {"images": [picture | {"date_created": "1999-01-01T00:00:00", "date_modified_gmt": "never"}]}

    assert picture["date_created"] != payload["date_created"]
    assert read_row(Entity.PRODUCTS, moved) == read_row(Entity.PRODUCTS, payload)


def test_change_is_found_in_drafts_and_never_in_what_is_trashed_or_gone(platform: Platform, shop: WooShop) -> None:
    """There is no tombstone: only a comparison of all ids finds those."""
    draft, trashed, gone = (shop.make_product(status=status) for status in ("draft", "publish", "publish"))
    since = shop.later()

    shop.rename_product(draft, "New name")
    shop.trash_product(trashed)
    shop.delete_product(gone)

    assert [record.id for record in platform.read_page(Entity.PRODUCTS, since=since).records] == [draft]
    assert list(platform.read_index(Entity.PRODUCTS).rows) == [draft]


def test_category_that_is_renamed_moves_no_date_and_is_found_all_the_same(platform: Platform, shop: WooShop, client: WooClient) -> None:
    category = client.post("products/categories", {"name": "Mugs"})["id"]
    shop.make_product(categories=[{"id": category}])
    since = shop.later()

    client.post(f"products/categories/{category}", {"name": "Cups &amp; mugs"})

    assert platform.read_page(Entity.PRODUCTS, since=since).records == ()
    named = {record.id: getattr(record, "title", "") for record in platform.read_page(Entity.COLLECTIONS, since=since).records}
    assert named[category] == "Cups & mugs"


def test_refund_moves_the_date_of_its_order(platform: Platform, shop: WooShop, client: WooClient) -> None:
    order = shop.make_order(shop.make_product())
    since = shop.later()

    client.post(f"orders/{order}/refunds", {"amount": "2.50", "api_refund": False})

    (read,) = platform.read_page(Entity.ORDERS, since=since).records
    assert isinstance(read, OrderRecord)
    assert ([refund.amount for refund in read.refunds], read.status) == ([Decimal("2.50")], OrderStatus.PAID)


def test_variable_product_says_no_regular_price_and_the_lowest_price_of_its_variations(
    client: WooClient, shop: WooShop, platform: Platform
) -> None:
    product, _ = shop.make_variable_product(["7.00", "6.00"])

    told = client.get(f"products/{product}")
    read = platform.read_one(Entity.PRODUCTS, product)

    assert (told["regular_price"], told["sale_price"], told["price"]) == ("", "", "6.00")
    assert isinstance(read, ProductRecord)
    assert [variant.price for variant in read.variants] == [Decimal("7.00"), Decimal("6.00")]


def test_variations_of_all_products_together_cannot_be_asked_for(client: WooClient) -> None:
    with pytest.raises(Rejected) as refusal:
        client.get("products/variations")

    assert refusal.value.status == 404


def test_variation_answers_as_a_product_and_is_none(platform: Platform, shop: WooShop) -> None:
    _, (variation, _) = shop.make_variable_product(["1.00", "2.00"])

    assert platform.read_one(Entity.PRODUCTS, variation) is None


def test_sale_that_is_planned_is_not_charged_yet(shop: WooShop, platform: Platform) -> None:
    planned = {"regular_price": "30.00", "sale_price": "21.00", "date_on_sale_from": "2090-01-01T00:00:00"}
    product = platform.read_one(Entity.PRODUCTS, shop.make_product(**planned))

    assert isinstance(product, ProductRecord)
    assert (product.variants[0].price, product.variants[0].compare_at_price) == (Decimal("30.00"), None)


def test_sale_that_is_over_is_charged_until_the_daily_job_comes_by(shop: WooShop, platform: Platform, lab: LabServer) -> None:
    ends = f"{datetime(2090, 1, 1, tzinfo=UTC):%Y-%m-%dT%H:%M:%S}"
    id = shop.make_product(regular_price="30.00", sale_price="21.00", date_on_sale_to=ends)
    lab.store.advance(80 * 366 * 24 * 3600)
    before = platform.read_one(Entity.PRODUCTS, id)
    lab.store.run_daily_cron()
    after = platform.read_one(Entity.PRODUCTS, id)

    assert [product.variants[0].price for product in (before, after) if isinstance(product, ProductRecord)] == [21, 30]


def test_customers_know_no_date_to_ask_by_and_are_read_in_full(platform: Platform, client: WooClient, shop: WooShop) -> None:
    """Their list refuses orderby=modified, and what it makes of modified_after nobody knows."""
    old = client.post("customers", {"email": "old@shop.example"})["id"]
    shop.later()
    since = shop.later()
    new = client.post("customers", {"email": "new@shop.example"})["id"]

    with pytest.raises(Rejected):
        client.get_page("customers", {"orderby": "modified"})
    assert {new, old} <= {record.id for record in records(read_all(platform, Entity.CUSTOMERS))}
    assert [record.id for record in platform.read_page(Entity.CUSTOMERS, since=since).records] == [new]


def test_guest_is_in_no_list_of_customers(platform: Platform, shop: WooShop) -> None:
    order = platform.read_one(Entity.ORDERS, shop.make_order(shop.make_product(), billing={"email": "guest@shop.example"}))

    assert isinstance(order, OrderRecord)
    assert (order.customer_id, order.email) == (None, "guest@shop.example")
    assert "guest@shop.example" not in [getattr(record, "email", "") for record in platform.read_page(Entity.CUSTOMERS).records]


def test_coupon_typed_in_other_letters_reads_as_no_discount_and_lowers_the_lines_all_the_same() -> None:
    """coupon_lines then says "discount": "0", though "discount_total" is right."""
    payload = answer("order_from_block_checkout")
    order = read_row(Entity.ORDERS, payload)

    assert (payload["coupon_lines"][0]["discount"], payload["discount_total"]) == ("0", "2.90")
    assert isinstance(order, OrderRecord)
    assert sum(line.total for line in order.lines) == Decimal("29.00") - Decimal("2.90") == order.total
    assert (order.discount, order.coupon_codes) == (Decimal("2.90"), ("save10",))


def test_numbers_texts_and_nulls_stand_for_one_another_in_order_lines() -> None:
    """`price` is a number where other money is text, a picture's id is a text or a number, sku and parent_name may be null."""
    payload = answer("order_with_coupon")
    first, second = payload["line_items"]
    assert isinstance(first["price"], float)
    assert {type(line["image"]["id"]) for line in (first, second)} == {str, int}

    order = read_row(Entity.ORDERS, payload | {"line_items": [first | {"sku": None, "parent_name": None, "image": None}, second]})

    assert isinstance(order, OrderRecord)
    assert [(line.sku, line.total) for line in order.lines] == [("", Decimal("11.25")), (second["sku"], Decimal("36.00"))]


def test_order_for_a_product_that_never_was_is_taken_by_the_store_and_read(platform: Platform, shop: WooShop) -> None:
    order = platform.read_one(Entity.ORDERS, shop.make_order(987_654))

    assert isinstance(order, OrderRecord)
    assert [line.product_id for line in order.lines] == [None]


def test_product_made_by_another_program_may_have_no_date_of_its_making(lab: LabServer, platform: Platform) -> None:
    """WordPress gives a draft none."""
    draft = catalog.create_product(lab.store, {"name": "Draft", "status": "draft"})
    lab.store.put("product", draft | {"date_created_gmt": None})

    product = platform.read_one(Entity.PRODUCTS, draft["id"])

    assert isinstance(product, ProductRecord)
    assert product.created_at == product.modified_at
