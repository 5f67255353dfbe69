"""Products of one store, as the platform last told us."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from luxebrain.database.session import Base
from luxebrain.database.tenancy import row_id, store_key


class Collection(Base):
    __tablename__ = "collection"
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = row_id()
    title: Mapped[str]
    parent_id: Mapped[int | None]
    modified_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Product(Base):
    """`deleted_at` set: a tombstone, so that a late delivery does not bring it back."""

    __tablename__ = "product"
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = row_id()
    title: Mapped[str]
    url: Mapped[str]
    status: Mapped[str]
    description: Mapped[str]
    image_url: Mapped[str]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    collection_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    synced_at: Mapped[datetime] = mapped_column(server_default=func.now())
    variants: Mapped[list[Variant]] = relationship(back_populates="product", lazy="raise", order_by="Variant.id")


class Variant(Base):
    """`stock_quantity` None: the store does not count it."""

    __tablename__ = "variant"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "product_id"], ["product.store_id", "product.id"], ondelete="CASCADE"),
        Index("ix_variant_product", "store_id", "product_id"),
    )
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = row_id()
    product_id: Mapped[int]
    title: Mapped[str]
    sku: Mapped[str]
    price: Mapped[Decimal | None]
    compare_at_price: Mapped[Decimal | None]
    unit_cost: Mapped[Decimal | None]
    stock_quantity: Mapped[int | None]
    is_in_stock: Mapped[bool]
    image_url: Mapped[str]
    modified_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    product: Mapped[Product] = relationship(back_populates="variants", lazy="raise")
