"""Stores, the tenants themselves, and what finds a store from outside. These tables stand outside row security but for the last four."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.database.session import Base
from luxebrain.database.tenancy import store_key


class Role(StrEnum):
    OWNER = "owner"
    STAFF = "staff"


class Store(Base):
    """`paused_reason`: why we stopped calling the store (its key was refused, say); the merchant reads it and reconnects."""

    __tablename__ = "store"
    __table_args__ = (Index("uq_store_platform_url", "platform", "url", unique=True),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    platform: Mapped[str]
    url: Mapped[str]
    name: Mapped[str]
    currency: Mapped[str]
    timezone: Mapped[str]
    prices_include_tax: Mapped[bool]
    connected_at: Mapped[datetime | None]
    paused_reason: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Membership(Base):
    __tablename__ = "membership"
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str]


class ConnectAttempt(Base):
    """A merchant on the way through a platform's consent screen. Known by the hash of an unguessable state; used once."""

    __tablename__ = "connect_attempt"
    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    platform: Mapped[str]
    url: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    store_id: Mapped[int | None] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))


class PublicKey(Base):
    """Names a store in the storefront's script tag. Not a secret."""

    __tablename__ = "public_key"
    key: Mapped[str] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"), unique=True)


class WebhookEndpoint(Base):
    """The unguessable address a store delivers to, and the secret it signs with (sealed)."""

    __tablename__ = "webhook_endpoint"
    token: Mapped[str] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"), unique=True)
    sealed_secret: Mapped[bytes]


class SnapshotVersion(Base):
    """Grows whenever something that widgets show was applied; web processes compare it with what they hold."""

    __tablename__ = "snapshot_version"
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]


class StoreCredential(Base):
    __tablename__ = "store_credential"
    store_id: Mapped[int] = store_key()
    sealed_key: Mapped[bytes]
    sealed_secret: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StoreExtension(Base):
    """Our plugin in the storefront, as it answered last. `looked_at` later than `seen_at`: then it did not answer any more."""

    __tablename__ = "store_extension"
    store_id: Mapped[int] = store_key()
    version: Mapped[str]
    public_key: Mapped[str]
    seen_at: Mapped[datetime]
    looked_at: Mapped[datetime]


class StoreSettings(Base):
    """What the merchant decides. Shares are fractions of 1."""

    __tablename__ = "store_settings"
    __table_args__ = (
        CheckConstraint("floor_margin >= 0 and floor_margin < 1", name="floor_margin"),
        CheckConstraint("max_step > 0 and max_step <= 1", name="max_step"),
    )
    store_id: Mapped[int] = store_key()
    floor_margin: Mapped[Decimal]
    max_step: Mapped[Decimal]
    needs_approval: Mapped[bool]
    sender_name: Mapped[str]
    sender_email: Mapped[str]
    postal_address: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class PlacementSetting(Base):
    __tablename__ = "placement_setting"
    store_id: Mapped[int] = store_key()
    placement: Mapped[str] = mapped_column(primary_key=True)
    is_on: Mapped[bool]
    title: Mapped[str]
