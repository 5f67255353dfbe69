"""Learns what the acting store will sell in the weeks to come, product by product, and what to buy.

Demand is units of paid orders by whole week of the store's own time zone, from a product's first week on sale; the week that runs counts
as to come. The last whole weeks of the store, held back, say how far off the forecast is beside the naive one (`forecasts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import delete, func, select, text

from luxebrain.database.session import session, table_of
from luxebrain.database.tenancy import current_store_id
from luxebrain.database.upsert import Row, as_they_are, execute_rows
from luxebrain.engines import forecasts, reorder
from luxebrain.engines.drivers import Known
from luxebrain.engines.forecasts import Forecast
from luxebrain.engines.histories import Floats
from luxebrain.engines.reorder import Policy
from luxebrain.integrations.platform import OrderStatus, ProductStatus
from luxebrain.models.catalog import Product, Variant
from luxebrain.models.forecasts import ProductForecast
from luxebrain.models.stores import Store
from luxebrain.services.learners import Learner, TooLittle

HORIZON, MOST_WEEKS, FEWEST_WEEKS = 8, 156, 4
SHOWN_WEEKS = 12  # of the past, beside the store's whole forecast
COUNTED = (OrderStatus.PAID, OrderStatus.FULFILLED)
POLICY = Policy(service_level=0.95, lead_time_weeks=2, review_weeks=1)
MOST_UNITS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class OnSale:
    """`on_hand` None: not counted. `category`: its first collection, 0 without one."""

    product_id: int
    since: date
    on_hand: int | None
    category: int


@dataclass(frozen=True, slots=True)
class Demand:
    """`sold`: (product, Monday of the week, units) of whole weeks. `this_week`: the Monday of the one that runs."""

    products: Sequence[OnSale]
    sold: Sequence[tuple[int, date, float]]
    this_week: date


@dataclass(frozen=True, slots=True)
class Learned:
    rows: list[Row]
    card: dict[str, Any]


_SOLD = text("""
    select line.product_id, date_trunc('week', orders.created_at at time zone :zone)::date as week, sum(line.quantity)
    from order_line line join orders on orders.store_id = line.store_id and orders.id = line.order_id
    where orders.status = any(:statuses) and orders.deleted_at is null and line.product_id is not null
      and orders.created_at >= cast(:first as timestamp) at time zone :zone
      and orders.created_at < cast(:this_week as timestamp) at time zone :zone
    group by 1, 2""")


def read(now: datetime) -> Demand:
    zone = session.scalars(select(Store.timezone).where(Store.id == current_store_id())).one()
    today = now.astimezone(ZoneInfo(zone)).date()
    this_week = today - timedelta(days=today.weekday())
    asked = {"zone": zone, "statuses": list(COUNTED), "first": this_week - timedelta(weeks=MOST_WEEKS), "this_week": this_week}
    sold = [(product, week, float(units)) for product, week, units in session.execute(_SOLD, asked)]
    return Demand(_read_products(zone), sold, this_week)


def _read_products(zone: str) -> list[OnSale]:
    """What is counted of a product is the sum of its variants; one of them in stock and uncounted means that nobody knows."""
    since = func.date(func.timezone(zone, Product.created_at))
    is_unknown = func.bool_or(Variant.stock_quantity.is_(None) & Variant.is_in_stock)
    columns = select(
        Product.id, since, is_unknown, func.coalesce(func.sum(func.greatest(Variant.stock_quantity, 0)), 0), Product.collection_ids
    )
    its_product = (Variant.store_id == Product.store_id) & (Variant.product_id == Product.id) & Variant.deleted_at.is_(None)
    on_sale = columns.join(Variant, its_product).where(Product.deleted_at.is_(None), Product.status == ProductStatus.ACTIVE)
    rows = session.execute(on_sale.group_by(Product.store_id, Product.id).order_by(Product.id))
    return [
        OnSale(id, day, None if unknown else min(int(stock), MOST_UNITS), collections[0] if collections else 0)
        for id, day, unknown, stock, collections in rows
    ]


def learn(demand: Demand) -> Learned:
    """Raises TooLittle."""
    first = min((week for _, week, _ in demand.sold), default=demand.this_week)
    weeks = (demand.this_week - first).days // 7
    if weeks < FEWEST_WEEKS or not demand.products:
        raise TooLittle(f"A forecast needs {FEWEST_WEEKS} whole weeks of orders; there are {weeks}.")
    units = _weekly_units(demand, first, weeks)
    known = Known(categories=np.array([product.category for product in demand.products]))
    found = forecasts.forecast(units, HORIZON, starts=first, known=known)
    on_hand = np.array([product.on_hand or 0 for product in demand.products], dtype=np.int64)
    buying = reorder.plan(found, on_hand, POLICY)
    gone = buying.stock_out_dates()
    rows = [
        {
            "product_id": product.product_id,
            "first_week": demand.this_week,
            "mean": found.mean[row].round(3).tolist(),
            "lower": found.lower[row].round(3).tolist(),
            "upper": found.upper[row].round(3).tolist(),
            "on_hand": product.on_hand,
            "sold_out_on": None if product.on_hand is None else gone[row],
            "reorder_point": int(buying.reorder_point[row]),
            "quantity": 0 if product.on_hand is None else int(buying.quantity[row]),
        }
        for row, product in enumerate(demand.products)
    ]
    return Learned(rows, _card(found, units, first))


def _weekly_units(demand: Demand, first: date, weeks: int) -> Floats:
    """(products, weeks), zero where nothing was sold, NaN before a product's first week. One that was sold earlier was there earlier."""
    row_of = {product.product_id: row for row, product in enumerate(demand.products)}
    units = np.zeros((len(demand.products), weeks))
    starts = np.array([(product.since - first).days // 7 for product in demand.products])
    for product_id, week, sold in demand.sold:
        row = row_of.get(product_id)
        if row is not None:
            column = (week - first).days // 7
            units[row, column] = sold
            starts[row] = min(starts[row], column)
    units[np.arange(weeks)[None, :] < starts[:, None]] = np.nan
    return units


def _card(found: Forecast, units: Floats, first: date) -> dict[str, Any]:
    """With the store's total, forecast as a series of its own: an interval of a sum is no sum of intervals."""
    whole = np.nansum(units, axis=0)[None, :]
    total = forecasts.forecast(whole, HORIZON, starts=first)
    return {
        "products": len(units),
        "weeks": units.shape[1],
        "method": str(found.method),
        "reason": found.reason,
        "accuracy": {name: asdict(figures) for name, figures in found.backtest.items()},
        "total": {
            "past": whole[0, -SHOWN_WEEKS:].tolist(),
            "first_week": str(found.first_week),
            "mean": total.mean[0].round(1).tolist(),
            "lower": total.lower[0].round(1).tolist(),
            "upper": total.upper[0].round(1).tolist(),
        },
    }


def keep(learned: Learned, _now: datetime) -> dict[str, Any]:
    session.execute(delete(ProductForecast))
    execute_rows(as_they_are, table_of(ProductForecast), learned.rows)
    return learned.card


LEARNER = Learner(read=read, learn=learn, keep=keep)
