"""Checkouts that were begun and left: kept apart from orders until they become one, for as long as they are of use.

Whoever left a cart agreed to nothing: its address is no contact, and nobody writes to it unless a flow with consent does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, delete, func, select

from luxebrain.database.session import session, table_of
from luxebrain.database.upsert import row_of, upsert_newer
from luxebrain.integrations.platform import CartRecord
from luxebrain.models.orders import Cart, Order

LEFT_AFTER = timedelta(hours=1)  # until then somebody may be paying
KEPT_FOR = timedelta(days=90)
WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class LeftCarts:
    """Of the last 30 days, an hour after the last thing that happened to them."""

    count: int
    total: Decimal


def apply_carts(records: Sequence[CartRecord], *, is_current: bool) -> None:
    """One that is an order by now stays an order, whatever comes late."""
    if not records:
        return
    ordered = set(session.scalars(select(Order.id).where(Order.id.in_([record.id for record in records]))))
    upsert_newer(Cart, [_row(record) for record in records if record.id not in ordered], is_current=is_current)


def _row(record: CartRecord) -> dict[str, Any]:
    return row_of(record) | {"lines": [row_of(line) | {"total": str(line.total)} for line in record.lines]}


def forget_ordered(order_ids: Sequence[int]) -> None:
    session.execute(_ORDERED, {"order_ids": list(order_ids)})


_CART = table_of(Cart)
_ORDERED = delete(_CART).where(_CART.c.id == any_(bindparam("order_ids", type_=ARRAY(BigInteger))))


def find_left(*, now: datetime) -> LeftCarts:
    left = (Cart.modified_at < now - LEFT_AFTER) & (Cart.created_at > now - WINDOW) & (Cart.total > 0)
    count, total = session.execute(select(func.count(), func.coalesce(func.sum(Cart.total), 0)).where(left)).one()
    return LeftCarts(count, total)


def forget_old(*, now: datetime) -> None:
    session.execute(delete(Cart).where(Cart.modified_at < now - KEPT_FOR))
