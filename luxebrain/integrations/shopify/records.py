"""Shopify's payloads (webhooks and REST) → Records. A payload that cannot become one is a BadRow with its reason.

Ids are 64-bit numbers, larger than what JavaScript keeps exactly. Amounts are in the shop's currency: `*_set` fields are not read. A
product's payload names no collections and, beyond a hundred, not all variants: deliveries of products are read again (webhooks.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from luxebrain.integrations import fields
from luxebrain.integrations.platform import (
    BadRow,
    CollectionRecord,
    CustomerRecord,
    Entity,
    Irrelevant,
    OrderLineRecord,
    OrderRecord,
    OrderStatus,
    ProductRecord,
    ProductStatus,
    Record,
    RefundRecord,
    VariantRecord,
)
from luxebrain.money import LARGEST

Row = Record | BadRow | Irrelevant
Payload = Mapping[str, Any]

ONLY_VARIANT = "Default Title"  # of a product without options
PAYMENTS = {
    "pending": OrderStatus.PENDING,
    "authorized": OrderStatus.PENDING,
    "partially_paid": OrderStatus.PENDING,
    "expired": OrderStatus.CANCELLED,
    "voided": OrderStatus.CANCELLED,
    "paid": OrderStatus.PAID,
    "partially_refunded": OrderStatus.PAID,
    "refunded": OrderStatus.REFUNDED,
}


def read_row(entity: Entity, payload: Any, *, shop: str) -> Row:
    """`shop`: its domain, of which a product's address is made."""
    readers: dict[Entity, Callable[[Payload], Record | Irrelevant]] = {
        Entity.COLLECTIONS: _collection,
        Entity.PRODUCTS: lambda row: _product(row, shop),
        Entity.CUSTOMERS: _customer,
        Entity.ORDERS: _order,
    }
    try:
        if not isinstance(payload, Mapping):
            raise ValueError("the row is no object")
        return readers[entity](payload)
    except ValueError as error:
        reason, kept = fields.storable(str(error)), fields.storable_json(payload)
        return BadRow(entity=entity, platform_id=fields.id_if_any(payload), reason=reason, payload=kept)


def parse_gid(gid: str) -> int:
    """ "gid://shopify/Product/788032119674292922?x=1" → 788032119674292922. Raises ValueError."""
    number = gid.partition("?")[0].rpartition("/")[2]
    if not gid.startswith("gid://shopify/") or not (number.isascii() and number.isdecimal()):
        raise ValueError(f"not an id of Shopify's: {gid!r:.60}")
    return fields.row_id({"id": number})


def _collection(payload: Payload) -> CollectionRecord:
    return CollectionRecord(id=fields.row_id(payload), title=fields.plain_text(payload.get("title")))


def _product(payload: Payload, shop: str) -> ProductRecord:
    images = {fields.optional_id(image, "id"): _image_url(image) for image in fields.children(payload, "images")}
    image_url = _image_url(fields.child(payload, "image")) or next(iter(images.values()), "")
    rows = sorted(fields.children(payload, "variants"), key=lambda row: fields.whole(row, "position") or 0)
    variants = tuple(_variant(row, images.get(fields.optional_id(row, "image_id")) or image_url) for row in rows)
    if not variants:
        raise ValueError("variants is empty")
    modified_at = max([fields.moment(payload, "updated_at"), *(variant.modified_at for variant in variants)])
    return ProductRecord(
        id=fields.row_id(payload),
        title=fields.plain_text(payload.get("title")) or f"Product {fields.row_id(payload)}",
        url=f"https://{shop}/products/{fields.short_text(payload, 'handle')}",
        status=_product_status(payload),
        description=fields.plain_text(payload.get("body_html"), longest=2000),
        image_url=image_url,
        tags=_tags(payload.get("tags")),
        collection_ids=(),
        variants=variants,
        created_at=fields.optional_moment(payload, "created_at") or modified_at,
        modified_at=modified_at,
    )


def _product_status(payload: Payload) -> ProductStatus:
    """On sale is what is active and published to the online store. Payloads of some years ago have no status."""
    match payload.get("status", "active"):
        case "active" if payload.get("published_at"):
            return ProductStatus.ACTIVE
        case "unlisted":
            return ProductStatus.HIDDEN
        case _:
            return ProductStatus.DRAFT


def _tags(value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(tag for part in parts if (tag := fields.plain_text(part, longest=255)))


def _variant(payload: Payload, image_url: str) -> VariantRecord:
    price, before = fields.price(payload, "price"), fields.price(payload, "compare_at_price")
    is_reduced = price is not None and before is not None and price < before
    quantity = None if _is_uncounted(payload) else fields.whole(payload, "inventory_quantity")
    title = fields.plain_text(payload.get("title"))
    return VariantRecord(
        id=fields.row_id(payload),
        title="" if title == ONLY_VARIANT else title,
        sku=fields.short_text(payload, "sku"),
        price=price,
        compare_at_price=before if is_reduced else None,
        unit_cost=None,
        stock_quantity=quantity,
        is_in_stock=quantity is None or quantity > 0 or payload.get("inventory_policy") == "continue",
        image_url=image_url,
        modified_at=fields.moment(payload, "updated_at"),
    )


def _is_uncounted(payload: Payload) -> bool:
    """Only where the payload says so; newer ones leave `inventory_management` out, and are then taken to count."""
    return "inventory_management" in payload and payload["inventory_management"] is None


def _image_url(image: Payload) -> str:
    url = fields.short_text(image, "src", longest=2000)
    return url if url.startswith(("https://", "http://")) else ""


def _customer(payload: Payload) -> CustomerRecord:
    address = fields.child(payload, "default_address")
    modified_at = fields.moment(payload, "updated_at")
    return CustomerRecord(
        id=fields.row_id(payload),
        email=fields.short_text(payload, "email"),
        first_name=fields.short_text(payload, "first_name") or fields.short_text(address, "first_name"),
        last_name=fields.short_text(payload, "last_name") or fields.short_text(address, "last_name"),
        phone=fields.short_text(payload, "phone", longest=50) or fields.short_text(address, "phone", longest=50),
        created_at=fields.optional_moment(payload, "created_at") or modified_at,
        modified_at=modified_at,
    )


def _order(payload: Payload) -> OrderRecord | Irrelevant:
    """`clicks` are left out until the storefront's part is built."""
    if payload.get("test") is True:
        return Irrelevant("a test order")
    customer, billing = fields.child(payload, "customer"), fields.child(payload, "billing_address")
    emails = ((payload, "email"), (payload, "contact_email"), (customer, "email"))
    return OrderRecord(
        id=fields.row_id(payload),
        number=fields.short_text(payload, "name", longest=50) or str(fields.row_id(payload)),
        status=_order_status(payload),
        customer_id=fields.optional_id(customer, "id"),
        email=_first(*(fields.short_text(each, name) for each, name in emails)),
        first_name=_first(fields.short_text(customer, "first_name"), fields.short_text(billing, "first_name")),
        last_name=_first(fields.short_text(customer, "last_name"), fields.short_text(billing, "last_name")),
        phone=_first(*(fields.short_text(each, "phone", longest=50) for each in (payload, customer, billing))),
        currency=fields.currency(payload),
        total=fields.amount(payload, "total_price"),
        created_at=fields.moment(payload, "created_at"),
        modified_at=fields.moment(payload, "updated_at"),
        lines=tuple(_line(line, with_tax=payload.get("taxes_included") is True) for line in fields.children(payload, "line_items")),
        refunds=tuple(_refund(refund) for refund in fields.children(payload, "refunds")),
        discount=fields.optional_amount(payload, "total_discounts") or Decimal(0),
        coupon_codes=fields.codes(payload, "discount_codes"),
    )


def _first(*values: str) -> str:
    return next((value for value in values if value), "")


def _order_status(payload: Payload) -> OrderStatus:
    """An order that was refunded in full is that, cancelled or not: it brought nothing either way, and came back."""
    paid = PAYMENTS.get(str(payload.get("financial_status")), OrderStatus.PENDING)
    if paid is OrderStatus.REFUNDED:
        return paid
    if payload.get("cancelled_at"):
        return OrderStatus.CANCELLED
    return OrderStatus.FULFILLED if paid is OrderStatus.PAID and payload.get("fulfillment_status") == "fulfilled" else paid


def _line(payload: Payload, *, with_tax: bool) -> OrderLineRecord:
    """`with_tax`: prices are shown with tax, so it is taken off. A deleted product or variant reads null."""
    quantity = fields.whole(payload, "quantity") or 0
    discounts = _sum(fields.children(payload, "discount_allocations"), "amount")
    tax = _sum(fields.children(payload, "tax_lines"), "price") if with_tax else Decimal(0)
    return OrderLineRecord(
        id=fields.row_id(payload),
        product_id=fields.optional_id(payload, "product_id"),
        variant_id=fields.optional_id(payload, "variant_id"),
        title=fields.plain_text(payload.get("name") or payload.get("title")),
        sku=fields.short_text(payload, "sku"),
        quantity=quantity,
        total=_kept(fields.amount(payload, "price") * quantity - discounts - tax),
    )


def _refund(payload: Payload) -> RefundRecord:
    """What was paid back: a refund of goods whose money is still on its way has no successful transaction yet."""
    paid = [each for each in fields.children(payload, "transactions") if (each.get("kind"), each.get("status")) == ("refund", "success")]
    amount = _sum(paid, "amount")
    if amount < 0:
        raise ValueError(f"a refund pays back less than nothing: {amount}")
    return RefundRecord(id=fields.row_id(payload), amount=amount, reason=fields.short_text(payload, "note", longest=500))


def _sum(rows: Sequence[Payload], name: str) -> Decimal:
    return _kept(sum((fields.amount(row, name) for row in rows), Decimal(0)))


def _kept(amount: Decimal) -> Decimal:
    """What was calculated from amounts that each can be kept. Raises ValueError where it cannot be kept itself."""
    if abs(amount) >= LARGEST:
        raise ValueError(f"the amounts come to {amount:.4g}, more than can be kept")
    return amount
