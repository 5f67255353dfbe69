"""Who the customers are: RFM scores by quintile and five named segments, each customer with a sentence that says why.

Recency, frequency and monetary value are scored 1 (worst) to 5 (best) by the customer's quintile among all customers of the store (Hughes,
"Strategic Database Marketing", 1994). Names are for people and campaigns, not for numbers: RFM cells predict spending worst
of all methods measured; `lifetime_value` is for that. Every amount is in the store's one currency.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

SECONDS_A_DAY = 86_400
FEWEST_CUSTOMERS = 5

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Segment(StrEnum):
    CHAMPIONS = "champions"
    LOYAL = "loyal"
    PROMISING = "promising"
    AT_RISK = "at risk"
    LOST = "lost"


MEANINGS = {
    Segment.CHAMPIONS: "buys often and did so lately",
    Segment.LOYAL: "comes back, and not long ago",
    Segment.PROMISING: "bought lately, but not often yet",
    Segment.AT_RISK: "used to buy often and has stayed away",
    Segment.LOST: "bought little, long ago",
}


@dataclass(frozen=True, slots=True)
class CustomerOrders:
    """One entry an order: customer (int64), ordered_at (epoch seconds UTC), paid and refunded (≥ 0, one currency, float64)."""

    customer: Integers
    ordered_at: Integers
    paid: Floats
    refunded: Floats


@dataclass(frozen=True, slots=True)
class CustomerSegment:
    """One customer's place. `monetary` is what was paid less refunds, over all orders that were not refunded in full."""

    customer: int
    recency_days: int
    frequency: int
    monetary: float
    recency_score: int
    frequency_score: int
    monetary_score: int
    segment: Segment
    explanation: str


@dataclass(frozen=True, slots=True)
class Move:
    """`before` None: there was no kept order yet, or nobody was in a segment."""

    customer: int
    before: Segment | None
    now: Segment


class TooFewCustomers(ValueError):
    """Quintiles need at least five customers with an order that was kept."""


def segments(orders: CustomerOrders, now: datetime, *, currency: str = "") -> list[CustomerSegment]:
    """Every customer with an order that was not refunded in full, by customer id.

    Orders after `now` are left out. Days are calendar days (UTC), so that scores depend on the orders and not on the hour one looks; ties
    get the same score, so row order never matters. `now` is aware. Raises TooFewCustomers.
    """
    net = orders.paid - orders.refunded
    kept = (net > 0) & np.isfinite(net) & (orders.ordered_at <= int(now.timestamp()))
    customers, row = np.unique(orders.customer[kept], return_inverse=True)
    if len(customers) < FEWEST_CUSTOMERS:
        raise TooFewCustomers(f"Segments need {FEWEST_CUSTOMERS} customers with an order; there are {len(customers)}.")
    latest = np.full(len(customers), np.iinfo(np.int64).min)
    np.maximum.at(latest, row, orders.ordered_at[kept])
    recency_days = int(now.timestamp()) // SECONDS_A_DAY - latest // SECONDS_A_DAY
    frequency = np.bincount(row)
    monetary = np.round(np.bincount(row, weights=net[kept]), 2)
    scores = np.stack([quintiles(-recency_days), quintiles(frequency), quintiles(monetary)], axis=1)
    facts = zip(customers, recency_days, frequency, monetary, scores, strict=True)
    return [_customer(int(c), int(r), int(f), float(m), score=s, currency=currency) for c, r, f, m, s in facts]


def moves(earlier: Iterable[CustomerSegment], later: Iterable[CustomerSegment]) -> list[Move]:
    """Who is in another segment later than earlier, in the order of `later`; both as `segments` gives them for one table of orders."""
    before = {each.customer: each.segment for each in earlier}
    found = (Move(each.customer, before.get(each.customer), each.segment) for each in later)
    return [move for move in found if move.before is not move.now]


def quintiles(values: NDArray[np.int64] | Floats) -> Integers:
    """1 to 5, larger values higher, by mid-rank: equal values share a score, and all equal values give 3."""
    ordered = np.sort(values)
    below, up_to = np.searchsorted(ordered, values, side="left"), np.searchsorted(ordered, values, side="right")
    return np.asarray(np.minimum(5 * (below + up_to) // (2 * len(values)), 4) + 1, dtype=np.int64)


def name_segment(recency_score: int, frequency_score: int, monetary_score: int) -> Segment:
    """The segment of a cell; what a customer is worth is the mean of frequency and monetary score."""
    worth = (frequency_score + monetary_score) / 2
    if recency_score >= 4:
        return Segment.CHAMPIONS if worth >= 4 else Segment.LOYAL if worth >= 3 else Segment.PROMISING
    if recency_score == 3:
        return Segment.LOYAL if worth >= 3 else Segment.PROMISING
    return Segment.AT_RISK if worth >= 3 else Segment.LOST


def _customer(customer: int, days: int, frequency: int, monetary: float, *, score: Integers, currency: str) -> CustomerSegment:
    recency_score, frequency_score, monetary_score = (int(value) for value in score)
    segment = name_segment(recency_score, frequency_score, monetary_score)
    orders = "1 order" if frequency == 1 else f"{frequency} orders"
    ago = "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
    amount = f"{monetary:.2f} {currency}".strip()
    explanation = f"{segment.capitalize()}: {MEANINGS[segment]} ({orders} worth {amount}, the last one {ago})."
    return CustomerSegment(
        customer, days, frequency, monetary, recency_score, frequency_score, monetary_score, segment=segment, explanation=explanation
    )
