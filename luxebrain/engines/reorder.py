"""When stock runs out and what to buy: thousands of possible futures per product, drawn from the forecast's own quantiles.

A week's demand is drawn from its band, and weeks err together as neighbours did in the backtest (a Gaussian copula with one correlation):
a product that sells better than thought this week mostly does next week. Periods of protection follow Silver, Pyke, Thomas (Inventory
and Production Management, 2017, ch. 6): lead time for the reorder point, lead time and review for the quantity.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from luxebrain.engines.forecasts import Forecast
from luxebrain.engines.histories import Floats
from luxebrain.engines.intervals import PROBABILITIES

PATHS = 1_000
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Policy:
    """`service_level`: probability of no stock-out in a cycle. Whole weeks; `pack` units are bought together."""

    service_level: float = 0.95
    lead_time_weeks: int = 2
    review_weeks: int = 1
    pack: int = 1


@dataclass(frozen=True, slots=True)
class BuyList:
    """All (n_products, …). `stock_out` (horizon): probability that stock on hand is gone by the end of each week, without a new order.

    `reorder_point`: order when stock on hand and on order falls to it. `quantity`: what to order now, zero above the reorder point.
    """

    stock_out: Floats
    reorder_point: NDArray[np.int64]
    quantity: NDArray[np.int64]
    first_week: date | None

    def stock_out_dates(self, probability: float = 0.5) -> list[date | None]:
        """The Monday after the week by whose end stock is gone with at least this probability; None: not within the horizon.

        Raises ValueError where the forecast was made without `starts`.
        """
        if self.first_week is None:
            raise ValueError("Dates need a forecast that was made with `starts`.")
        reached = self.stock_out >= probability
        weeks = np.where(reached.any(axis=1), reached.argmax(axis=1), -1)
        return [None if week < 0 else self.first_week + timedelta(weeks=int(week) + 1) for week in weeks]


def plan(
    forecast: Forecast,
    on_hand: NDArray[np.int64],
    policy: Policy,
    *,
    on_order: NDArray[np.int64] | None = None,
    seed: int = 0,
) -> BuyList:
    """The buy list of now. The forecast must reach over lead time and review. Raises ValueError where it does not, or for wrong shapes."""
    _check(forecast, on_hand, policy)
    position = on_hand if on_order is None else on_hand + on_order
    lead, cycle = policy.lead_time_weeks, policy.lead_time_weeks + policy.review_weeks
    gone, points, targets = [], [], []
    for start, demand in _futures(forecast, seed=seed):
        total = np.cumsum(demand, axis=1)
        stock = on_hand[start : start + len(demand), None, None]
        gone.append(np.mean((total >= stock) & (total > 0) | (stock <= 0), axis=2))
        points.append(np.quantile(total[:, lead - 1], policy.service_level, axis=1))
        targets.append(np.quantile(total[:, cycle - 1], policy.service_level, axis=1))
    reorder_point = np.ceil(np.concatenate(points)).astype(np.int64)
    target = np.ceil(np.concatenate(targets))
    packs = np.ceil(np.maximum(target - position, 0) / policy.pack).astype(np.int64)
    return BuyList(np.concatenate(gone), reorder_point, np.where(position <= reorder_point, packs * policy.pack, 0), forecast.first_week)


def _futures(forecast: Forecast, *, seed: int) -> Iterator[tuple[int, Floats]]:
    """(first product, units (≤ 500 products, horizon, 1,000 paths)). Every product meets the same luck: their order changes nothing."""
    horizon, bands = forecast.mean.shape[1], forecast.bands
    chance = _chances(horizon, bands.rho, seed=seed)
    ahead = np.minimum(np.arange(horizon), bands.table.shape[1] - 1)
    offsets = np.stack([
        np.stack([np.interp(chance[week], PROBABILITIES, table[ahead[week]]) for week in range(horizon)]) for table in bands.table
    ])  # fmt: skip
    classes = bands.classes(forecast.regularity)
    for start in range(0, max(1, len(forecast.mean)), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        drawn = forecast.mean[some, :, None] + forecast.spread[some, :, None] * offsets[classes[some]]
        yield start, np.maximum(drawn, 0.0)


def _chances(horizon: int, rho: float, *, seed: int) -> Floats:
    """(horizon, paths) uniform, each week a stratified sample; weeks share a common part so that they correlate by rho."""
    rng = np.random.default_rng(seed)
    common, own = rng.standard_normal((1, PATHS)), rng.standard_normal((horizon, PATHS))
    mixed = np.sqrt(rho) * common + np.sqrt(1 - rho) * own
    ranks = mixed.argsort(axis=1).argsort(axis=1)
    return np.asarray((ranks + 0.5) / PATHS, dtype=np.float64)


def _check(forecast: Forecast, on_hand: NDArray[np.int64], policy: Policy) -> None:
    products, horizon = forecast.mean.shape
    if on_hand.shape != (products,):
        raise ValueError(f"Stock on hand has shape {on_hand.shape}; the forecast has {products} products.")
    if not 0 < policy.service_level < 1 or policy.lead_time_weeks < 1 or policy.review_weeks < 0 or policy.pack < 1:
        raise ValueError(f"{policy} makes no sense: a service level between 0 and 1, a week of lead time, packs of one at least.")
    if policy.lead_time_weeks + policy.review_weeks > horizon:
        raise ValueError(f"The forecast reaches {horizon} weeks; lead time and review need {policy.lead_time_weeks + policy.review_weeks}.")
