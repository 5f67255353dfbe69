"""What was learned of a store, what its widgets were clicked for, and what orders were credited to them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.database.session import Base
from luxebrain.database.tenancy import store_key
from luxebrain.models.work import own_id


class RecommendationModel(Base):
    """`tables`: neighbour tables as engines.serving reads them; never a pickle."""

    __tablename__ = "recommendation_model"
    __table_args__ = (Index("ix_recommendation_model_trained_at", "store_id", "trained_at"),)
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    trained_at: Mapped[datetime]
    tables: Mapped[bytes]


class Credit(Base):
    """A line of an order that followed a click on a widget."""

    __tablename__ = "credit"
    __table_args__ = (ForeignKeyConstraint(["store_id", "order_id"], ["orders.store_id", "orders.id"], ondelete="CASCADE"),)
    store_id: Mapped[int] = store_key()
    order_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    placement: Mapped[str]
    recommendation_id: Mapped[str]
    click_id: Mapped[str]
    product_id: Mapped[int]
    amount: Mapped[Decimal]
    clicked_at: Mapped[datetime]
