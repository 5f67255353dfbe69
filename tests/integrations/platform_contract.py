"""What every Platform must do, run against each over HTTP: subclass PlatformContract and give it the two fixtures.

`shop` is the merchant's side of the same store; `platform` is ours.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Protocol

import pytest

from luxebrain.integrations.platform import Entity, IndexPage, OrderRecord, Page, Platform, PricePush, ProductRecord, Record, Unsubscribed

HOOK, EARLIER = "http://127.0.0.1:9/webhooks/ours", "http://127.0.0.1:9/webhooks/ours-of-before"
OTHERS = "http://127.0.0.1:9/hooks-of-somebody-else"
NOWHERE = 987_654_321


class Shop(Protocol):
    """What a merchant does in the store."""

    def make_products(self, count: int) -> list[int]: ...

    def make_variable_product(self, prices: list[str]) -> tuple[int, list[int]]:
        """The product's id and its variants'."""

    def make_order(self, product_id: int) -> int: ...

    def rename_product(self, product_id: int, name: str) -> None: ...

    def delete_product(self, product_id: int) -> None: ...

    def later(self) -> datetime:
        """Lets a minute pass in the store; the time it is then."""

    def subscribed_topics(self, delivery_url: str) -> list[str]: ...


class PlatformContract:
    @pytest.fixture
    def platform(self) -> Platform:
        raise NotImplementedError("given by the subclass")

    @pytest.fixture
    def shop(self) -> Shop:
        raise NotImplementedError("given by the subclass")

    def test_profile_names_the_store_and_its_currency(self, platform: Platform) -> None:
        profile = platform.read_profile()

        assert profile.name
        assert len(profile.currency) == 3
        assert profile.timezone

    def test_every_product_comes_once_over_all_pages(self, platform: Platform, shop: Shop) -> None:
        ids = shop.make_products(205)

        pages = read_all(platform, Entity.PRODUCTS)

        assert sorted(record.id for record in records(pages)) == sorted(ids)
        assert [page.total for page in pages] == [205] * len(pages)
        assert max(len(page.records) for page in pages) <= 100

    def test_empty_entity_is_one_empty_page(self, platform: Platform) -> None:
        assert platform.read_page(Entity.ORDERS) == Page(records=(), bad_rows=(), cursor=None, total=0)

    def test_products_made_and_deleted_while_reading_lose_nothing_and_double_nothing(self, platform: Platform, shop: Shop) -> None:
        ids = shop.make_products(205)
        first = platform.read_page(Entity.PRODUCTS)

        gone = {record.id for record in first.records[:7]}
        for id in gone:
            shop.delete_product(id)
        shop.make_products(3)
        rest = read_all(platform, Entity.PRODUCTS, first.cursor)

        read = [record.id for record in [*first.records, *records(rest)]]
        assert len(read) == len(set(read))
        assert set(ids) <= set(read)

    def test_variants_are_complete_and_carry_their_prices(self, platform: Platform, shop: Shop) -> None:
        product_id, variant_ids = shop.make_variable_product(["5.00", "6.00", "7.00"])

        product = platform.read_one(Entity.PRODUCTS, product_id)

        assert isinstance(product, ProductRecord)
        assert {(variant.id, variant.price) for variant in product.variants} == set(
            zip(variant_ids, map(Decimal, ("5.00", "6.00", "7.00")), strict=True)
        )

    def test_only_what_changed_since_is_read(self, platform: Platform, shop: Shop) -> None:
        changed, *others = shop.make_products(3)
        since = shop.later()

        shop.rename_product(changed, "New name")
        page = platform.read_page(Entity.PRODUCTS, since=since)

        assert others
        assert [(record.id, getattr(record, "title", "")) for record in page.records] == [(changed, "New name")]

    def test_index_names_every_row_once_with_the_time_that_its_record_has(self, platform: Platform, shop: Shop) -> None:
        shop.make_products(205)

        pages = read_index(platform, Entity.PRODUCTS)

        truth = {
            record.id: record.modified_at for record in records(read_all(platform, Entity.PRODUCTS)) if isinstance(record, ProductRecord)
        }
        assert {id: listed.modified_at for page in pages for id, listed in page.rows.items()} == truth
        assert sum(len(page.rows) for page in pages) == 205

    def test_pages_of_an_index_speak_for_every_id_once(self, platform: Platform, shop: Shop) -> None:
        shop.make_products(205)

        pages = read_index(platform, Entity.PRODUCTS)

        assert pages[0].below_id is None
        assert pages[-1].lowest_id == 0
        assert [page.below_id for page in pages[1:]] == [page.lowest_id for page in pages[:-1]]
        for page in pages:
            assert all(page.lowest_id <= id and (page.below_id is None or id < page.below_id) for id in page.rows)

    def test_index_names_the_variants_of_a_product(self, platform: Platform, shop: Shop) -> None:
        product_id, variant_ids = shop.make_variable_product(["5.00", "6.00"])

        (page,) = read_index(platform, Entity.PRODUCTS)

        assert page.rows[product_id].part_ids == frozenset(variant_ids)

    def test_some_are_read_as_they_are_and_what_is_gone_is_left_out(self, platform: Platform, shop: Shop) -> None:
        kept, gone = shop.make_products(2)
        shop.delete_product(gone)

        page = platform.read_some(Entity.PRODUCTS, [gone, kept, NOWHERE])

        assert page.records == (platform.read_one(Entity.PRODUCTS, kept),)
        assert page.cursor is None

    def test_order_names_what_was_sold(self, platform: Platform, shop: Shop) -> None:
        (product_id,) = shop.make_products(1)

        order = platform.read_one(Entity.ORDERS, shop.make_order(product_id))

        assert isinstance(order, OrderRecord)
        assert [(line.product_id, line.quantity) for line in order.lines] == [(product_id, 1)]

    def test_row_that_is_gone_is_none(self, platform: Platform, shop: Shop) -> None:
        (product_id,) = shop.make_products(1)
        shop.delete_product(product_id)

        assert platform.read_one(Entity.PRODUCTS, product_id) is None
        assert platform.read_one(Entity.ORDERS, NOWHERE) is None

    def test_pushed_prices_are_stored_and_read_back_in_order(self, platform: Platform, shop: Shop) -> None:
        simple, other = shop.make_products(2)
        parent, (variant, _) = shop.make_variable_product(["5.00", "6.00"])
        pushes = [push(parent, variant, "4.50", "5.00"), push(other, other, "9.99"), push(simple, simple, "8.00", "10.00")]

        stored = platform.push_prices(pushes)

        assert [state.error for state in stored] == ["", "", ""]
        assert [(s.variant_id, s.price, s.compare_at_price) for s in stored] == [
            (p.variant_id, p.price, p.compare_at_price) for p in pushes
        ]
        assert platform.read_prices([(p.product_id, p.variant_id) for p in pushes]) == stored

    def test_price_without_a_reduction_ends_the_one_before(self, platform: Platform, shop: Shop) -> None:
        (product,) = shop.make_products(1)
        platform.push_prices([push(product, product, "8.00", "10.00")])

        (state,) = platform.push_prices([push(product, product, "10.00")])

        assert (state.price, state.compare_at_price, state.error) == (Decimal("10.00"), None, "")

    def test_product_the_store_does_not_have_fails_alone(self, platform: Platform, shop: Shop) -> None:
        (product,) = shop.make_products(1)

        missing, stored = platform.push_prices([push(NOWHERE, NOWHERE, "1.00"), push(product, product, "9.00")])

        assert missing.error
        assert (stored.price, stored.error) == (Decimal("9.00"), "")
        assert platform.read_prices([(NOWHERE, NOWHERE)])[0].error

    def test_more_prices_than_one_batch_holds_are_all_stored(self, platform: Platform, shop: Shop) -> None:
        ids = shop.make_products(120)

        stored = platform.push_prices([push(id, id, "9.00") for id in ids])

        assert [(state.product_id, state.price, state.error) for state in stored] == [(id, Decimal("9.00"), "") for id in ids]

    def test_subscribing_again_leaves_one_subscription_per_topic(self, platform: Platform, shop: Shop) -> None:
        platform.subscribe(HOOK, "first secret")
        topics = shop.subscribed_topics(HOOK)

        platform.subscribe(HOOK, "second secret")

        assert len(topics) == len(set(topics)) > 0
        assert sorted(shop.subscribed_topics(HOOK)) == sorted(topics)

    def test_whether_it_is_subscribed_is_read_from_the_store(self, platform: Platform, shop: Shop) -> None:
        platform.subscribe(OTHERS, "secret")
        before = platform.is_subscribed(HOOK)
        platform.subscribe(HOOK, "secret")
        after = platform.is_subscribed(HOOK)
        platform.unsubscribe(HOOK)

        assert (before, after, platform.is_subscribed(HOOK)) == (False, True, False)

    def test_unsubscribing_takes_ours_away_and_nobody_elses(self, platform: Platform, shop: Shop) -> None:
        platform.subscribe(OTHERS, "secret")
        platform.subscribe(HOOK, "secret")
        made = len(shop.subscribed_topics(HOOK))

        assert platform.unsubscribe(HOOK) == Unsubscribed(removed=made, left=0)
        assert platform.unsubscribe(HOOK) == Unsubscribed(removed=0, left=0)
        assert shop.subscribed_topics(HOOK) == []
        assert shop.subscribed_topics(OTHERS)

    def test_what_an_earlier_connection_left_behind_is_taken_away(self, platform: Platform, shop: Shop) -> None:
        platform.subscribe(EARLIER, "secret")
        platform.subscribe(HOOK, "secret")

        assert shop.subscribed_topics(EARLIER) == []
        assert platform.is_subscribed(HOOK)


def push(product_id: int, variant_id: int, price: str, compare_at_price: str | None = None) -> PricePush:
    before = Decimal(compare_at_price) if compare_at_price else None
    return PricePush(product_id=product_id, variant_id=variant_id, price=Decimal(price), compare_at_price=before)


def read_all(platform: Platform, entity: Entity, cursor: str | None = None) -> list[Page]:
    pages = [platform.read_page(entity, cursor)]
    while pages[-1].cursor is not None:
        pages.append(platform.read_page(entity, pages[-1].cursor))
    return pages


def read_index(platform: Platform, entity: Entity) -> list[IndexPage]:
    pages = [platform.read_index(entity)]
    while pages[-1].cursor is not None:
        pages.append(platform.read_index(entity, pages[-1].cursor))
    return pages


def records(pages: list[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]
