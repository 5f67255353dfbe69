"""The overview's figures: net of refunds, of paid orders, in the store's currency and time zone, and of no other store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import OrderRecord, OrderStatus, RefundRecord
from luxebrain.services import catalog, orders, reports
from tests.widgets.made import NOW, Made, make_store, order, product

pytestmark = pytest.mark.usefixtures("context")
YESTERDAY = NOW - timedelta(days=1)
WEEK_AGO = NOW - timedelta(days=7)


def sell(made: Made, *records: OrderRecord) -> None:
    with transaction(made.store_id):
        catalog.apply_products([product(11, "Red mug"), product(12, "Blue mug")], is_current=True, now=NOW)
        orders.apply_orders(records, is_current=True, now=NOW)


@pytest.fixture
def shop() -> Made:
    """Two paid orders of yesterday, one of them refunded in part; beside it a store that sells the same products."""
    noise = make_store("noise")
    sell(noise, *(order(number, (11,), at=YESTERDAY) for number in range(1, 9)))
    made = make_store("hearth")
    refunded = replace(order(2, (11, 12), at=YESTERDAY), refunds=(RefundRecord(id=1, amount=Decimal("5"), reason="chipped"),))
    sell(made, order(1, (11,), at=YESTERDAY), refunded)
    return made


def totals(made: Made) -> reports.Totals:
    with transaction(made.store_id):
        return reports.count_totals(start=WEEK_AGO, end=NOW)


def test_revenue_is_what_was_paid_less_refunds_in_this_store(shop: Made) -> None:
    counted = totals(shop)

    assert (counted.revenue, counted.orders, counted.average_order) == (Decimal(25), 2, Decimal("12.5"))


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.CANCELLED])
def test_an_order_that_was_not_paid_is_no_revenue(shop: Made, status: OrderStatus) -> None:
    sell(shop, replace(order(3, (11,), at=YESTERDAY), status=status))

    assert totals(shop).orders == 2


def test_another_currency_is_not_added_up_but_listed_as_what_it_is(shop: Made) -> None:
    sell(shop, replace(order(3, (11,), at=NOW), currency="USD", total=Decimal(900)))

    with transaction(shop.store_id):
        listed = orders.list_orders(page=1)
    assert totals(shop).revenue == 25
    assert (listed[0].currency, listed[0].total) == ("USD", Decimal(900))


def test_weeks_begin_on_monday_in_the_stores_time_zone_and_empty_ones_are_there(shop: Made) -> None:
    sunday_night_utc = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # Monday already in Auckland
    sell(shop, order(9, (11,), at=sunday_night_utc))
    asked_at = datetime(2026, 3, 12, 12, tzinfo=UTC)

    with transaction(shop.store_id):
        utc = {week.starts_on: week.orders for week in reports.list_weeks(now=asked_at, timezone="UTC")}
        auckland = {week.starts_on: week.orders for week in reports.list_weeks(now=asked_at, timezone="Pacific/Auckland")}

    assert len(utc) == reports.WEEKS
    assert all(monday.weekday() == 0 for monday in utc)
    assert (utc[date(2026, 2, 23)], utc[date(2026, 3, 2)]) == (1, 0)
    assert (auckland[date(2026, 2, 23)], auckland[date(2026, 3, 2)]) == (0, 1)


def test_best_sellers_come_by_units_with_their_revenue(shop: Made) -> None:
    with transaction(shop.store_id):
        best = reports.list_best_sellers(start=WEEK_AGO, end=NOW)

    assert [(row.title, row.units, row.revenue) for row in best] == [("Red mug", 2, Decimal(20)), ("Blue mug", 1, Decimal(10))]
