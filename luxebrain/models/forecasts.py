"""How many units of each product will sell in the weeks to come, and what to buy of it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Double, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.database.session import Base
from luxebrain.database.tenancy import store_key


class ProductForecast(Base):
    """Units a week from `first_week` (a Monday) on, with the 80 % interval. `on_hand` None: the store does not count it, so nothing is
    said of when it is sold out (`sold_out_on` None: not within these weeks) and of what to buy."""

    __tablename__ = "product_forecast"
    __table_args__ = (Index("ix_product_forecast_sold_out", "store_id", "sold_out_on"),)
    store_id: Mapped[int] = store_key()
    product_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_week: Mapped[date]
    mean: Mapped[list[float]] = mapped_column(ARRAY(Double))
    lower: Mapped[list[float]] = mapped_column(ARRAY(Double))
    upper: Mapped[list[float]] = mapped_column(ARRAY(Double))
    on_hand: Mapped[int | None]
    sold_out_on: Mapped[date | None]
    reorder_point: Mapped[int]
    quantity: Mapped[int]
