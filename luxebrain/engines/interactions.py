"""Order lines to sparse matrices: who bought which product, and what was bought together.

The one thing to know: a returned unit never happened (returns are netted before anything is counted), and what happened
long ago counts less (half-life 90 days, Steck's EASE on recency-weighted rows was the best single recommender measured).

Limits: the newest 10,000,000 lines are used; an order with more than 1,000 different products is a bulk import and teaches
nothing about what belongs together, so it is left out of the basket matrix.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

LINE_LIMIT = 10_000_000
BASKET_LIMIT = 1_000
HALF_LIFE_DAYS = 90.0
UNKNOWN_CUSTOMER = -1
SECONDS_A_DAY = 86_400.0

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OrderLines:
    """Parallel arrays, one entry a line: ids int64 (customer -1 = unknown), quantity in units (negative = returned), epoch seconds UTC."""

    order_id: Integers
    customer: Integers
    product_id: Integers
    quantity: Floats
    ordered_at: Integers

    def __len__(self) -> int:
        return len(self.order_id)

    def take(self, rows: NDArray[Any]) -> "OrderLines":
        """The lines that `rows` (indices or booleans) name."""
        return OrderLines(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Interactions:
    """A sparse matrix (rows × products, float32) with what its rows and columns stand for (int64 ids, ascending)."""

    matrix: "csr_array[np.float32]"
    row_ids: Integers
    product_ids: Integers


def order_lines(table: pd.DataFrame | Mapping[str, Any], *, now: datetime) -> OrderLines:
    """Clean lines from columns order_id, customer (nullable), product_id, quantity, ordered_at (aware or UTC).

    Lines of cancelled and failed orders are the caller's to leave out. Left out here: lines without product, quantity or time, lines
    dated after `now`, and all but the newest LINE_LIMIT.
    Raises KeyError naming a missing column.
    """
    frame = pd.DataFrame({name: table[name] for name in ("order_id", "customer", "product_id", "quantity", "ordered_at")})
    frame = frame.dropna(subset=["order_id", "product_id", "quantity", "ordered_at"])
    frame["ordered_at"] = epoch_seconds(frame["ordered_at"])
    frame = frame[np.isfinite(frame["quantity"].astype(float)) & (frame["ordered_at"] <= int(as_utc(now).timestamp()))]
    frame = frame.sort_values(["ordered_at", "order_id", "product_id", "quantity"], kind="stable").tail(LINE_LIMIT)
    customer = frame["customer"].astype("Int64").fillna(UNKNOWN_CUSTOMER)
    return OrderLines(
        frame["order_id"].to_numpy(np.int64),
        np.asarray(customer, dtype=np.int64),
        frame["product_id"].to_numpy(np.int64),
        frame["quantity"].to_numpy(np.float64),
        frame["ordered_at"].to_numpy(np.int64),
    )


def net_returns(lines: OrderLines) -> OrderLines:
    """Purchases that were kept: a customer's returns of a product cancel that customer's latest purchases of it.

    A return in a guest's order cancels within that order only; returned units beyond what was bought are ignored.
    """
    owner = np.where(lines.customer == UNKNOWN_CUSTOMER, lines.order_id, lines.customer)
    is_guest = lines.customer == UNKNOWN_CUSTOMER
    order = np.lexsort((-lines.ordered_at, lines.product_id, owner, is_guest))
    keys = np.stack([is_guest[order].astype(np.int64), owner[order], lines.product_id[order]])
    starts = np.flatnonzero(np.r_[True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)]) if len(lines) else np.zeros(0, np.int64)
    group = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(lines)]))
    bought, returned = (np.maximum(sign * lines.quantity[order], 0.0) for sign in (1, -1))
    total_returned = np.bincount(group, weights=returned, minlength=len(starts))
    running = np.cumsum(bought)
    before_group = np.r_[0.0, running][starts]
    kept = np.clip(running - before_group[group] - total_returned[group], 0.0, bought)
    netted = lines.take(order)
    netted = OrderLines(netted.order_id, netted.customer, netted.product_id, kept, netted.ordered_at)
    return netted.take(kept > 0)


def recency_weights(ordered_at: Integers, now: datetime, *, half_life_days: float = HALF_LIFE_DAYS) -> Floats:
    """1 for now, a half for `half_life_days` ago; never above 1."""
    age_days = np.maximum(int(as_utc(now).timestamp()) - ordered_at, 0) / SECONDS_A_DAY
    return np.asarray(np.exp2(-age_days / half_life_days), dtype=np.float64)


def damped(quantity: Floats) -> Floats:
    """1 for one unit, growing with the logarithm and at most 2: an order of 80,995 units says little more than one of twenty."""
    return np.asarray(np.minimum(1.0 + np.log(np.maximum(quantity, 1.0)) / np.log(1_000.0), 2.0), dtype=np.float64)


def customer_matrix(lines: OrderLines, now: datetime) -> Interactions:
    """Known customers × products: the damped net quantity, weighted by how recent the latest purchase is."""
    known = lines.take(lines.customer != UNKNOWN_CUSTOMER)
    values = recency_weights(known.ordered_at, now)
    return _largest(known.customer, known.product_id, values * damped(known.quantity))


def purchase_counts(lines: OrderLines) -> Interactions:
    """Known customers × products: how many of a customer's orders held it."""
    known = lines.take(lines.customer != UNKNOWN_CUSTOMER)
    triples = np.unique(np.stack([known.customer, known.product_id, known.order_id]), axis=1)
    customer, product, _order = triples
    row_ids, row = np.unique(customer, return_inverse=True)
    product_ids, column = np.unique(product, return_inverse=True)
    ones = np.ones(len(row), dtype=np.float32)
    return Interactions(csr_array((ones, (row, column)), shape=(len(row_ids), len(product_ids))), row_ids, product_ids)


def basket_matrix(lines: OrderLines, now: datetime) -> Interactions:
    """Orders × products: the square root of the order's recency, so that a co-purchase (a product of two) weighs its recency."""
    orders, row, sizes = np.unique(lines.order_id, return_inverse=True, return_counts=True)
    kept = lines.take(sizes[row] <= BASKET_LIMIT) if len(orders) else lines
    return _largest(kept.order_id, kept.product_id, np.sqrt(recency_weights(kept.ordered_at, now)))


def _largest(rows: Integers, products: Integers, values: Floats) -> Interactions:
    """One cell for each row and product that occur together, with the largest of its values."""
    row_ids, row = np.unique(rows, return_inverse=True)
    product_ids, column = np.unique(products, return_inverse=True)
    order = np.lexsort((-values, column, row))
    row, column, values = row[order], column[order], values[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    shape = (len(row_ids), len(product_ids))
    cells = csr_array((values[first].astype(np.float32), (row[first], column[first])), shape=shape)
    return Interactions(cells, row_ids, product_ids)


def epoch_seconds(times: "pd.Series[Any]") -> "pd.Series[int]":
    """Times (aware, or naive and then taken as UTC) as whole seconds since 1970."""
    stamps = pd.to_datetime(times, utc=True)
    return stamps.dt.as_unit("s").astype("int64")


def as_utc(moment: datetime) -> datetime:
    """The same moment, aware; a naive one is taken as UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
