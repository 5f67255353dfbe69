"""WooCommerce's payloads → Records. A payload that cannot become one is a BadRow with its reason; one that is none of ours is Irrelevant.

`price` is what is charged now, whatever the sale's dates say: the daily job that ends a sale runs late, and until then it is charged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from luxebrain.integrations import fields
from luxebrain.integrations.platform import (
    BadRow,
    CartRecord,
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
from luxebrain.integrations.woocommerce.clicks import read_clicks

Row = Record | BadRow | Irrelevant
Payload = Mapping[str, Any]

ORDER_STATUSES = {
    "pending": OrderStatus.PENDING,
    "on-hold": OrderStatus.PENDING,
    "processing": OrderStatus.PAID,
    "completed": OrderStatus.FULFILLED,
    "cancelled": OrderStatus.CANCELLED,
    "failed": OrderStatus.CANCELLED,
    "refunded": OrderStatus.REFUNDED,
}
CHECKOUT = "checkout-draft"  # a block checkout that was begun, and often left; it comes with the orders
NO_ORDERS = frozenset({CHECKOUT, "auto-draft", "draft"})


def read_row(entity: Entity, payload: Any, variations: Sequence[Payload] = ()) -> Row:
    """`variations`: all of a variable product's, from /products/{id}/variations; the product's own payload only has their ids."""
    readers: dict[Entity, Callable[[Payload], Record | Irrelevant]] = {
        Entity.COLLECTIONS: _collection,
        Entity.PRODUCTS: lambda row: _product(row, variations),
        Entity.CUSTOMERS: _customer,
        Entity.ORDERS: _order,
    }
    try:
        if not isinstance(payload, Mapping):
            raise ValueError("the row is no object")
        return readers[entity](payload)
    except (ValueError, RecursionError) as error:
        return BadRow(
            entity=entity, platform_id=fields.id_if_any(payload), reason=fields.storable(str(error)), payload=fields.storable_json(payload)
        )


def is_trashed(payload: Any) -> bool:
    return isinstance(payload, Mapping) and payload.get("status") == "trash"


def is_listed(entity: Entity, payload: Payload) -> bool:
    """Whether a row of a list is one of ours, told from its kind and status alone."""
    if entity is Entity.ORDERS:
        return str(payload.get("status")) not in NO_ORDERS
    return payload.get("type") != "variation"


def is_variable(payload: Any) -> bool:
    """Plugins add kinds of their own ("variable-subscription"): whatever names variations has them."""
    return isinstance(payload, Mapping) and (str(payload.get("type", "")).startswith("variable") or bool(payload.get("variations")))


def _collection(payload: Payload) -> CollectionRecord:
    return CollectionRecord(
        id=fields.row_id(payload),
        title=fields.plain_text(payload.get("name")),
        parent_id=fields.optional_id(payload, "parent"),
    )


def _product(payload: Payload, variations: Sequence[Payload]) -> ProductRecord | Irrelevant:
    if payload.get("type") == "variation":
        return Irrelevant("a variation: it belongs to its product")
    image_url = _image_url(fields.children(payload, "images"))
    if is_variable(payload):
        variants = tuple(sorted((_variant(row, image_url=image_url) for row in variations), key=lambda variant: variant.id))
    else:
        variants = (_variant(payload, image_url=image_url),)
    modified_at = max([fields.moment(payload, "date_modified_gmt"), *(variant.modified_at for variant in variants)])
    return ProductRecord(
        id=fields.row_id(payload),
        title=fields.plain_text(payload.get("name")) or f"Product {fields.row_id(payload)}",
        url=fields.short_text(payload, "permalink", longest=2000),
        status=_product_status(payload),
        description=fields.plain_text(payload.get("short_description") or payload.get("description"), longest=2000),
        image_url=image_url,
        tags=tuple(fields.plain_text(tag.get("name"), longest=100) for tag in fields.children(payload, "tags")),
        collection_ids=tuple(fields.row_id(category) for category in fields.children(payload, "categories")),
        variants=variants,
        created_at=fields.optional_moment(payload, "date_created_gmt") or modified_at,  # WordPress gives a draft none
        modified_at=modified_at,
    )


def _product_status(payload: Payload) -> ProductStatus:
    if payload.get("status") == "private" or (payload.get("status") == "publish" and payload.get("catalog_visibility") == "hidden"):
        return ProductStatus.HIDDEN
    return ProductStatus.ACTIVE if payload.get("status") == "publish" else ProductStatus.DRAFT


def _variant(payload: Payload, *, image_url: str) -> VariantRecord:
    if not isinstance(payload, Mapping):
        raise ValueError("a variation is no object")
    price, regular_price = fields.price(payload, "price"), fields.price(payload, "regular_price")
    is_reduced = price is not None and regular_price is not None and price < regular_price
    is_published = payload.get("type") != "variation" or payload.get("status") == "publish"  # a switched-off variation is `private`
    return VariantRecord(
        id=fields.row_id(payload),
        title=_variant_title(payload),
        sku=fields.short_text(payload, "sku"),
        price=price,
        compare_at_price=regular_price if is_reduced else None,
        unit_cost=_unit_cost(payload),
        stock_quantity=fields.whole(payload, "stock_quantity") if payload.get("manage_stock") else None,
        is_in_stock=is_published and payload.get("stock_status") != "outofstock",
        image_url=_image_url([fields.child(payload, "image")]) or image_url,
        modified_at=fields.moment(payload, "date_modified_gmt"),
    )


def _variant_title(payload: Payload) -> str:
    """ "S, Cotton"; an attribute that the variation leaves open ("any") is not in its list. A simple product's variant has no title."""
    if payload.get("type") != "variation":
        return ""
    return ", ".join(fields.plain_text(attribute.get("option"), longest=100) for attribute in fields.children(payload, "attributes"))


def _unit_cost(payload: Payload) -> Decimal | None:
    """WooCommerce's own cost of goods where it is switched on, else the meta of the common plugin. A cost we cannot read is no cost."""
    by_plugin = {"cost": fields.meta(payload, "_wc_cog_cost")}
    try:
        return fields.price(fields.child(payload, "cost_of_goods_sold"), "total_value") or fields.price(by_plugin, "cost")
    except ValueError:
        return None


def _image_url(images: Sequence[Payload]) -> str:
    url = fields.short_text(images[0], "src", longest=2000) if images else ""
    return url if url.startswith(("https://", "http://")) else ""


def _customer(payload: Payload) -> CustomerRecord | Irrelevant:
    if payload.get("role", "customer") != "customer" and not payload.get("is_paying_customer"):
        return Irrelevant("a WordPress user who is no customer")
    billing = fields.child(payload, "billing")
    created_at = fields.moment(payload, "date_created_gmt")
    return CustomerRecord(
        id=fields.row_id(payload),
        email=fields.short_text(payload, "email") or fields.short_text(billing, "email"),
        first_name=fields.short_text(payload, "first_name") or fields.short_text(billing, "first_name"),
        last_name=fields.short_text(payload, "last_name") or fields.short_text(billing, "last_name"),
        phone=fields.short_text(billing, "phone", longest=50),
        created_at=created_at,
        modified_at=fields.optional_moment(payload, "date_modified_gmt") or created_at,
    )


def _order(payload: Payload) -> OrderRecord | CartRecord | Irrelevant:
    if payload.get("status") == CHECKOUT:
        return _cart(payload)
    if str(payload.get("status")) in NO_ORDERS:
        return Irrelevant("a draft, not an order")
    billing = fields.child(payload, "billing")
    return OrderRecord(
        id=fields.row_id(payload),
        number=fields.short_text(payload, "number", longest=50) or str(fields.row_id(payload)),
        status=_order_status(payload),
        customer_id=fields.optional_id(payload, "customer_id"),
        email=fields.short_text(billing, "email"),
        first_name=fields.short_text(billing, "first_name"),
        last_name=fields.short_text(billing, "last_name"),
        phone=fields.short_text(billing, "phone", longest=50),
        currency=fields.currency(payload),
        total=fields.amount(payload, "total"),
        created_at=fields.moment(payload, "date_created_gmt"),
        modified_at=fields.moment(payload, "date_modified_gmt"),
        lines=tuple(_line(line) for line in fields.children(payload, "line_items")),
        refunds=tuple(_refund(refund) for refund in fields.children(payload, "refunds")),
        discount=fields.optional_amount(payload, "discount_total") or Decimal(0),
        coupon_codes=fields.codes(payload, "coupon_lines"),
        clicks=read_clicks(fields.meta(payload, "_luxebrain")),
    )


def _cart(payload: Payload) -> CartRecord:
    billing = fields.child(payload, "billing")
    return CartRecord(
        id=fields.row_id(payload),
        email=fields.short_text(billing, "email"),
        first_name=fields.short_text(billing, "first_name"),
        last_name=fields.short_text(billing, "last_name"),
        currency=fields.currency(payload),
        total=fields.amount(payload, "total"),
        created_at=fields.moment(payload, "date_created_gmt"),
        modified_at=fields.moment(payload, "date_modified_gmt"),
        lines=tuple(_line(line) for line in fields.children(payload, "line_items")),
    )


def _order_status(payload: Payload) -> OrderStatus:
    """A status that a plugin made up ("shipped") counts by whether it was paid."""
    known = ORDER_STATUSES.get(str(payload.get("status")))
    return known or (OrderStatus.PAID if payload.get("date_paid_gmt") else OrderStatus.PENDING)


def _line(payload: Payload) -> OrderLineRecord:
    product_id = fields.optional_id(payload, "product_id")
    return OrderLineRecord(
        id=fields.row_id(payload),
        product_id=product_id,
        variant_id=fields.optional_id(payload, "variation_id") or product_id,
        title=fields.plain_text(payload.get("name")),
        sku=fields.short_text(payload, "sku"),
        quantity=fields.whole(payload, "quantity") or 0,
        total=fields.amount(payload, "total"),
    )


def _refund(payload: Payload) -> RefundRecord:
    """In an order's list the total is negative ("-12.50")."""
    return RefundRecord(
        id=fields.row_id(payload), amount=abs(fields.amount(payload, "total")), reason=fields.short_text(payload, "reason", longest=500)
    )
