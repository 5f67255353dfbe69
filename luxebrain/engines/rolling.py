"""Rolling origins: what each method would have said at past cutoffs, and what then came. The store's own evidence for choosing a method.

A method is asked at each cutoff with what was known then. Models and seasons are fitted before the first cutoff only. Of a large store
600 products are asked: they decide the method and the bands for all.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luxebrain.engines.accuracy import Accuracy, Interval, accuracy
from luxebrain.engines.histories import Floats
from luxebrain.engines.intervals import Errors, calibrate, regularity, width

MOST_CUTOFFS = 16
MOST_PRODUCTS = 600
TOLERATED_BIAS = 0.25

# What was known at a cutoff: the cutoff (weeks of history), how many weeks to forecast → units, (n_products, horizon).
Method = Callable[[int, int], Floats]


@dataclass(frozen=True, slots=True)
class Backtest:
    """One method's past: `means` and `actual` (n_cutoffs, n_products, horizon); actual is NaN beyond the history.

    `units` (n_products, n_weeks) is the history in usual weeks, `factors` (same shape) what makes weeks of them.
    """

    cutoffs: tuple[int, ...]
    means: Floats
    actual: Floats
    units: Floats
    factors: Floats

    @property
    def score(self) -> float:
        """Typical error times squared error, lower is better; infinite where nothing is known.

        Missing the total by more than a quarter is fined, for stock is bought by totals.
        """
        found = self.accuracy()
        if found.wape is None or found.rmsse is None or found.bias is None:
            return float("inf")
        return found.wape * found.rmsse * (1 + max(0.0, abs(found.bias) - TOLERATED_BIAS))

    def accuracy(self, level: float | None = None) -> Accuracy:
        """Over all cutoffs; with a level also what a band from the earlier half's errors covered of the later half."""
        history = np.concatenate([_until(self.units, cutoff) for cutoff in self.cutoffs])
        flat = (-1, self.actual.shape[2])
        return accuracy(history, self.actual.reshape(flat), self.means.reshape(flat), None if level is None else self._interval(level))

    def errors(self, *, first: int = 0, last: int | None = None) -> Errors:
        chosen = range(len(self.cutoffs))[first:last]
        scaled = [(self.actual[one] - self.means[one]) / self._width(self.cutoffs[one]) for one in chosen]
        return Errors(np.concatenate(scaled), np.concatenate([self._regularity(self.cutoffs[one]) for one in chosen]))

    def _width(self, cutoff: int) -> Floats:
        horizon = self.actual.shape[2]
        future = _as_wide(self.factors[:, cutoff : cutoff + horizon], horizon, fill=1.0)
        return width(self.units[:, :cutoff], self.factors[:, :cutoff], future)

    def _regularity(self, cutoff: int) -> Floats:
        return regularity(self.units[:, :cutoff], self.factors[:, :cutoff])

    def _interval(self, level: float) -> Interval:
        """Bands for the later half of the cutoffs; the earlier half is left out (NaN)."""
        half = len(self.cutoffs) // 2
        bands = calibrate(self.errors(last=max(half, 1)))
        horizon = self.actual.shape[2]
        ends = []
        for probability in ((1 - level) / 2, (1 + level) / 2):
            end = np.full(self.actual.shape, np.nan)
            for one in range(half, len(self.cutoffs)):
                offsets = bands.offsets(self._regularity(self.cutoffs[one]), horizon, probability)
                end[one] = np.maximum(self.means[one] + self._width(self.cutoffs[one]) * offsets, 0.0)
            ends.append(end.reshape(-1, horizon))
        return Interval(level, ends[0], ends[1])


def cutoffs(weeks: int) -> tuple[int, ...]:
    """The last third of the weeks, 16 at most: each cutoff with at least one week after it and one before."""
    return tuple(range(max(1, weeks - max(1, min(weeks // 3, MOST_CUTOFFS))), weeks))


def sample(products: int, *, seed: int) -> NDArray[np.int64]:
    return np.sort(np.random.default_rng(seed).permutation(products)[:MOST_PRODUCTS])


def backtest(units: Floats, method: Method, horizon: int, *, factors: Floats | None = None) -> Backtest:
    """`units` is demand of the products that `method` forecasts, in usual weeks, at least two; `factors` (same shape) turn both back.

    Horizons beyond the tested weeks are not asked.
    """
    at = cutoffs(units.shape[1])
    ahead = min(horizon, len(at))
    after = [slice(cutoff, cutoff + ahead) for cutoff in at]
    actual = np.stack([_as_wide(units[:, weeks], ahead, fill=np.nan) for weeks in after])
    factors = np.ones_like(units) if factors is None else factors
    on_top = np.stack([_as_wide(factors[:, weeks], ahead, fill=1.0) for weeks in after])
    means = np.stack([method(cutoff, ahead) for cutoff in at])
    return Backtest(at, means * on_top, actual * on_top, units, factors)


def _as_wide(table: Floats, weeks: int, *, fill: float) -> Floats:
    return np.pad(table, ((0, 0), (0, weeks - table.shape[1])), constant_values=fill)


def _until(units: Floats, cutoff: int) -> Floats:
    """The history up to a cutoff in a table as wide as the whole, so that cutoffs can be stacked."""
    history = units.copy()
    history[:, cutoff:] = np.nan
    return history
