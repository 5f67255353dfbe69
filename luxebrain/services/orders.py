"""Customers, orders and the contacts behind them: records from the platform become rows of the acting store; newer wins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Executable, any_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import Insert

from luxebrain.crypto import new_id
from luxebrain.database.session import session, table_of
from luxebrain.database.upsert import as_they_are, execute_rows, row_of, upsert_newer
from luxebrain.integrations.platform import CustomerRecord, OrderRecord
from luxebrain.models.orders import Contact, Customer, Order, OrderLine, Refund
from luxebrain.models.recommendations import Credit
from luxebrain.services import carts, credits, order_links

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class _Person:
    email: str
    first_name: str
    last_name: str
    customer_id: int | None


def apply_customers(records: Sequence[CustomerRecord], *, is_current: bool) -> None:
    upsert_newer(Customer, [row_of(record) for record in records], is_current=is_current)
    _record_contacts(_Person(r.email.lower(), r.first_name, r.last_name, r.id) for r in records)


def apply_orders(records: Sequence[OrderRecord], *, is_current: bool, now: datetime) -> None:
    """An order that was applied replaces its lines and refunds, and is credited to the widgets that were clicked."""
    contacts = _record_contacts(_Person(r.email.lower(), r.first_name, r.last_name, r.customer_id) for r in records)
    rows = [_order_row(record, contacts.get(record.email.lower()), now=now) for record in records]
    applied = upsert_newer(Order, rows, is_current=is_current)
    fresh = list({record.id: record for record in records if record.id in applied}.values())
    if fresh:
        _replace_parts(fresh)
        carts.forget_ordered([record.id for record in fresh])
    clicked = [record.id for record in fresh if record.clicks]
    if clicked:
        credits.credit_orders(clicked)


def delete_orders(ids: Sequence[int], *, now: datetime) -> None:
    session.execute(update(Order).where(Order.id.in_(ids), Order.deleted_at.is_(None)).values(deleted_at=now))


def delete_customers(ids: Sequence[int], *, now: datetime) -> None:
    session.execute(update(Customer).where(Customer.id.in_(ids), Customer.deleted_at.is_(None)).values(deleted_at=now))


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """`customer`: a name, else an address, else nothing. `placements`: the widgets it is credited to."""

    id: int
    number: str
    status: str
    created_at: datetime
    customer: str
    currency: str
    total: Decimal
    discount: Decimal
    coupon_codes: list[str]
    placements: list[str]


_LISTED = (Order.id, Order.number, Order.status, Order.created_at, Order.currency, Order.total, Order.discount, Order.coupon_codes)


def list_orders(*, page: int, size: int = PAGE_SIZE) -> list[ListedOrder]:
    """A page of orders, newest first."""
    customer = func.coalesce(func.nullif(func.trim(Contact.first_name + " " + Contact.last_name), ""), Contact.email, "")
    latest_first = (Order.created_at.desc(), Order.id.desc())
    # The page first, its people then: or everybody is joined for a late page.
    ids = select(Order.id).where(Order.deleted_at.is_(None)).order_by(*latest_first).offset((page - 1) * size).limit(size)
    listed = (
        select(*_LISTED, customer.label("customer"))
        .outerjoin(Contact, (Contact.store_id == Order.store_id) & (Contact.id == Order.contact_id))
        .where(Order.id.in_(ids.scalar_subquery()))
    )
    rows = session.execute(listed.order_by(*latest_first)).all()
    placements = _placements_of([row.id for row in rows])
    return [ListedOrder(**row._asdict(), placements=placements.get(row.id, [])) for row in rows]


def count_orders() -> int:
    return session.scalars(select(func.count()).select_from(Order).where(Order.deleted_at.is_(None))).one()


def _placements_of(order_ids: Sequence[int]) -> dict[int, list[str]]:
    credited = select(Credit.order_id, Credit.placement).where(Credit.order_id.in_(order_ids)).distinct().order_by(Credit.placement)
    placements: dict[int, list[str]] = {}
    for order_id, placement in session.execute(credited):
        placements.setdefault(order_id, []).append(placement.replace("_", " "))
    return placements


def _order_row(record: OrderRecord, contact_id: int | None, *, now: datetime) -> dict[str, Any]:
    return {
        "id": record.id,
        "number": record.number,
        "status": record.status,
        "customer_id": record.customer_id,
        "contact_id": contact_id,
        "currency": record.currency,
        "total": record.total,
        "refunded": sum(refund.amount for refund in record.refunds),
        "discount": record.discount,
        "coupon_codes": list(record.coupon_codes),
        "clicks": [dict(click) for click in record.clicks],
        "created_at": record.created_at,
        "modified_at": record.modified_at,
        "synced_at": now,
    }


def _replace_parts(orders: Sequence[OrderRecord]) -> None:
    """The lines and refunds of orders that were applied."""
    lines = [row_of(line) | {"order_id": order.id} for order in orders for line in order.lines]
    refunds = [row_of(refund) | {"order_id": order.id} for order in orders for refund in order.refunds]
    session.execute(_WITHOUT_PARTS, {"order_ids": [order.id for order in orders]})
    for table, rows in ((_LINES, lines), (_REFUNDS, refunds)):
        if rows:
            execute_rows(as_they_are, table, rows)
    if any(line["product_id"] is None for line in lines):
        order_links.link_lines([order.id for order in orders])


_LINES, _REFUNDS = table_of(OrderLine), table_of(Refund)
_ORDER_IDS = bindparam("order_ids", type_=ARRAY(BigInteger))
_WITHOUT_PARTS = (
    delete(_REFUNDS)
    .where(_REFUNDS.c.order_id == any_(_ORDER_IDS))
    .add_cte(delete(_LINES).where(_LINES.c.order_id == any_(_ORDER_IDS)).cte("without_lines"))
)


def _better(new: Insert) -> Executable:
    """What is known of somebody is not forgotten for an order that leaves it out."""
    better = {
        "first_name": func.coalesce(func.nullif(new.excluded.first_name, ""), _CONTACT.c.first_name),
        "last_name": func.coalesce(func.nullif(new.excluded.last_name, ""), _CONTACT.c.last_name),
        "customer_id": func.coalesce(new.excluded.customer_id, _CONTACT.c.customer_id),
    }
    return new.on_conflict_do_update(index_elements=["store_id", "email"], set_=better).returning(_CONTACT.c.email, _CONTACT.c.id)


_CONTACT = table_of(Contact)


def _record_contacts(people: Iterable[_Person]) -> dict[str, int]:
    """Contact ids by address. In the order of addresses, so that two workers never wait for each other crosswise."""
    known = {person.email: person for person in people if person.email}
    if not known:
        return {}
    rows = [{"id": new_id(), **row_of(known[email])} for email in sorted(known)]
    return {row.email: row.id for row in execute_rows(_better, _CONTACT, rows)}
