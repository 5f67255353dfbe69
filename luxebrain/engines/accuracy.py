"""How good forecasts are: errors that can be added up over products, and what a level's interval really covered.

Every figure takes float arrays (n_products, horizon). A week without a known outcome is NaN and is left out. A figure that is undefined
(nothing was sold, no week is known, the history never moved) is None, never NaN and never zero.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """`wape` and `bias` are shares of the units sold (bias below zero: too low); `mase` and `rmsse` count naive errors."""

    weeks: int
    wape: float | None
    bias: float | None
    mase: float | None
    rmsse: float | None
    pinball: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Interval:
    """Both (n_products, horizon), for one level between 0 and 1."""

    level: float
    lower: Floats
    upper: Floats


def accuracy(history: Floats, actual: Floats, mean: Floats, interval: Interval | None = None) -> Accuracy:
    """All figures at once. `history` is (n_products, n_weeks), before the cutoff; pinball and coverage need the interval.

    Pinball is the mean of the losses at the interval's two ends, as a share of the mean units sold.
    """
    _check_shapes(history, actual, mean)
    return Accuracy(
        weeks=int(_known(actual, mean).sum()),
        wape=wape(actual, mean),
        bias=bias(actual, mean),
        mase=mase(history, actual, mean),
        rmsse=rmsse(history, actual, mean),
        pinball=None if interval is None else _interval_pinball(actual, interval),
        coverage=None if interval is None else coverage(actual, interval),
    )


def wape(actual: Floats, mean: Floats) -> float | None:
    """Σ|actual − forecast| / Σ|actual|: weighted absolute percentage error."""
    known = _known(actual, mean)
    return _ratio(np.abs(actual - mean)[known].sum(), np.abs(actual)[known].sum())


def bias(actual: Floats, mean: Floats) -> float | None:
    """Σ(forecast − actual) / Σ|actual|."""
    known = _known(actual, mean)
    return _ratio((mean - actual)[known].sum(), np.abs(actual)[known].sum())


def mase(history: Floats, actual: Floats, mean: Floats) -> float | None:
    """Mean over products of the absolute error over the naive one-week error in the history (Hyndman, Koehler 2006)."""
    return _scaled(np.abs(_steps(history)), np.abs(actual - mean))


def rmsse(history: Floats, actual: Floats, mean: Floats) -> float | None:
    """Mean over products of the root of the squared error over the naive one in the history (M5: Makridakis et al. 2022)."""
    return _scaled(_steps(history) ** 2, (actual - mean) ** 2, power=0.5)


def pinball(actual: Floats, quantile: Floats, q: float) -> float | None:
    """Mean pinball loss of the q-quantile as a share of the mean units sold; lower is better."""
    known = _known(actual, quantile)
    error = (actual - quantile)[known]
    return _ratio(np.maximum(q * error, (q - 1) * error).sum(), np.abs(actual)[known].sum())


def coverage(actual: Floats, interval: Interval) -> float | None:
    """Share of known weeks within the interval, both ends included: an 80 % interval should cover 0.80."""
    known = _known(actual, interval.lower + interval.upper)
    inside = (interval.lower <= actual) & (actual <= interval.upper)
    return _ratio(float(inside[known].sum()), float(known.sum()))


def _interval_pinball(actual: Floats, interval: Interval) -> float | None:
    tail = (1 - interval.level) / 2
    ends = (pinball(actual, interval.lower, tail), pinball(actual, interval.upper, 1 - tail))
    return None if ends[0] is None or ends[1] is None else (ends[0] + ends[1]) / 2


def _scaled(naive: Floats, error: Floats, *, power: float = 1.0) -> float | None:
    """Products whose history never moved, or without a known week, have no scale and are left out."""
    scale, own = _row_means(naive), _row_means(error)
    usable = np.isfinite(own) & (scale > 0)
    return float(np.mean((own[usable] / scale[usable]) ** power)) if usable.any() else None


def _steps(history: Floats) -> Floats:
    return np.asarray(np.diff(history, axis=1), dtype=np.float64)


def _row_means(values: Floats) -> Floats:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _known(actual: Floats, forecast: Floats) -> NDArray[np.bool_]:
    return np.isfinite(actual) & np.isfinite(forecast)


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None


def _check_shapes(history: Floats, actual: Floats, mean: Floats) -> None:
    if history.ndim != 2 or actual.shape != mean.shape or actual.ndim != 2 or len(history) != len(actual):
        raise ValueError(f"History {history.shape}, actual {actual.shape}, forecast {mean.shape}: one row a product, and equal horizons.")
