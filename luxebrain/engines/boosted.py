"""One gradient-boosted model over all products (scikit-learn's histogram trees), for stores with enough of them.

Two models are averaged: the 0.56-quantile of units, which keeps the typical error low, and the mean of their square roots, which keeps
single large orders from ruling. Both lie between median and mean: the median sells too few in total, the mean errs more in every week.
The idea of one global model on scaled series: Montero-Manso, Hyndman 2021; M5's winners.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from luxebrain.engines.features import Seen, look
from luxebrain.engines.histories import Floats

FEWEST_PRODUCTS, FEWEST_WEEKS = 50, 18
FIRST_CUTOFF, FEWEST_KNOWN = 10, 8
CUTOFFS = 39
ROWS = 48_000
HORIZONS = 8
QUANTILE = 0.56
TREES: dict[str, Any] = {
    "max_iter": 60, "learning_rate": 0.1, "max_leaf_nodes": 15, "min_samples_leaf": 100,
    "l2_regularization": 1.0, "early_stopping": False,
}  # fmt: skip
GROWTH_POWER, GROWTH_LIMITS = 0.5, (0.85, 1.2)


@dataclass(frozen=True, slots=True)
class Boosted:
    """A fitted pair of models; `horizons` is how far it was taught, farther weeks repeat the last."""

    quantile: Any
    root: Any
    horizons: int

    def predict(self, units: Floats, prices: Floats | None, horizon: int) -> Floats:
        """Units a week, (n_products, horizon), for the weeks after the last of `units`."""
        seen = look(units, prices)
        taught = min(horizon, self.horizons)
        with threadpool_limits(1):
            weeks = [self._week(seen, ahead) for ahead in range(1, taught + 1)]
        weeks += [weeks[-1]] * (horizon - taught)
        return np.column_stack(weeks) * growth(units)

    def _week(self, seen: Seen, ahead: int) -> Floats:
        rows = _with_horizon(seen.columns, ahead)
        typical = np.maximum(self.quantile.predict(rows), 0.0)
        root = np.maximum(self.root.predict(rows), 0.0) ** 2
        return np.asarray((typical + root) / 2 * seen.scale, dtype=np.float64)


def has_enough(units: Floats) -> bool:
    """At least 18 weeks, and 50 products known for 12 of the first two thirds: below that the trees learn single weeks."""
    weeks = units.shape[1]
    return weeks >= FEWEST_WEEKS and int((np.isfinite(units[:, : 2 * weeks // 3]).sum(axis=1) >= FIRST_CUTOFF + 2).sum()) >= FEWEST_PRODUCTS


def train(units: Floats, prices: Floats | None, horizon: int, *, seed: int = 0) -> Boosted:
    """Fitted on what followed up to 39 past cutoffs, 48,000 rows at most; one thread: more of them only wait on small trees."""
    horizons = max(1, min(horizon, HORIZONS, units.shape[1] - FIRST_CUTOFF))
    columns, target = _examples(units, prices, horizons, seed=seed)
    with threadpool_limits(1):
        quantile = HistGradientBoostingRegressor(loss="quantile", quantile=QUANTILE, random_state=seed, **TREES).fit(columns, target)
        root = HistGradientBoostingRegressor(loss="squared_error", random_state=seed, **TREES).fit(columns, np.sqrt(target))
    return Boosted(quantile, root, horizons)


def growth(units: Floats) -> float:
    """The store's last 8 weeks over its last 26, damped: trees cannot forecast above what they saw, a growing store needs it."""
    totals = np.nansum(units, axis=0) / np.maximum(np.isfinite(units).sum(axis=0), 1)
    open_weeks = totals[np.isfinite(units).any(axis=0)]
    if len(open_weeks) < 26 or not open_weeks[-26:].mean() > 0:
        return 1.0
    ratio = float(open_weeks[-8:].mean() / open_weeks[-26:].mean())
    return float(np.clip(ratio**GROWTH_POWER, *GROWTH_LIMITS))


def _examples(units: Floats, prices: Floats | None, horizons: int, *, seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    weeks = units.shape[1]
    cutoffs = range(max(FIRST_CUTOFF, weeks - CUTOFFS), weeks)
    a_cutoff = max(1, 2 * ROWS // (len(cutoffs) * horizons))
    tables, targets = [], []
    for cutoff in cutoffs:
        on_sale = np.flatnonzero(np.isfinite(units[:, :cutoff]).sum(axis=1) >= FEWEST_KNOWN)
        chosen = np.sort(rng.permutation(on_sale)[:a_cutoff])
        if not len(chosen):
            continue
        seen = look(units[chosen, :cutoff], None if prices is None else prices[chosen, :cutoff])
        for ahead in range(1, min(horizons, weeks - cutoff) + 1):
            outcome = units[chosen, cutoff + ahead - 1]
            known = np.isfinite(outcome)
            tables.append(_with_horizon(seen.columns[known], ahead))
            targets.append(outcome[known] / seen.scale[known])
    columns, target = np.vstack(tables), np.concatenate(targets)
    kept = np.sort(rng.permutation(len(target))[:ROWS])
    return columns[kept], target[kept]


def _with_horizon(columns: Floats, ahead: int) -> Floats:
    return np.column_stack([columns, np.full(len(columns), float(ahead))])
