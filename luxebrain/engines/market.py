"""A market with known truth, to replay what a pricing method earns: `play(world, method)` beside the oracle, who knows every demand curve.

Demand is Poisson around base × (price / list)^elasticity × week; list prices are set by people: near the best, not at it. With finite stock
an assortment is bought once, some of it too much, some too little; what is left at the end goes for its salvage value.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luxebrain.engines import pricing
from luxebrain.engines.pricing import Guards, Observations

Floats = NDArray[np.float64]
LOWEST, HIGHEST, STEP = 0.7, 1.3, 0.1


@dataclass(frozen=True, slots=True)
class World:
    """Of n products: base units a week at list price, elasticity, list price, unit cost, salvage value, stock (inf: unlimited), category;
    week factors (past + weeks,); past prices (past, n)."""

    base: Floats
    elasticity: Floats
    list_price: Floats
    unit_cost: Floats
    salvage: Floats
    stock: Floats
    category: NDArray[np.int64]
    week: Floats
    past_prices: Floats
    weeks: int

    @property
    def guards(self) -> Guards:
        return Guards(floor=LOWEST * self.list_price, ceiling=HIGHEST * self.list_price, max_step=STEP)

    def demand(self, prices: Floats, week: int) -> Floats:
        return np.asarray(self.base * (prices / self.list_price) ** self.elasticity * self.week[week])


def make_world(
    seed: int,
    *,
    products: int = 300,
    weeks: int = 26,
    past: int = 26,
    is_finite: bool = False,
    elasticity: float = -2.0,
    spread: float = 0.5,
    prices_are_known: bool = True,
) -> World:
    """elasticity, spread: of the store's categories; products spread as much around theirs."""
    lot = np.random.default_rng(seed)
    category = lot.integers(0, 10, products)
    true = np.clip(elasticity + spread * lot.normal(size=10)[category] + 0.7 * spread * lot.normal(size=products), -5.0, -0.3)
    base, list_price = np.exp(lot.normal(1.6, 1.0, products)), np.exp(lot.normal(2.7, 0.6, products))
    best_margin = 1 / np.maximum(-true, 1.6)  # Lerner's rule; who sets prices knows it about
    told = np.clip(1 - best_margin * np.exp(0.25 * lot.normal(size=products)), 0.2, 0.8)
    unit_cost = list_price * (told if prices_are_known else lot.uniform(0.35, 0.65, products))
    week = np.exp(0.15 * np.sin(np.arange(past + weeks) * 2 * np.pi / 26 + lot.uniform(0, 6)) + 0.08 * lot.normal(size=past + weeks))
    off = np.where(lot.random((past, products)) < 0.12, lot.uniform(0.7, 0.95, (past, products)), 1.0)
    stock = np.ceil(base * weeks * np.exp(lot.normal(0.05, 0.4, products))) if is_finite else np.full(products, np.inf)
    return World(base, true, list_price, unit_cost, unit_cost * 0.3, stock, category, week, list_price * off, weeks)


Method = Callable[[Observations, Guards, int], Floats]


def play(world: World, method: Method, seed: int = 0) -> float:
    """The profit of a method over the weeks. Stock is paid for: what is left brings its salvage value."""
    lot = np.random.default_rng(seed)
    past = len(world.past_prices)
    prices, units = (
        list(world.past_prices),
        [lot.poisson(world.demand(row, week)).astype(float) for week, row in enumerate(world.past_prices)],
    )
    last, stock, profit = world.past_prices[-1], world.stock.copy(), 0.0
    for week in range(world.weeks):
        seen = Observations(
            prices=np.array(prices),
            units=np.array(units),
            unit_costs=world.unit_cost,
            list_prices=world.list_price,
            last_prices=last,
            salvage_values=world.salvage,
            stock=stock,
            categories=world.category,
            weeks_left=world.weeks - week,
        )
        last = method(seen, world.guards, week)
        sold = np.minimum(lot.poisson(world.demand(last, past + week)), stock)
        profit += float(((last - world.unit_cost) * sold).sum())
        prices.append(last)
        units.append(np.where(stock > 0, sold, np.nan))
        stock = stock - sold
    left = np.where(np.isfinite(stock), stock, 0.0)
    return profit + float(((world.salvage - world.unit_cost) * left).sum())


def oracle(world: World) -> Method:
    """Knows every curve, moves by the same guards."""
    prices = world.list_price[:, None] * np.linspace(LOWEST, HIGHEST, 121)
    units = world.base[:, None] * (prices / world.list_price[:, None]) ** world.elasticity[:, None]

    def method(seen: Observations, guards: Guards, _week: int) -> Floats:
        return pricing.within(pricing.choose(seen, prices, units[:, :, None], np.ones((len(units), 1)), dispersion=1.0), seen, guards)

    return method


def propose(seen: Observations, guards: Guards, week: int) -> Floats:
    return pricing.propose(seen, guards, seed=week)


def list_price(seen: Observations, guards: Guards, _week: int) -> Floats:
    """Doing nothing, which is not easily beaten."""
    return pricing.within(seen.list_prices, seen, guards)


def random(seen: Observations, guards: Guards, week: int) -> Floats:
    lot = np.random.default_rng(week)
    return pricing.within(lot.uniform(guards.floor, guards.ceiling), seen, guards)


def cost_plus(seen: Observations, guards: Guards, _week: int) -> Floats:
    """Twice what it cost."""
    return pricing.within(2.0 * seen.unit_costs, seen, guards)
