"""What is known about the weeks to come: promotions and prices already decided, as factors on a product's usual week.

Effects are pooled over the store and drawn towards none: one product's few promotions say little. History is divided by its factors, the
forecast multiplied by those of its weeks.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luxebrain.engines.histories import Floats, row_means, row_medians

STEEPEST = -4.0
DOUBT_WEEKS = 20.0
LIMITS = (0.25, 4.0)


@dataclass(frozen=True, slots=True)
class Known:
    """What a merchant knows beside sales, one row (or entry) a product; None where unknown.

    `stocked_out` and `past_promotions` (n_products, n_weeks), `promotions` (n_products, horizon): booleans. `future_prices`
    (n_products, horizon), NaN for the usual price. `categories` (n_products,): any labels; new products start from theirs.
    """

    stocked_out: NDArray[np.bool_] | None = None
    past_promotions: NDArray[np.bool_] | None = None
    promotions: NDArray[np.bool_] | None = None
    future_prices: Floats | None = None
    categories: NDArray[Any] | None = None

    def take(self, rows: NDArray[np.int64]) -> "Known":
        return Known(**{f.name: None if (table := getattr(self, f.name)) is None else table[rows] for f in fields(self)})

    def check(self, products: int, weeks: int, horizon: int) -> None:
        """Raises ValueError naming the table whose shape does not fit."""
        past, future = (products, weeks), (products, horizon)
        wanted = {"stocked_out": past, "past_promotions": past, "promotions": future, "future_prices": future, "categories": (products,)}
        for name, shape in wanted.items():
            table = getattr(self, name)
            if table is not None and np.shape(table) != shape:
                raise ValueError(f"{name} has shape {np.shape(table)}; with these units and this horizon it must be {shape}.")


@dataclass(frozen=True, slots=True)
class Factors:
    """`past` (n_products, n_weeks) and `future` (n_products, horizon), 1 for a usual week."""

    past: Floats
    future: Floats


def factors(units: Floats, prices: Floats | None, known: Known, horizon: int) -> Factors:
    """Ones where nothing is planned or the history does not tell. Price prevails where both are given: a promotion is then its price."""
    if known.future_prices is not None and prices is not None:
        usual = row_medians(prices)[:, None]
        return _powers(units, _ratio(prices, usual), _ratio(known.future_prices, usual))
    if known.promotions is not None and known.past_promotions is not None:
        return _uplifts(units, known.past_promotions, known.promotions)
    return Factors(np.ones_like(units), np.ones((len(units), horizon)))


def elasticity(units: Floats, ratio: Floats) -> float:
    """Within products, log of sales on log of price over its usual (Poisson-like weights), between −4 and 0; 0 where prices never moved."""
    level = row_means(units)[:, None]
    known = np.isfinite(units) & np.isfinite(ratio) & (level > 0)
    weight = np.where(known, np.sqrt(np.nan_to_num(level)), 0.0)
    steps = np.where(known, np.log(np.where(known, ratio, 1.0)), 0.0)
    sales = np.where(known, np.log((units + 0.5) / (level + 0.5)), 0.0)
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    steps = np.where(known, steps - (weight * steps).sum(axis=1, keepdims=True) / total, 0.0)
    doubt = DOUBT_WEEKS * float(weight[known].mean() if known.any() else 1.0) * 0.01
    return float(np.clip((weight * steps * sales).sum() / ((weight * steps**2).sum() + doubt), STEEPEST, 0.0))


def _powers(units: Floats, past: Floats, future: Floats) -> Factors:
    power = elasticity(units, past)
    return Factors(*(np.clip(np.nan_to_num(ratio, nan=1.0) ** power, *LIMITS) for ratio in (past, future)))


def _uplifts(units: Floats, past: NDArray[np.bool_], future: NDArray[np.bool_]) -> Factors:
    """A product's own uplift, drawn towards the store's, that drawn towards none, by weeks of promotion seen."""
    promoted, plain = np.where(past, units, np.nan), np.where(past, np.nan, units)
    level = row_means(plain)
    usable = (level > 0) & np.isfinite(row_means(promoted))
    weeks = np.where(usable, np.isfinite(promoted).sum(axis=1), 0).astype(float)
    own = np.where(usable, row_means(promoted) / np.where(level > 0, level, 1.0), 1.0)
    store = (np.sum(weeks * own) + DOUBT_WEEKS) / (weeks.sum() + DOUBT_WEEKS)
    uplift = np.clip((weeks * own + DOUBT_WEEKS * store) / (weeks + DOUBT_WEEKS), *LIMITS)[:, None]
    return Factors(np.where(past, uplift, 1.0), np.where(future, uplift, 1.0))


def _ratio(prices: Floats, usual: Floats) -> Floats:
    return np.where((prices > 0) & (usual > 0), prices / np.where(usual > 0, usual, 1.0), np.nan)
