"""How far off: conformal bands from the errors the same method made at past cutoffs (Vovk et al. 2005; split conformal).

Errors are divided by each product's own spread and pooled over products, within classes of how regularly a product sells. Quantiles by
k / (n + 1), so that a band of 80 % covers 80 % of new weeks that behave like the past ones.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from luxebrain.engines.histories import RECENT, Floats, row_means

PROBABILITIES = np.concatenate([[0.001, 0.005], np.arange(1, 100) / 100, [0.995, 0.999]])
# Squared mean deviation of a Poisson over its mean.
COUNTING = 2 / np.pi
CLASSES = 5
# Units a week below which a product is one of the seldom sold, whose errors are judged apart: one that takes off errs by dozens of spreads.
SELDOM = 1.0
APART = 10.0  # more than any regularity
# No spread of a product that sells is less.
NARROWEST = 1.0
A_CLASS = 200
FEWEST_ERRORS = 30


@dataclass(frozen=True, slots=True)
class Errors:
    """(n, horizon) each, one row a product and cutoff: errors in spreads (NaN: outcome unknown) and, (n,), level over spread."""

    scaled: Floats
    regularity: Floats


@dataclass(frozen=True, slots=True)
class Bands:
    """`table` (n_classes, n_horizons, n_probabilities) in spreads; `edges` part the classes; `rho` is how weeks err together."""

    table: Floats
    edges: Floats
    rho: float

    def offsets(self, regularity: Floats, horizon: int, probability: float) -> Floats:
        """(n, horizon) in spreads. Weeks farther than any measured take the last measured error."""
        by_class = np.apply_along_axis(lambda row: np.interp(probability, PROBABILITIES, row), 2, self.table)
        ahead = np.minimum(np.arange(horizon), by_class.shape[1] - 1)
        return np.asarray(by_class[self.classes(regularity)][:, ahead], dtype=np.float64)

    def classes(self, regularity: Floats) -> NDArray[np.int64]:
        return np.asarray(np.searchsorted(self.edges, regularity), dtype=np.int64)


def width(units: Floats, past: Floats, future: Floats) -> Floats:
    """(n_products, horizon), above zero: the mean deviation to expect of weeks that sell `future` (same shape) times the usual week.

    `units` is in usual weeks, `past` (same shape) what made weeks of them. Of the recent deviation, the part that counting alone explains
    (Poisson) grows with the root of the factor, the rest with the factor: a slow season is relatively noisier.
    """
    recent = units[:, -RECENT:]
    level = np.nan_to_num(row_means(recent))[:, None]
    deviation = np.nan_to_num(row_means(np.abs(recent - level) * np.sqrt(past[:, -RECENT:])))[:, None]
    counting = np.minimum(COUNTING * level, deviation**2)
    wide = np.sqrt(future * counting + future**2 * (deviation**2 - counting))
    narrowest = np.where(level > 0, NARROWEST, 1e-6)
    return np.asarray(np.maximum(np.maximum(wide, 0.3 * np.sqrt(level * future)) + 0.01 * level, narrowest), dtype=np.float64)


def regularity(units: Floats, past: Floats) -> Floats:
    """(n_products,): recent level over width, low for products that sell in large orders; less APART for those that sell seldom, 0 for
    those that have not sold of late."""
    level = np.nan_to_num(row_means(units[:, -RECENT:]))
    steady = level / width(units, past, np.ones((len(units), 1)))[:, 0]
    return np.asarray(np.where((level > 0) & (level < SELDOM), steady - APART, steady), dtype=np.float64)


def calibrate(errors: Errors) -> Bands:
    """As many classes as the errors carry; below 30 errors a normal shape is mixed in, for nothing else is known yet."""
    errors = _awake(errors)
    count = int(np.isfinite(errors.scaled).sum())
    classes = int(np.clip(count // (A_CLASS * max(1, errors.scaled.shape[1])), 1, CLASSES))
    often = errors.regularity[errors.regularity >= 0]
    edges = np.concatenate([[0.0], np.quantile(often, np.arange(1, classes) / classes)]) if classes > 1 and len(often) else np.zeros(0)
    of_row = np.searchsorted(edges, errors.regularity)
    return Bands(np.stack([_class_table(errors.scaled[of_row == one]) for one in range(len(edges) + 1)]), edges, _rho(errors.scaled))


def _awake(errors: Errors) -> Errors:
    """Without what had not sold of late when it was forecast: its past says nothing of how far off that was."""
    awake = errors.regularity != 0
    return Errors(errors.scaled[awake], errors.regularity[awake])


def _class_table(scaled: Floats) -> Floats:
    """(n_horizons, n_probabilities); a horizon with few errors of its own borrows from all."""
    everything = _filled(scaled[np.isfinite(scaled)])
    own = [column[np.isfinite(column)] for column in scaled.T]
    pools = [column if len(column) >= A_CLASS // 2 else everything for column in own] or [everything]
    return np.stack([np.quantile(pool, PROBABILITIES, method="weibull") for pool in pools])


def _filled(errors: Floats) -> Floats:
    if len(errors) >= FEWEST_ERRORS:
        return errors
    shape = norm.ppf(np.arange(1, FEWEST_ERRORS + 1) / (FEWEST_ERRORS + 1)) * np.sqrt(np.pi / 2)  # mean deviation → standard deviation
    return np.concatenate([errors, shape])


def _rho(scaled: Floats) -> float:
    """Correlation of neighbouring weeks' errors, by rank: single large orders must not decide it."""
    first, second = scaled[:, :-1].ravel(), scaled[:, 1:].ravel()
    both = np.isfinite(first) & np.isfinite(second)
    if both.sum() < FEWEST_ERRORS:
        return 0.0
    ranks = [values[both].argsort().argsort() for values in (first, second)]
    return float(np.clip(np.corrcoef(ranks[0], ranks[1])[0, 1], 0.0, 0.9))
