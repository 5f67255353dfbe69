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

    `units` (n_products, n_weeks) is the history in usual weeks, `factors` (n_cutoffs, n_products, horizon) what makes weeks of them.
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
        before = [self.units[:, : self.cutoffs[one]] for one in chosen]
        widths = [width(past, self.factors[one]) for one, past in zip(chosen, before, strict=True)]
        scaled = [(self.actual[one] - self.means[one]) / wide for one, wide in zip(chosen, widths, strict=True)]
        return Errors(np.concatenate(scaled), np.concatenate([regularity(past) for past in before]))

    def _interval(self, level: float) -> Interval:
        """Bands for the later half of the cutoffs; the earlier half is left out (NaN)."""
        half = len(self.cutoffs) // 2
        bands = calibrate(self.errors(last=max(half, 1)))
        horizon = self.actual.shape[2]
        ends = []
        for probability in ((1 - level) / 2, (1 + level) / 2):
            end = np.full(self.actual.shape, np.nan)
            for one in range(half, len(self.cutoffs)):
                before = self.units[:, : self.cutoffs[one]]
                offsets = bands.offsets(regularity(before), horizon, probability)
                end[one] = np.maximum(self.means[one] + width(before, self.factors[one]) * offsets, 0.0)
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
    on_top = np.ones(actual.shape) if factors is None else np.stack([_as_wide(factors[:, weeks], ahead, fill=1.0) for weeks in after])
    means = np.stack([method(cutoff, ahead) for cutoff in at])
    return Backtest(at, means * on_top, actual * on_top, units, on_top)


def _as_wide(table: Floats, weeks: int, *, fill: float) -> Floats:
    return np.pad(table, ((0, 0), (0, weeks - table.shape[1])), constant_values=fill)


def _until(units: Floats, cutoff: int) -> Floats:
    """The history up to a cutoff in a table as wide as the whole, so that cutoffs can be stacked."""
    history = units.copy()
    history[:, cutoff:] = np.nan
    return history
