"""Figures for the overview: revenue, best sellers, what widgets brought. Revenue is net of refunds, of orders that were
paid, in the store's own currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select, text

from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.models.catalog import Product
from luxebrain.models.orders import REVENUE_STATUSES, Order, OrderLine
from luxebrain.models.recommendations import Credit
from luxebrain.models.stores import Store
from luxebrain.services import credits, trainings

WINDOW = timedelta(days=28)
WEEKS = 26


@dataclass(frozen=True, slots=True)
class Totals:
    revenue: Decimal
    orders: int
    credited: Decimal

    @property
    def average_order(self) -> Decimal | None:
        return self.revenue / self.orders if self.orders else None


@dataclass(frozen=True, slots=True)
class WeekOfSales:
    starts_on: date
    revenue: Decimal
    orders: int


@dataclass(frozen=True, slots=True)
class BestSeller:
    product_id: int
    title: str
    image_url: str
    units: int
    revenue: Decimal


def count_totals(*, start: datetime, end: datetime) -> Totals:
    counted = _counted(start=start, end=end)
    sums = select(func.coalesce(func.sum(Order.total - Order.refunded), 0), func.count())
    revenue, orders = session.execute(sums.where(*counted)).one()
    its_order = (Order.store_id == Credit.store_id) & (Order.id == Credit.order_id)
    credited = select(credits.net_amount()).join(Order, its_order)
    return Totals(revenue, orders, session.scalars(credited.where(*counted)).one())


def list_weeks(*, now: datetime, timezone: str) -> list[WeekOfSales]:
    """Whole weeks (from Monday, in the store's time zone), the current one last; weeks without orders are there with zero."""
    asked = {"weeks": WEEKS - 1, "now": now, "zone": timezone, "statuses": list(REVENUE_STATUSES), "store_id": current_store_id()}
    return [WeekOfSales(*row) for row in session.execute(_WEEKS, asked)]


_WEEKS = text("""
    with week as (
        select generate_series(
            date_trunc('week', cast(:now as timestamptz) at time zone :zone) - make_interval(weeks => :weeks),
            date_trunc('week', cast(:now as timestamptz) at time zone :zone), interval '1 week') as starts),
    sold as (
        select date_trunc('week', created_at at time zone :zone) as starts, sum(total - refunded) as revenue, count(*) as orders
        from orders
        where status = any(:statuses) and deleted_at is null
          and currency = (select currency from store where id = :store_id)
          and created_at >= (select min(starts) from week) at time zone :zone
        group by 1)
    select week.starts::date, coalesce(sold.revenue, 0), coalesce(sold.orders, 0) from week left join sold using (starts) order by 1
""")


def list_best_sellers(*, start: datetime, end: datetime, limit: int = 8) -> list[BestSeller]:
    units = func.sum(OrderLine.quantity)
    statement = (
        select(Product.id, Product.title, Product.image_url, units, func.sum(OrderLine.total))
        .join(Order, (Order.store_id == OrderLine.store_id) & (Order.id == OrderLine.order_id))
        .join(Product, (Product.store_id == OrderLine.store_id) & (Product.id == OrderLine.product_id))
        .where(*_counted(start=start, end=end), Product.deleted_at.is_(None))
        .group_by(Product.store_id, Product.id)
        .order_by(units.desc(), Product.id)
        .limit(limit)
    )
    return [BestSeller(*row) for row in session.execute(statement)]


def list_lessons() -> list[tuple[str, datetime, str]]:
    """(what, when, in a sentence): what was learned of the acting store, and how good it is beside the naive way."""
    cards = trainings.latest_cards()
    return [
        (trainings.WORDS[engine], cards[engine].trained_at, write(cards[engine].card))
        for engine, write in _LESSONS.items()
        if engine in cards
    ]


def _lesson_of_recommendations(card: dict[str, Any]) -> str:
    learned = f"From {card['orders']:,} orders with {card['products']:,} products."
    if not (measured := card["measured"]):
        return learned
    ours, naive = measured["model"]["hit_rate@10"], measured["baseline"]["hit_rate@10"]
    return f"{learned} What a shopper added next was among our ten suggestions {ours:.0%} of the time, among the best sellers {naive:.0%}."


def _lesson_of_forecasts(card: dict[str, Any]) -> str:
    learned = f"From {card['weeks']} weeks of {card['products']:,} products."
    errors = [(card["accuracy"].get(name) or {}).get("wape") for name in (card["method"], "naive")]
    if None in errors:
        return learned
    return f"{learned} In past weeks it was off by {errors[0]:.0%} of the units sold, “last week again” by {errors[1]:.0%}."


def _lesson_of_lifetime_value(card: dict[str, Any]) -> str:
    learned = f"From {card['purchases']:,} purchases of {card['customers']:,} customers."
    if not (measured := card["measured"]):
        return learned
    ours, naive = measured["rmse"], measured["own_rate_rmse"]
    return f"{learned} Half a year ahead we were off by {ours:.2f} orders a customer, “as before” by {naive:.2f}."


_LESSONS = {
    trainings.Engine.RECOMMENDATIONS: _lesson_of_recommendations,
    trainings.Engine.FORECASTS: _lesson_of_forecasts,
    trainings.Engine.LIFETIME_VALUE: _lesson_of_lifetime_value,
}


def _counted(*, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    """Amounts in another currency than the store's cannot be added to the rest; they stay on the orders' page."""
    own_currency = select(Store.currency).where(Store.id == current_store_id()).scalar_subquery()
    is_revenue = (Order.status.in_(REVENUE_STATUSES), Order.deleted_at.is_(None), Order.currency == own_currency)
    return (*is_revenue, Order.created_at >= start, Order.created_at < end)
