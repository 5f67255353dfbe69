"""Which segment a contact is in, and why; and what they will still spend."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKeyConstraint, Index, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.database.session import Base
from luxebrain.database.tenancy import store_key


class ContactSegment(Base):
    """`segment_before`: four weeks earlier; None where there was none."""

    __tablename__ = "contact_segment"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "contact_id"], ["contact.store_id", "contact.id"], ondelete="CASCADE"),
        Index("ix_contact_segment_segment", "store_id", "segment"),
    )
    store_id: Mapped[int] = store_key()
    contact_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    segment: Mapped[str]
    segment_before: Mapped[str | None]
    recency_days: Mapped[int]
    frequency: Mapped[int]
    monetary: Mapped[Decimal]
    recency_score: Mapped[int] = mapped_column(SmallInteger)
    frequency_score: Mapped[int] = mapped_column(SmallInteger)
    monetary_score: Mapped[int] = mapped_column(SmallInteger)
    explanation: Mapped[str]
    computed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ContactValue(Base):
    """Expected in the year after it was computed, `lower` to `upper` with 80 % probability, in the store's currency."""

    __tablename__ = "contact_value"
    __table_args__ = (ForeignKeyConstraint(["store_id", "contact_id"], ["contact.store_id", "contact.id"], ondelete="CASCADE"),)
    store_id: Mapped[int] = store_key()
    contact_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    orders: Mapped[float]
    amount: Mapped[Decimal]
    lower: Mapped[Decimal]
    upper: Mapped[Decimal]
    probability_alive: Mapped[float]
