"""Segments of the acting store: who is in which group, how many, and what they spent.

Worked out by the training job from orders that count as revenue; a contact without one is in no segment and is reached as "everyone".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, delete, func, insert, select

from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.engines.segments import MEANINGS, CustomerOrders, CustomerSegment, Segment, TooFewCustomers, moves, segments
from luxebrain.models.orders import REVENUE_STATUSES, Consent, Contact, Order
from luxebrain.models.segments import ContactSegment, ContactValue
from luxebrain.models.stores import Store

EVERYONE = "everyone"
WORDS = {segment.value: segment.value.capitalize() for segment in Segment} | {EVERYONE: "Everyone"}
PAGE_SIZE = 50
COMPARED_WITH = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class SegmentFigures:
    """`reachable`: people who have not unsubscribed. `share`: of what all segments together spent, 0 to 1. `joined`, `left`: in four weeks;
    those who bought for the first time are among the former.
    `expected`: what they will spend in the next year; None before it was learned."""

    key: str
    word: str
    meaning: str
    people: int
    reachable: int
    spent: Decimal
    share: float
    joined: int
    left: int
    expected: Decimal | None


@dataclass(frozen=True, slots=True)
class NextYear:
    """What somebody will spend in the next year, `lower` to `upper` four times out of five; whether they still are a customer, 0 to 1."""

    amount: Decimal
    lower: Decimal
    upper: Decimal
    probability_alive: float


@dataclass(frozen=True, slots=True)
class Member:
    contact_id: int
    name: str
    email: str
    recency_days: int
    frequency: int
    monetary: Decimal
    explanation: str
    can_be_written_to: bool
    value: NextYear | None


def compute_segments(*, now: datetime) -> int:
    """Replaces the acting store's segments; returns how many people are in one. With too few customers there are none: 0.

    Only orders in the store's own currency count: amounts of several currencies are not comparable.
    """
    currency = session.scalars(select(Store.currency).where(Store.id == current_store_id())).one()
    orders = _read_orders(currency)
    earlier, found = (_segments_at(orders, at, currency) for at in (now - COMPARED_WITH, now))
    session.execute(delete(ContactSegment))
    if found:
        before = {each.customer: each.segment for each in found} | {move.customer: move.before for move in moves(earlier, found)}
        session.execute(insert(ContactSegment), [_row(customer, before[customer.customer], now=now) for customer in found])
    return len(found)


def _segments_at(orders: CustomerOrders, at: datetime, currency: str) -> list[CustomerSegment]:
    try:
        return segments(orders, at, currency=currency)
    except TooFewCustomers:
        return []


def _read_orders(currency: str) -> CustomerOrders:
    columns = select(Order.contact_id, func.floor(func.extract("epoch", Order.created_at)), Order.total, Order.refunded)
    kept = columns.where(Order.contact_id.is_not(None), Order.status.in_(REVENUE_STATUSES), Order.deleted_at.is_(None))
    rows = session.execute(kept.where(Order.currency == currency)).all()
    contacts, times, paid, refunded = zip(*rows, strict=True) if rows else ((), (), (), ())
    return CustomerOrders(
        np.array(contacts, dtype=np.int64),
        np.array(times, dtype=np.int64),
        np.array(paid, dtype=np.float64),
        np.array(refunded, dtype=np.float64),
    )


def _row(customer: CustomerSegment, before: Segment | None, *, now: datetime) -> dict[str, Any]:
    return {
        "contact_id": customer.customer,
        "segment": customer.segment,
        "segment_before": before,
        "recency_days": customer.recency_days,
        "frequency": customer.frequency,
        "monetary": Decimal(str(customer.monetary)),
        "recency_score": customer.recency_score,
        "frequency_score": customer.frequency_score,
        "monetary_score": customer.monetary_score,
        "explanation": customer.explanation,
        "computed_at": now,
    }


def list_segments() -> list[SegmentFigures]:
    """The five, also where nobody is in one; an empty list before they were ever worked out."""
    spent, reachable = func.sum(ContactSegment.monetary), func.count().filter(may_be_written_to())
    has_moved = ContactSegment.segment_before.is_distinct_from(ContactSegment.segment)
    joined = func.count().filter(has_moved)
    columns = select(ContactSegment.segment, func.count(), reachable, spent, joined, func.sum(ContactValue.amount))
    figures_of = columns.join(Contact, _its_contact()).outerjoin(ContactValue, _its_value())
    rows = session.execute(figures_of.group_by(ContactSegment.segment))
    found = {key: (people, can_be_reached, amount, came, expected) for key, people, can_be_reached, amount, came, expected in rows}
    gone = select(ContactSegment.segment_before, func.count()).where(has_moved, ContactSegment.segment_before.is_not(None))
    left = {key: people for key, people in session.execute(gone.group_by(ContactSegment.segment_before))}  # noqa: C416 - dict() loses the types
    total = sum((amount for _, _, amount, _, _ in found.values()), Decimal(0))
    figures = []
    for segment, meaning in MEANINGS.items() if found else ():
        people, can_be_reached, amount, came, expected = found.get(segment.value, (0, 0, Decimal(0), 0, None))
        figures.append(
            SegmentFigures(
                key=segment.value,
                word=WORDS[segment],
                meaning=meaning,
                people=people,
                reachable=can_be_reached,
                spent=amount,
                share=float(amount / total) if total else 0.0,
                joined=came,
                left=left.get(segment.value, 0),
                expected=expected,
            )
        )
    return figures


def computed_at() -> datetime | None:
    return session.scalar(select(func.max(ContactSegment.computed_at)))


def list_members(segment: str, *, page: int, size: int = PAGE_SIZE) -> list[Member]:
    """A page of a segment's people, those who spent most first."""
    rows = session.execute(_members(segment).offset((page - 1) * size).limit(size))
    return [_member(row, contact, value) for row, contact, value in rows]


def _members(segment: str) -> Select[ContactSegment, Contact, ContactValue]:
    columns = select(ContactSegment, Contact, ContactValue).join(Contact, _its_contact()).outerjoin(ContactValue, _its_value())
    people = columns.where(ContactSegment.segment == segment)
    return people.order_by(ContactSegment.monetary.desc(), ContactSegment.contact_id)


def _member(row: ContactSegment, contact: Contact, value: ContactValue | None) -> Member:
    name = f"{contact.first_name} {contact.last_name}".strip()
    facts = (row.recency_days, row.frequency, row.monetary, row.explanation)
    next_year = None if value is None else NextYear(value.amount, value.lower, value.upper, value.probability_alive)
    return Member(contact.id, name, contact.email, *facts, can_be_written_to=contact.email_consent != Consent.WITHDRAWN, value=next_year)


def may_be_written_to() -> ColumnElement[bool]:
    """Of contacts: they have an address and have not objected."""
    return (Contact.email_consent != Consent.WITHDRAWN) & (Contact.email != "")


def _its_value() -> ColumnElement[bool]:
    return (ContactValue.store_id == ContactSegment.store_id) & (ContactValue.contact_id == ContactSegment.contact_id)


def _its_contact() -> ColumnElement[bool]:
    return (Contact.store_id == ContactSegment.store_id) & (Contact.id == ContactSegment.contact_id)
