"""What sells: popular now, best sellers, trending. Arrays over the catalogue, larger is better, 0 = nothing to say.

Popular is the mean of two ranks of strength: orders of the last 14 days and first purchases (by a customer who never bought the
product before) of the last 14 days; the latter was the strongest seasonal signal measured. A small store looks back
further: the window doubles until it holds 200 lines, or everything.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from luxebrain.engines.interactions import SECONDS_A_DAY, UNKNOWN_CUSTOMER, Floats, Integers, OrderLines, as_utc, damped

RECENT_DAYS = 14.0
BEST_SELLER_DAYS = 90.0
LONGEST_DAYS = 730.0
ENOUGH_LINES = 200


@dataclass(frozen=True, slots=True)
class Popularity:
    """Scores aligned with the product ids that were asked about, float64, ≥ 0; `recent_days` is the window that was used.

    recent: lines within it. newcomers: first purchases within its second half, a week where enough is sold.
    """

    popular: Floats
    recent: Floats
    newcomers: Floats
    best_sellers: Floats
    trending: Floats
    recent_days: float


def popularity(lines: OrderLines, product_ids: Integers, now: datetime) -> Popularity:
    """Scores for `product_ids` (ascending) from net lines, each of whose products is among them."""
    age_days = (int(as_utc(now).timestamp()) - lines.ordered_at) / SECONDS_A_DAY
    column = np.searchsorted(product_ids, lines.product_id)
    recent_days = _window(age_days)
    recent = _counts(column[age_days <= recent_days], len(product_ids))
    is_first = _is_first(lines)
    firsts = _counts(column[is_first & (age_days <= recent_days)], len(product_ids))
    earlier = _counts(column[(age_days > recent_days) & (age_days <= 5 * recent_days)], len(product_ids)) / 4.0
    quarter = age_days <= max(BEST_SELLER_DAYS, recent_days)
    sold = np.asarray(np.bincount(column[quarter], weights=damped(lines.quantity[quarter]), minlength=len(product_ids)), dtype=np.float64)
    # Growth in standard errors of a Poisson count, so that one order after none is no trend.
    trending = np.maximum(recent - earlier, 0.0) / np.sqrt(recent + earlier + 1.0)
    newcomers = _counts(column[is_first & (age_days <= recent_days / 2)], len(product_ids))
    return Popularity(_share(recent) + _share(firsts), recent, newcomers, sold, trending, recent_days)


def _window(age_days: Floats) -> float:
    days = RECENT_DAYS
    while days < LONGEST_DAYS and np.count_nonzero(age_days <= days) < min(ENOUGH_LINES, len(age_days)):
        days *= 2
    return days


def _is_first(lines: OrderLines) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a line is the first purchase of its product by its customer; a guest's always is."""
    order = np.lexsort((lines.ordered_at, lines.product_id, lines.customer))
    same = np.zeros(len(lines), dtype=bool)
    customer, product = lines.customer[order], lines.product_id[order]
    same[order[1:]] = (customer[1:] == customer[:-1]) & (product[1:] == product[:-1]) & (customer[1:] != UNKNOWN_CUSTOMER)
    return ~same


def _counts(column: Integers, size: int) -> Floats:
    return np.bincount(column, minlength=size).astype(np.float64)


def _share(counts: Floats) -> Floats:
    return counts / max(float(counts.sum()), 1.0)
