"""Prices for the next week, for many products at once: the best expected profit under what is known of demand, within guards.

The one thing to know: nothing is decided by an estimate alone. Each price is judged under every elasticity that the product may have
(`elasticity`), weighed by how likely it is; where little is known of a product, its category and the store's margins stand in for it. Stock
that is finite is paid for: what counts then is what it brings until the season ends, and what is left is worth its salvage value
(Gallego and van Ryzin 1994: the best fixed price of what remains, found anew every week, is nearly the best there is).
"""

from dataclasses import dataclass, fields

import numpy as np
from scipy.special import ndtr

from luxebrain.engines import elasticity
from luxebrain.engines.elasticity import Demand, Floats, Integers

CANDIDATES = 61
BLOCK = 2_000  # products at a time: 65 MB a table
HALF_LIFE_WEEKS = 26.0  # how fast past weeks lose weight for the level of demand
EXPLORATION = 0.03  # how far a price is moved to learn from it
EXPLORING_WEEKS = 8  # left at least: later there is no time to earn what was learned
KNOWN = 0.3  # spread of an elasticity from which on there is nothing to be learned
USUAL_ELASTICITY = -2.0
LIKELY_ELASTICITIES = (-3.5, -1.3)
LEAST_MARGIN = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """prices, units: (weeks, n), oldest first, NaN in weeks without an offer. unit_costs, list_prices, last_prices, salvage_values, stock:
    (n,). A cost or salvage value that is NaN is not known; stock is inf where it is unlimited. categories: (n,) whole numbers, or None.
    weeks_left: until what is left goes for its salvage value."""

    prices: Floats
    units: Floats
    unit_costs: Floats
    list_prices: Floats
    last_prices: Floats
    salvage_values: Floats
    stock: Floats
    categories: Integers | None
    weeks_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """floor, ceiling: (n,) prices. max_step: the largest change a week, as a fraction of the last price."""

    floor: Floats
    ceiling: Floats
    max_step: float


def propose(seen: Observations, guards: Guards, seed: int = 0) -> Floats:
    """(n,) prices for the next week: one step at most from the last, unless the floor or ceiling lies beyond it, and always between these.

    A price stays where there is nothing to decide by: no list price, no stock, no week left, or an unlimited stock whose cost is not known.
    Equal for equal seeds: in turn and by lot, half of the products whose elasticity is not known well are offered a little above or below
    their best price, so that it becomes known. Raises ValueError that names the field.
    """
    _check(seen, guards)
    demand = learn_demand(seen)
    target = best_prices(seen, guards, demand)
    if seen.weeks_left >= EXPLORING_WEEKS:
        lot = np.random.default_rng([seed, len(seen.units)])
        tries = (demand.spread > KNOWN) & np.isfinite(target)
        target = np.where(tries, target * (1 + EXPLORATION * lot.choice([-1.0, 0.0, 0.0, 1.0], len(target))), target)
    return within(target, seen, guards)


def learn_demand(seen: Observations) -> Demand:
    """What the weeks say of demand at each product's list price."""
    categories = np.zeros(len(seen.list_prices), dtype=np.int64)
    if seen.categories is not None:
        categories = np.unique(np.asarray(seen.categories), return_inverse=True)[1].astype(np.int64)
    recency = 0.5 ** (np.arange(len(seen.units))[::-1] / HALF_LIFE_WEEKS)
    expected = _expected_elasticity(seen)
    return elasticity.learn(seen.prices, seen.units, _reference(seen), categories, expected=expected, recency=recency)


def best_prices(seen: Observations, guards: Guards, demand: Demand) -> Floats:
    """(n,) where prices should end, with no regard to steps; NaN where there is nothing to decide by."""
    blocks = [slice(start, start + BLOCK) for start in range(0, len(seen.list_prices), BLOCK)]
    candidates = _candidates(seen, guards)
    units = (demand.of(block).units(candidates[block] / _reference(seen)[block, None]) for block in blocks)
    found = [
        choose(_part(seen, block), candidates[block], each, demand.weights[block], dispersion=demand.dispersion)
        for block, each in zip(blocks, units, strict=True)
    ]
    return np.concatenate([np.zeros(0), *found])


def choose(seen: Observations, prices: Floats, units: Floats, weights: Floats, *, dispersion: float) -> Floats:
    """Of prices (n, p) the one with the best expected profit, NaN where there is nothing to decide by.

    units: (n, p, g) a week under each of g cases, weights: (n, g) their probabilities; dispersion: variance over mean of a week's units.
    """
    is_finite = np.isfinite(seen.stock)
    weeks, stock = max(seen.weeks_left, 1), np.where(is_finite, seen.stock, 0.0)
    weekly = np.einsum("npg,ng->np", units, weights)
    sold = np.einsum("npg,ng->np", _expected_sales(units * weeks, stock[:, None, None], dispersion), weights)
    salvage = np.nan_to_num(seen.salvage_values)[:, None]
    profit = np.where(is_finite[:, None], (prices - salvage) * sold, (prices - seen.unit_costs[:, None]) * weekly)
    best = np.take_along_axis(prices, np.nan_to_num(profit, nan=-np.inf).argmax(axis=1)[:, None], axis=1)[:, 0]
    is_decided = np.isfinite(profit).all(axis=1) & np.where(is_finite, stock > 0, True) & (seen.weeks_left > 0) & (seen.list_prices > 0)
    return np.where(is_decided, best, np.nan)


def within(target: Floats, seen: Observations, guards: Guards) -> Floats:
    """One step at most towards the target; floor and ceiling are kept before that. A target of NaN: as it is."""
    last = np.where(seen.last_prices > 0, seen.last_prices, np.where(seen.list_prices > 0, seen.list_prices, guards.floor))
    wanted = np.where(np.isfinite(target), target, last)
    return np.asarray(np.clip(np.clip(wanted, last * (1 - guards.max_step), last * (1 + guards.max_step)), guards.floor, guards.ceiling))


def _expected_elasticity(seen: Observations) -> float:
    """Whoever set the list prices knew something: at the best price the margin is one over the elasticity (Lerner 1934)."""
    listed = seen.list_prices > 0
    margins = 1 - seen.unit_costs[listed] / seen.list_prices[listed]
    usable = margins[np.isfinite(margins) & (margins > LEAST_MARGIN)]
    return float(np.clip(-1 / np.median(usable), *LIKELY_ELASTICITIES)) if len(usable) else USUAL_ELASTICITY


def _candidates(seen: Observations, guards: Guards) -> Floats:
    """(n, p) prices between floor and ceiling, a half to twice the list price."""
    reference = _reference(seen)
    low, high = np.maximum(guards.floor, 0.5 * reference), np.minimum(guards.ceiling, 2.0 * reference)
    return np.asarray(low[:, None] + np.maximum(high - low, 0.0)[:, None] * np.linspace(0.0, 1.0, CANDIDATES))


def _reference(seen: Observations) -> Floats:
    return np.where(seen.list_prices > 0, seen.list_prices, 1.0)


def _expected_sales(mean: Floats, stock: Floats, dispersion: float) -> Floats:
    """Of min(demand, stock), demand being about normal."""
    spread = np.sqrt(np.maximum(mean * dispersion, 1e-9))
    z = (stock - mean) / spread
    return np.asarray(stock - spread * (z * ndtr(z) + np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)))


def _part(seen: Observations, block: slice) -> Observations:
    names = ("unit_costs", "list_prices", "last_prices", "salvage_values", "stock")
    parts = {name: np.asarray(getattr(seen, name), dtype=np.float64)[block] for name in names}
    return Observations(prices=seen.prices[:, block], units=seen.units[:, block], categories=None, weeks_left=seen.weeks_left, **parts)


def _check(seen: Observations, guards: Guards) -> None:
    n = len(seen.list_prices)
    for name in ("prices", "units"):
        if getattr(seen, name).shape != (len(seen.prices), n):
            raise ValueError(f"{name} are {getattr(seen, name).shape}; there are {len(seen.prices)} weeks of {n} products.")
    for record in (seen, guards):
        for field in fields(record):
            value = getattr(record, field.name)
            if isinstance(value, np.ndarray) and field.name not in ("prices", "units") and value.shape != (n,):
                raise ValueError(f"{field.name} are {value.shape}; there are {n} products.")
    if not (guards.floor <= guards.ceiling).all():
        raise ValueError("floor: each has to be a number, and no higher than the ceiling.")
    if not 0 <= guards.max_step < 1:
        raise ValueError("max_step is a fraction of the last price, from 0 to below 1.")
    if (seen.stock < 0).any() or np.isnan(seen.stock).any():
        raise ValueError("stock is a number from 0 on, or infinite.")
