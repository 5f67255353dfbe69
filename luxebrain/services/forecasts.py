"""What will sell and what to buy, for the page Stock. What works it out is services.forecast_training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from luxebrain.database.session import session
from luxebrain.models.catalog import Product
from luxebrain.models.forecasts import ProductForecast

PAGE_SIZE = 50
_ITS_PRODUCT = (Product.store_id == ProductForecast.store_id) & (Product.id == ProductForecast.product_id)


@dataclass(frozen=True, slots=True)
class StockOutlook:
    """Units: `weekly` is the mean of the next four weeks, with the interval of the first. `on_hand` None: the store does not count it."""

    product_id: int
    title: str
    image_url: str
    on_hand: int | None
    weekly: float
    lower: float
    upper: float
    sold_out_on: date | None
    reorder_point: int
    quantity: int


@dataclass(frozen=True, slots=True)
class StockFigures:
    """`to_order`: products of which something should be ordered now; `sold_out`: those of them that are gone already."""

    products: int
    to_order: int
    sold_out: int


def count_outlooks() -> StockFigures:
    is_short = ProductForecast.quantity > 0
    columns = select(func.count(), func.count().filter(is_short), func.count().filter(is_short, ProductForecast.on_hand == 0))
    return StockFigures(*session.execute(columns.join(Product, _ITS_PRODUCT).where(Product.deleted_at.is_(None))).one())


def list_outlooks(*, only_to_order: bool, page: int, size: int = PAGE_SIZE) -> list[StockOutlook]:
    """Those that are gone first come first, then those that sell most."""
    rows = select(ProductForecast, Product.title, Product.image_url).join(Product, _ITS_PRODUCT).where(Product.deleted_at.is_(None))
    if only_to_order:
        rows = rows.where(ProductForecast.quantity > 0)
    first_gone = (ProductForecast.sold_out_on.asc().nulls_last(), ProductForecast.mean[1].desc(), ProductForecast.product_id)
    found = session.execute(rows.order_by(*first_gone).offset((page - 1) * size).limit(size))
    return [_outlook(row, title, image_url) for row, title, image_url in found]


def _outlook(row: ProductForecast, title: str, image_url: str) -> StockOutlook:
    soon = row.mean[:4]
    figures = (row.sold_out_on, row.reorder_point, row.quantity)
    return StockOutlook(row.product_id, title, image_url, row.on_hand, sum(soon) / len(soon), row.lower[0], row.upper[0], *figures)
