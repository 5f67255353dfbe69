"""Which widget earned which order line: clicks that came with an order, checked and matched to its lines.

The one thing to know: clicks were written by a shopper's browser, so they are hostile input. What does not look like a click of ours
is left out without a word; the most a forged click can do is to credit an order that was really placed to a placement that we really have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, select

from luxebrain.clock import parse_utc
from luxebrain.database.session import session
from luxebrain.engines import attribution
from luxebrain.models.orders import REVENUE_STATUSES, Order, OrderLine
from luxebrain.models.recommendations import Credit
from luxebrain.services.placements import PLACEMENTS

WINDOW_DAYS = 7
# A browser's clock may be ahead, and platforms cut an order's time to the second.
CLOCK_SKEW = timedelta(minutes=10)
MOST_CLICKS = 50
_ID = re.compile(r"[A-Za-z0-9_-]{6,64}")


@dataclass(frozen=True, slots=True)
class _Click:
    click: attribution.Click
    recommendation_id: str


def credit_orders(order_ids: Sequence[int]) -> None:
    """Credits these orders of the acting store anew; saying it twice changes nothing."""
    orders = session.execute(select(Order.id, Order.clicks, Order.created_at).where(Order.id.in_(order_ids))).all()
    lines = _read_lines([order.id for order in orders])
    rows = [row for order in orders for row in _credit(order.clicks, lines.get(order.id, []), order.created_at)]
    session.execute(delete(Credit).where(Credit.order_id.in_(order_ids)))
    if rows:
        session.execute(insert(Credit), rows)


def _read_lines(order_ids: list[int]) -> dict[int, list[OrderLine]]:
    lines: dict[int, list[OrderLine]] = {}
    for line in session.scalars(select(OrderLine).where(OrderLine.order_id.in_(order_ids)).order_by(OrderLine.order_id, OrderLine.id)):
        lines.setdefault(line.order_id, []).append(line)
    return lines


def _credit(written: Any, lines: list[OrderLine], ordered_at: datetime) -> list[dict[str, Any]]:
    clicks = {click.click.click_id: click for click in read_clicks(written, ordered_at=ordered_at)}
    by_id = {line.id: line for line in lines if line.product_id is not None}
    matchable = [attribution.Line(line.id, line.product_id) for line in by_id.values() if line.product_id is not None]
    given = attribution.credit_lines((click.click for click in clicks.values()), matchable, ordered_at=ordered_at, window_days=WINDOW_DAYS)
    return [_row(by_id[credit.line_id], clicks[credit.click_id]) for credit in given]


def _row(line: OrderLine, click: _Click) -> dict[str, Any]:
    return {
        "order_id": line.order_id,
        "line_id": line.id,
        "placement": click.click.placement,
        "recommendation_id": click.recommendation_id,
        "click_id": click.click.click_id,
        "product_id": line.product_id,
        "amount": line.total,
        "clicked_at": click.click.at,
    }


def read_clicks(written: Any, *, ordered_at: datetime) -> list[_Click]:
    """The clicks among what a browser wrote; a time a little after the order counts as the order's."""
    entries = written[-MOST_CLICKS:] if isinstance(written, list) else []
    clicks = [_read_click(entry, ordered_at) for entry in entries if isinstance(entry, Mapping)]
    return [click for click in clicks if click is not None]


def _read_click(entry: Mapping[str, Any], ordered_at: datetime) -> _Click | None:
    click_id, recommendation_id, placement = entry.get("click_id"), entry.get("recommendation_id"), entry.get("placement")
    product_id, at = _read_number(entry.get("product_id")), _read_time(entry.get("at"))
    if not (_is_id(click_id) and _is_id(recommendation_id)) or placement not in tuple(PLACEMENTS) or product_id is None or at is None:
        return None
    if ordered_at < at <= ordered_at + CLOCK_SKEW:
        at = ordered_at
    return _Click(attribution.Click(str(click_id), str(placement), product_id, at), str(recommendation_id))


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _read_number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else None


def _read_time(value: object) -> datetime | None:
    """Milliseconds since 1970, as Date.now() gives them, or ISO 8601."""
    try:
        if isinstance(value, str) and not value.isdigit():
            return parse_utc(value)
        milliseconds = _read_number(value)
        return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class CreditTotals:
    orders: int
    revenue: Decimal


def net_amount() -> ColumnElement[Decimal]:
    """The sum over credited lines, joined with their orders: each less the share of its order that was refunded."""
    refunded = func.coalesce(func.least(Order.refunded / func.nullif(Order.total, 0), 1), 0)
    return func.coalesce(func.sum(Credit.amount * (1 - refunded)), 0)


def sum_credits(*, since: datetime) -> CreditTotals:
    """Of the acting store's orders that count as revenue: how many had a line that a widget earned, and what these lines brought."""
    orders, revenue = session.execute(_counted(select(func.count(Credit.order_id.distinct()), net_amount()), since)).one()
    return CreditTotals(orders, revenue)


def sum_placements(*, since: datetime) -> dict[str, tuple[int, Decimal]]:
    """By placement: (orders, revenue) as above."""
    columns = select(Credit.placement, func.count(Credit.order_id.distinct()), net_amount())
    rows = session.execute(_counted(columns, since).group_by(Credit.placement))
    return {placement: (orders, revenue) for placement, orders, revenue in rows}


def _counted(columns: Select[*tuple[Any, ...]], since: datetime) -> Select[*tuple[Any, ...]]:
    its_order = (Order.store_id == Credit.store_id) & (Order.id == Credit.order_id)
    return columns.join(Order, its_order).where(Order.created_at >= since, Order.deleted_at.is_(None), Order.status.in_(REVENUE_STATUSES))
