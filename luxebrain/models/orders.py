"""Customers and orders of one store, as the platform last told us; and contacts, the people behind both."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from luxebrain.crypto import new_id
from luxebrain.database.session import Base
from luxebrain.database.tenancy import row_id, store_key

# Orders whose money counts as revenue (net of refunds).
REVENUE_STATUSES = ("paid", "fulfilled", "refunded")


class Customer(Base):
    __tablename__ = "customer"
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = row_id()
    email: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    phone: Mapped[str]
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Order(Base):
    """`total` never drops; `refunded` grows. `customer_id` None: a guest. Neither names a row: a customer may never have been seen."""

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_created_at", "store_id", "created_at"), Index("ix_orders_contact", "store_id", "contact_id"))
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = row_id()
    number: Mapped[str]
    status: Mapped[str]
    customer_id: Mapped[int | None]
    contact_id: Mapped[int | None]
    currency: Mapped[str]
    total: Mapped[Decimal]
    refunded: Mapped[Decimal]
    discount: Mapped[Decimal] = mapped_column(server_default="0")
    coupon_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    clicks: Mapped[list[Any]]
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    synced_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    lines: Mapped[list[OrderLine]] = relationship(back_populates="order", lazy="raise", order_by="OrderLine.id")


class Cart(Base):
    """A checkout that was begun and is no order yet; `id` is the order's that it may become. `lines`: as the record has them."""

    __tablename__ = "cart"
    __table_args__ = (Index("ix_cart_modified_at", "store_id", "modified_at"),)
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = row_id()
    email: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    currency: Mapped[str]
    total: Mapped[Decimal]
    lines: Mapped[list[Any]]
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class OrderLine(Base):
    """`linked_by`: how we found its product, which the store does not name any more; empty where the store names it, or nobody does."""

    __tablename__ = "order_line"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "order_id"], ["orders.store_id", "orders.id"], ondelete="CASCADE"),
        Index("ix_order_line_product", "store_id", "product_id"),
        # What was sold in some orders, without a look at the table: with 800,000 lines 70 ms instead of 300.
        Index("ix_order_line_sold", "store_id", "order_id", postgresql_include=["product_id", "variant_id", "quantity", "total"]),
    )
    store_id: Mapped[int] = store_key()
    order_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = row_id()
    product_id: Mapped[int | None]
    variant_id: Mapped[int | None]
    title: Mapped[str]
    sku: Mapped[str]
    quantity: Mapped[int]
    total: Mapped[Decimal]
    linked_by: Mapped[str] = mapped_column(server_default="")
    order: Mapped[Order] = relationship(back_populates="lines", lazy="raise")


class Refund(Base):
    __tablename__ = "refund"
    __table_args__ = (ForeignKeyConstraint(["store_id", "order_id"], ["orders.store_id", "orders.id"], ondelete="CASCADE"),)
    store_id: Mapped[int] = store_key()
    order_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = row_id()
    amount: Mapped[Decimal]
    reason: Mapped[str]


class Consent(StrEnum):
    """What we know of somebody's will to get marketing mail. A store's own customers may be written to until they object (soft opt-in)."""

    UNKNOWN = "unknown"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class Contact(Base):
    """A person, known by e-mail address (lower case); guests have no platform id."""

    __tablename__ = "contact"
    __table_args__ = (Index("uq_contact_email", "store_id", "email", unique=True),)
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, insert_sentinel=True, sort_order=-9, default=new_id)
    email: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    customer_id: Mapped[int | None]
    email_consent: Mapped[str] = mapped_column(server_default=Consent.UNKNOWN)
    consent_changed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
