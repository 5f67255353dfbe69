"""What shoppers' browsers told of widgets: what was seen, clicked and added, and what the script cost a page. Nobody is named."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.database.session import Base
from luxebrain.database.tenancy import store_key
from luxebrain.models.work import own_id


class WidgetEvent(Base):
    """`id`: the browser's own, so that one that is told twice counts once. `product_ids`: all that were shown, or the one."""

    __tablename__ = "widget_event"
    __table_args__ = (Index("ix_widget_event_happened_at", "store_id", "happened_at"),)
    store_id: Mapped[int] = store_key()
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    placement: Mapped[str]
    recommendation_id: Mapped[str]
    product_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    happened_at: Mapped[datetime]


class WidgetCost(Base):
    """Of one page: bytes of the script as sent, milliseconds of the main thread, and the layout shift that was ours."""

    __tablename__ = "widget_cost"
    __table_args__ = (Index("ix_widget_cost_measured_at", "store_id", "measured_at"),)
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    bytes: Mapped[int]
    ms: Mapped[float]
    layout_shift: Mapped[float]
    measured_at: Mapped[datetime]
