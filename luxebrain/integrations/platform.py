"""What every shop platform can do, and the Records it speaks in. A Record that exists is valid; nothing here knows a row or a request.

Ids are the platform's own 64-bit numbers. Times are aware UTC. Amounts are exact decimals in the store's currency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol


class Entity(StrEnum):
    COLLECTIONS = "collections"
    PRODUCTS = "products"
    CUSTOMERS = "customers"
    ORDERS = "orders"


class ProductStatus(StrEnum):
    ACTIVE = "active"  # on sale in the storefront
    HIDDEN = "hidden"  # reachable by its address only, or private
    DRAFT = "draft"


class OrderStatus(StrEnum):
    PENDING = "pending"  # placed, not paid
    PAID = "paid"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"  # cancelled or failed
    REFUNDED = "refunded"  # refunded in full


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRecord:
    id: int
    title: str
    parent_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRecord:
    """`stock_quantity` None: the store does not count it. `compare_at_price`: the price before a reduction, None where there is none."""

    id: int
    title: str
    sku: str
    price: Decimal | None
    compare_at_price: Decimal | None
    unit_cost: Decimal | None
    stock_quantity: int | None
    is_in_stock: bool
    image_url: str
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRecord:
    """A simple product has one variant, whose id is the product's. `variants` is always complete."""

    id: int
    title: str
    url: str
    status: ProductStatus
    description: str  # plain text
    image_url: str
    tags: tuple[str, ...]
    collection_ids: tuple[int, ...]
    variants: tuple[VariantRecord, ...]
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    id: int
    email: str
    first_name: str
    last_name: str
    phone: str
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineRecord:
    """`product_id` None: the product is gone from the store. `total` is net of discounts, without tax."""

    id: int
    product_id: int | None
    variant_id: int | None
    title: str
    sku: str
    quantity: int
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRecord:
    """`amount` is positive."""

    id: int
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """`customer_id` None: a guest. `clicks`: what the widget script left on the order, as it was sent.

    `discount` is what was taken off, as the platform counts it; `coupon_codes` are in small letters, as codes match whatever their letters.
    """

    id: int
    number: str
    status: OrderStatus
    customer_id: int | None
    email: str
    first_name: str
    last_name: str
    phone: str
    currency: str
    total: Decimal
    created_at: datetime
    modified_at: datetime
    lines: tuple[OrderLineRecord, ...]
    refunds: tuple[RefundRecord, ...]
    discount: Decimal = Decimal(0)
    coupon_codes: tuple[str, ...] = ()
    clicks: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CartRecord:
    """A checkout that was begun; it becomes the order with its id, or is left. `email` may be empty: nobody typed it yet."""

    id: int
    email: str
    first_name: str
    last_name: str
    currency: str
    total: Decimal
    created_at: datetime
    modified_at: datetime
    lines: tuple[OrderLineRecord, ...]


Record = CollectionRecord | ProductRecord | CustomerRecord | OrderRecord | CartRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot become a Record, kept with its reason while the rest goes on."""

    entity: Entity
    platform_id: int | None
    reason: str
    payload: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`cursor`: where the next page starts, None after the last. `total`: rows in all, None where the platform does not say."""

    records: tuple[Record, ...]
    bad_rows: tuple[BadRow, ...]
    cursor: str | None
    total: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """`part_ids`: of the variants of a row whose variants may have changed later than it says; None for any other."""

    modified_at: datetime
    part_ids: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPage:
    """Which rows the platform has and when each changed last, ids from high to low. It speaks for all ids from `lowest_id` up to, and
    without, `below_id` (None: no bound): one in between that is not in `rows` is not there."""

    rows: Mapping[int, Listed]
    lowest_id: int
    below_id: int | None
    cursor: str | None
    total: int | None


@dataclass(frozen=True, slots=True)
class DayDigest:
    """What last changed on a day (UTC): how many rows, and the sum of 60 bits of each row's MD5 over "id:2026-01-31T23:59:59"."""

    rows: int
    checksum: int


# By entity, or "variants", and day.
Digest = Mapping[str, Mapping[date, DayDigest]]


@dataclass(frozen=True, slots=True)
class Changed:
    """A delivery that says all there is to know."""

    record: Record


@dataclass(frozen=True, slots=True)
class Deleted:
    entity: Entity
    id: int


@dataclass(frozen=True, slots=True)
class Stale:
    """A delivery that only says that something changed: read it again."""

    entity: Entity
    id: int


@dataclass(frozen=True, slots=True)
class Irrelevant:
    reason: str


Change = Changed | Deleted | Stale | Irrelevant


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreProfile:
    name: str
    url: str
    currency: str
    timezone: str
    prices_include_tax: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePush:
    product_id: int
    variant_id: int
    price: Decimal
    compare_at_price: Decimal | None  # None: the price is no reduction


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceState:
    """What the store says a variant costs now. `error`: the store's own words where it refused."""

    product_id: int
    variant_id: int
    price: Decimal | None
    compare_at_price: Decimal | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """What of ours the merchant has put into the storefront. `public_key`: of the store whose widgets it shows."""

    version: str
    public_key: str


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """How many of our webhooks were taken out of the store, and how many are there still when it is read again."""

    removed: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    has_compare_at_price: bool = True
    sends_variant_deliveries: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What opens one store. Never logged, never printed."""

    url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)


class Platform(Protocol):
    """One connected store. Every call may raise errors.OutgoingError; none keeps state about another store."""

    capabilities: Capabilities

    def read_profile(self) -> StoreProfile: ...

    def read_page(self, entity: Entity, cursor: str | None = None, *, since: datetime | None = None) -> Page:
        """At most 100 rows; with `since`, only those modified after it."""

    def read_one(self, entity: Entity, id: int) -> Record | None:
        """The current state; None where the store has it no longer. Raises ValueError where its answer is no valid row."""

    def read_index(self, entity: Entity, cursor: str | None = None, *, since: datetime | None = None) -> IndexPage:
        """What a page has, without its contents."""

    def read_digest(self, since: date | None = None) -> Digest | None:
        """Of all that changed on that day and later, in one call; None where the platform has no such thing, or where it cannot be read."""

    def read_some(self, entity: Entity, ids: Sequence[int]) -> Page:
        """The current state of at most 100; those that the platform has no longer are left out."""

    def parse_delivery(self, topic: str, payload: Any) -> Change:
        """Raises ValueError with a reason where the payload is none of this platform's."""

    def subscribe(self, delivery_url: str, secret: str) -> None:
        """One live subscription per topic to this address with this secret; earlier ones of ours are replaced."""

    def is_subscribed(self, delivery_url: str) -> bool:
        """Whether there is just that: one live subscription per topic to this address."""

    def unsubscribe(self, delivery_url: str) -> Unsubscribed:
        """Takes out all that deliver to this installation of LuxeBrain, those of an earlier connection too."""

    def find_extension(self) -> Extension | None:
        """None where it is not there or does not answer. Raises nothing: a storefront's trouble is no reason to stop reading a store."""

    def revoke(self) -> bool:
        """Takes our key and all that our extension kept out of the store; whether the store, asked with that key, refuses it now.

        False where the platform leaves that to the merchant.
        """

    def push_prices(self, prices: Sequence[PricePush]) -> list[PriceState]:
        """One answer per price, in order, as the store stored it."""

    def read_prices(self, variants: Sequence[tuple[int, int]]) -> list[PriceState]:
        """For (product_id, variant_id) pairs, in order."""
