"""Learns what each customer of the acting store will still order and spend in the next year.

A customer is a contact; orders of one day count as one; amounts are net of refunds, in the store's own currency. The measure: what was
known half a year ago, asked for the number of orders since, beside each customer's own rate going on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import delete, func, select

from luxebrain.database.session import session, table_of
from luxebrain.database.tenancy import current_store_id
from luxebrain.database.upsert import as_they_are, execute_rows
from luxebrain.engines import lifetime_value
from luxebrain.engines.lifetime_value import LifetimeValue, TooThin
from luxebrain.models.orders import REVENUE_STATUSES, Order
from luxebrain.models.segments import ContactValue
from luxebrain.models.stores import Store
from luxebrain.services.learners import Learner, TooLittle

WEEKS, HELD_OUT_WEEKS = 52.0, 26.0


@dataclass(frozen=True, slots=True)
class Purchases:
    """`rows`: (contact, day as a number, net amount), one a contact and day. `today`: as a number too."""

    rows: list[tuple[int, int, float]]
    today: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Root mean squared error of the number of orders in the `weeks` held out, and the sum of what was expected over what came."""

    customers: int
    weeks: float
    rmse: float
    own_rate_rmse: float
    expected_over_real: float | None


@dataclass(frozen=True, slots=True)
class Learned:
    """`rows`: (contact, orders, amount, lower, upper, probability alive), floats but for the contact."""

    rows: list[tuple[int, float, float, float, float, float]]
    card: dict[str, Any]


def read(now: datetime) -> Purchases:
    currency, zone = session.execute(select(Store.currency, Store.timezone).where(Store.id == current_store_id())).one()
    day = func.floor(func.extract("epoch", func.date_trunc("day", func.timezone(zone, Order.created_at))) / 86_400)
    columns = select(Order.contact_id, day, func.sum(Order.total - Order.refunded))
    counted = columns.where(Order.contact_id.is_not(None), Order.status.in_(REVENUE_STATUSES), Order.deleted_at.is_(None))
    rows = session.execute(counted.where(Order.currency == currency, Order.created_at <= now).group_by(Order.contact_id, day))
    today = session.scalar(select(func.floor(func.extract("epoch", func.date_trunc("day", func.timezone(zone, now))) / 86_400)))
    return Purchases([(contact, int(at), float(amount)) for contact, at, amount in rows if contact is not None], int(today or 0))


def learn(purchases: Purchases) -> Learned:
    """Raises TooLittle."""
    days = pd.DataFrame(purchases.rows, columns=["contact", "day", "amount"]).sort_values(["contact", "day"])
    people = _histories(days, purchases.today)
    try:
        model = _fit(people)
        amounts = model.expected_value(WEEKS)
        lower, upper = model.value_interval(WEEKS)
    except TooThin as thin:
        raise TooLittle(str(thin)) from thin
    card = {
        "customers": len(people),
        "purchases": len(days),
        "method": f"BG/NBD and Gamma-Gamma, with {lifetime_value.OWN_SHARE:.0%} of each customer's own rate",
        "measured": None if (measured := _measure(days, purchases.today)) is None else asdict(measured),
    }
    orders = model.expected_orders(WEEKS)
    columns = (people.index, orders, amounts, np.minimum(lower, amounts), np.maximum(upper, amounts), model.probability_alive)
    return Learned(list(zip(*(column.tolist() for column in columns), strict=True)), card)


def keep(learned: Learned, _now: datetime) -> dict[str, Any]:
    session.execute(delete(ContactValue))
    rows = [
        {
            "contact_id": contact,
            "orders": orders,
            "amount": _money(amount),
            "lower": _money(lower),
            "upper": _money(upper),
            "probability_alive": alive,
        }
        for contact, orders, amount, lower, upper, alive in learned.rows
    ]
    execute_rows(as_they_are, table_of(ContactValue), rows)
    return learned.card


def _histories(days: pd.DataFrame, until: int) -> pd.DataFrame:
    """By contact: frequency (repeats), recency and age in weeks, mean_value of the repeats that were paid."""
    of = days.groupby("contact")
    first = of["day"].transform("min")
    known = of["day"].agg(["min", "max", "size"])
    repeats = days[(days["day"] > first) & (days["amount"] > 0)].groupby("contact")["amount"].mean()
    return pd.DataFrame({
        "frequency": known["size"] - 1.0,
        "recency": (known["max"] - known["min"]) / 7,
        "age": (until - known["min"]) / 7,
        "mean_value": repeats.reindex(known.index).fillna(0.0),
    })  # fmt: skip


def _fit(people: pd.DataFrame) -> LifetimeValue:
    return lifetime_value.fit(*(people[name].to_numpy(np.float64) for name in ("frequency", "recency", "age", "mean_value")))


def _measure(days: pd.DataFrame, today: int) -> Measured | None:
    """None where half a year ago there was too little to learn from."""
    until = today - round(HELD_OUT_WEEKS * 7)
    before, after = days[days["day"] <= until], days[days["day"] > until]
    people = _histories(before, until)
    try:
        expected = _fit(people).expected_orders(HELD_OUT_WEEKS)
    except TooThin:
        return None
    came = after.groupby("contact").size().reindex(people.index).fillna(0).to_numpy(np.float64)
    own = HELD_OUT_WEEKS * people["frequency"] / people["age"].clip(lower=1.0)
    share = float(expected.sum() / came.sum()) if came.any() else None
    return Measured(len(people), HELD_OUT_WEEKS, _rmse(expected, came), _rmse(own.to_numpy(np.float64), came), share)


def _rmse(expected: Any, came: Any) -> float:
    return float(np.sqrt(np.mean((expected - came) ** 2)))


def _money(amount: float) -> Decimal:
    return Decimal(str(round(amount, 4)))


LEARNER = Learner(read=read, learn=learn, keep=keep)
