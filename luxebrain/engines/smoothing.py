"""The forecast that always works: a level per product, from three estimators that err differently. numpy only.

Simple exponential smoothing with alpha per product (Brown 1956), the median of eight weeks, and TSB for intermittent demand (Teunter,
Syntetos, Babai 2011). Their mean beat each of them, AutoETS and Theta on both stores measured.
"""

import numpy as np

from luxebrain.engines.histories import Floats, calm, last_known, row_medians

ALPHAS = np.array([0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.45, 0.65])
MEMORY = 78
MEDIAN_WEEKS = 8
TSB_DEMAND, TSB_PROBABILITY = 0.1, 0.2


def smoothed(units: Floats) -> Floats:
    """Units a week to come, (n_products,); zero for a product without a known week. `units` is demand, NaN where unknown."""
    recent = units[:, -MEMORY:]
    quiet = calm(recent)
    # Half of each reads the weeks as they were: cutting large orders lowers the typical error but also the total.
    parts = [_mean_of_three(recent), _mean_of_three(quiet)]
    return np.asarray(np.nan_to_num((parts[0] + parts[1]) / 2), dtype=np.float64)


def naive(units: Floats) -> Floats:
    """The last known week, (n_products,); zero where there is none."""
    return np.asarray(np.nan_to_num(last_known(units)), dtype=np.float64)


def exponential(units: Floats) -> tuple[Floats, Floats]:
    """Levels with the alpha that would have predicted each product best, (n_products,), and with every alpha, (n_products, n_alphas)."""
    levels = np.full((len(units), len(ALPHAS)), np.nan)
    squared = np.zeros_like(levels)
    for week in range(units.shape[1]):
        value = units[:, week, None]
        error = np.nan_to_num(value - levels)  # zero where the week or the level is unknown
        squared += error**2
        levels = np.where(np.isnan(levels), value, levels + ALPHAS * error)
    best = squared.argmin(axis=1) if units.shape[1] else np.zeros(len(units), dtype=np.int64)
    return levels[np.arange(len(units)), best], levels


def tsb(units: Floats) -> Floats:
    """Size of a week with sales times the probability of one, each smoothed (n_products,); a product that stops selling fades."""
    size, probability = np.full(len(units), np.nan), np.full(len(units), np.nan)
    for week in range(units.shape[1]):
        value = units[:, week]
        sold = (value > 0).astype(float)
        known = np.isfinite(value)
        size = np.where(value > 0, np.where(np.isnan(size), value, size + TSB_DEMAND * (value - size)), size)
        step = np.where(np.isnan(probability), sold, probability + TSB_PROBABILITY * (sold - probability))
        probability = np.where(known, step, probability)
    return np.asarray(np.nan_to_num(size * probability), dtype=np.float64)


def _mean_of_three(units: Floats) -> Floats:
    return (exponential(units)[0] + row_medians(units[:, -MEDIAN_WEEKS:]) + tsb(units)) / 3
