"""The yearly season, once there is more than a year: four harmonics, a product's own drawn towards those of the store.

Regression on sines and cosines of the week, on units relative to the product's level, so that products add up. How far a product keeps
its own season is empirical Bayes (Efron, Morris 1975): the more its season differs beyond what noise explains, the more of it is kept.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luxebrain.engines.histories import Floats, calm, row_means

WEEKS_A_YEAR = 52.18
FEWEST_WEEKS = 65
HARMONICS = 4
LIMITS = (0.2, 5.0)


@dataclass(frozen=True, slots=True)
class Season:
    """`coefficients` (n_products, 2 × harmonics)."""

    coefficients: Floats

    def factors(self, first_week: int, weeks: int) -> Floats:
        """(n_products, weeks): how much of its level a product sells in each week, counted from the first column it was fitted on."""
        return np.asarray(np.clip(1 + self.coefficients @ _waves(first_week, weeks).T, *LIMITS), dtype=np.float64)


def is_visible(weeks: int) -> bool:
    return weeks >= FEWEST_WEEKS


def fit(units: Floats) -> Season:
    """`units` (n_products, n_weeks) is demand, NaN where unknown, at least 65 weeks."""
    level = row_means(units)
    sold = level > 0
    relative = np.where(sold[:, None], calm(units, weeks=units.shape[1]) / np.where(sold, level, 1.0)[:, None], np.nan)
    known = np.isfinite(relative)
    design = _design(units.shape[1])
    store = np.linalg.solve(design.T @ design + np.eye(design.shape[1]), design.T @ _store_curve(relative, units))[2:]
    own, noise = _each(design, relative, known)
    usable = known.sum(axis=1) >= FEWEST_WEEKS
    apart = own - store
    spread = np.maximum(np.mean(apart[usable] ** 2 - noise[usable], axis=0), 0.0) if usable.any() else np.zeros(2 * HARMONICS)
    kept = np.where(usable[:, None], spread / (spread + noise + 1e-12), 0.0)
    return Season(np.where(usable[:, None], store + kept * apart, store))


def _store_curve(relative: Floats, units: Floats) -> Floats:
    """The mean relative week, products weighted by the root of their level: large ones are less noisy, but must not be the store."""
    weight = np.sqrt(np.nan_to_num(row_means(units)))[:, None] * np.isfinite(relative)
    total = weight.sum(axis=0)
    return np.where(total > 0, (np.nan_to_num(relative) * weight).sum(axis=0) / np.maximum(total, 1e-12), 1.0)


def _each(design: Floats, relative: Floats, known: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Coefficients of every product and their sampling variances; unknown weeks are taken at the product's level."""
    filled = np.where(known, relative, 1.0)
    inverse = np.linalg.inv(
        design.T @ design + np.eye(design.shape[1])
    )  # one week's worth of doubt: under two years a trend looks like a season
    every = np.einsum("nw,wk->nk", filled, design @ inverse)
    residual = np.mean((filled - np.einsum("nk,wk->nw", every, design)) ** 2, axis=1)
    return every[:, 2:], residual[:, None] * np.diag(inverse)[None, 2:]


def _design(weeks: int) -> Floats:
    trend = np.linspace(-1, 1, weeks)
    return np.column_stack([np.ones(weeks), trend, _waves(0, weeks)])


def _waves(first_week: int, weeks: int) -> Floats:
    angle = 2 * np.pi * np.arange(first_week, first_week + weeks)[:, None] * np.arange(1, HARMONICS + 1) / WEEKS_A_YEAR
    return np.column_stack([np.sin(angle), np.cos(angle)])
