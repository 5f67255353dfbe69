"""How demand follows price: units a week are base × price^elasticity × week, drawn towards what category and store show.

Given a product's total, its units in the weeks are shares, which hold the elasticity and no base (a conditional Poisson likelihood: the
log-log regression's form, but a week with nothing sold needs no patch). It is laid out over a grid of elasticities, so the posterior is
exact there. The prior is what empirical Bayes finds: products around their category, categories around the store (Efron and Morris 1975).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

GRID = np.linspace(-6.0, 0.5, 66)
STORE_SPREAD = 1.0  # of a store's mean around what its margins say
CATEGORY_SPREAD = 0.4  # of categories around their store
LEAST_SPREAD = 0.15  # of products around their category
USUAL_SPREAD = 0.5  # and where they are few
ROUNDS = 20
MOST_AT_ONCE = 8.0  # a week of more than eight times the usual says no more than one of eight


@dataclass(frozen=True, slots=True)
class Demand:
    """weights: (n, len(GRID)), each product's posterior over elasticities. base: (n, len(GRID)), units of a usual week at the reference
    price under each of them. dispersion: variance over mean of a week's units, at least 1."""

    weights: Floats
    base: Floats
    dispersion: float

    @property
    def elasticity(self) -> Floats:
        """(n,) posterior means."""
        return np.asarray(self.weights @ GRID)

    @property
    def spread(self) -> Floats:
        """(n,) posterior standard deviations."""
        return np.sqrt(np.maximum(self.weights @ GRID**2 - self.elasticity**2, 0.0))

    def of(self, block: slice) -> "Demand":
        return Demand(self.weights[block], self.base[block], self.dispersion)

    def interval(self, level: float = 0.9) -> tuple[Floats, Floats]:
        """(n,) bounds that hold the elasticity with this probability, under the prior that was found."""
        running = np.cumsum(self.weights, axis=1)
        low, high = ((running < bound).sum(axis=1) for bound in ((1 - level) / 2, (1 + level) / 2))
        return GRID[low], GRID[np.minimum(high, len(GRID) - 1)]

    def units(self, relative_prices: Floats) -> Floats:
        """relative_prices: (n, p), of the reference price → (n, p, len(GRID)) units of a usual week."""
        return np.asarray(self.base[:, None, :] * np.exp(np.log(relative_prices)[:, :, None] * GRID))


def learn(prices: Floats, units: Floats, reference: Floats, categories: Integers, *, expected: float, recency: Floats) -> Demand:
    """prices, units: (weeks, n), NaN where nothing was on sale; reference: (n,) prices > 0. categories: (n,), from 0 on.

    expected: the elasticity that the store is thought to have before anything is seen. recency: (weeks,) weights of the base.
    """
    sold = np.isfinite(units) & np.isfinite(prices) & (prices > 0)
    y = _calm(np.where(sold, np.maximum(np.nan_to_num(units), 0.0), 0.0), sold)
    x = np.log(np.where(sold, prices, reference) / reference)
    elasticity = np.full(units.shape[1], expected)
    for _ in range(2):  # what all products did in a week, once without and once with their own prices taken out
        week = _weeks(y, x, sold, elasticity)
        likelihood, dispersion = _likelihood(y, x, sold, week, elasticity)
        weights = _shrink(likelihood / dispersion, categories, expected)
        elasticity = weights @ GRID
    return Demand(weights, _base(y, x, sold, week=week, recency=recency), dispersion)


def _calm(y: Floats, sold: NDArray[np.bool_]) -> Floats:
    """One bulk order does not make a product's demand: the usual is the mean without the tenth of weeks that sold most."""
    tops = [np.sort(column[on])[: max(1, int(0.9 * on.sum()))] for column, on in zip(y.T, sold.T, strict=True)]
    usual = np.array([top.mean() if len(top) else 0.0 for top in tops])
    return np.asarray(np.minimum(y, MOST_AT_ONCE * np.maximum(usual, 1.0)))


def _weeks(y: Floats, x: Floats, sold: NDArray[np.bool_], elasticity: Floats) -> Floats:
    """(weeks,) factors around 1."""
    effect = np.where(sold, np.exp(x * elasticity), 0.0)
    level = y.sum(axis=0) / np.maximum(effect.sum(axis=0), 1e-9)
    expected = (effect * level).sum(axis=1)
    return np.asarray((y.sum(axis=1) + 10.0) / (expected + 10.0))


def _likelihood(y: Floats, x: Floats, sold: NDArray[np.bool_], week: Floats, elasticity: Floats) -> tuple[Floats, float]:
    """((n, len(GRID)) log-likelihoods, the dispersion of weeks around their expectation)."""
    total = y.sum(axis=0)
    moved = (y * x).sum(axis=0)[:, None] * GRID
    sums = np.stack([np.where(sold, np.exp(x * each) * week[:, None], 0.0).sum(axis=0) for each in GRID], axis=1)
    expected = np.where(sold, np.exp(x * elasticity) * week[:, None], 0.0)
    expected *= total / np.maximum(expected.sum(axis=0), 1e-9)
    freedom = max(float(sold.sum() - 2 * (total > 0).sum()), 1.0)
    pearson = np.where(sold & (expected > 0), (y - expected) ** 2 / np.maximum(expected, 0.05), 0.0).sum()
    return moved - total[:, None] * np.log(np.maximum(sums, 1e-300)), float(np.clip(pearson / freedom, 1.0, 50.0))


def _shrink(likelihood: Floats, categories: Integers, expected: float) -> Floats:
    """Posteriors under the prior that fits all products best (expectation and maximisation)."""
    count = int(categories.max(initial=0)) + 1
    members = np.bincount(categories, minlength=count)
    store, means, spread = expected, np.full(count, expected), USUAL_SPREAD
    weights = _posterior(likelihood, means[categories], spread)
    for _ in range(ROUNDS):
        own = weights @ GRID
        inside = spread**2 / np.maximum(members, 1)
        precision = members / spread**2 + 1 / CATEGORY_SPREAD**2
        means = (np.bincount(categories, own, count) / spread**2 + store / CATEGORY_SPREAD**2) / precision
        between = CATEGORY_SPREAD**2 + inside
        held = members > 0
        store = float((means[held] / between[held]).sum() + expected / STORE_SPREAD**2) / float(
            (1 / between[held]).sum() + 1 / STORE_SPREAD**2
        )
        around = (weights * (GRID - means[categories][:, None]) ** 2).sum(axis=1)
        spread = max(float(np.sqrt((around.sum() + 5 * USUAL_SPREAD**2) / (len(around) + 5))), LEAST_SPREAD)
        weights = _posterior(likelihood, means[categories], spread)
    return weights


def _posterior(likelihood: Floats, means: Floats, spread: float) -> Floats:
    scores = likelihood - 0.5 * ((GRID - means[:, None]) / spread) ** 2
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(scores / scores.sum(axis=1, keepdims=True))


def _base(y: Floats, x: Floats, sold: NDArray[np.bool_], *, week: Floats, recency: Floats) -> Floats:
    """(n, len(GRID)), drawn a little towards nothing sold."""
    told = (y * recency[:, None]).sum(axis=0)
    weighed = np.where(sold, week[:, None] * recency[:, None], 0.0)
    under = np.stack([(weighed * np.exp(x * each)).sum(axis=0) for each in GRID], axis=1)
    return np.asarray((told[:, None] + 0.05) / (under + 0.1))
