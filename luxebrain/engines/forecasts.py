"""How many units of each product will sell in the weeks to come, and how far off that may be.

A level per product (`smoothing`) always works. Where a store has enough products and weeks, one boosted model over all of them joins
(`boosted`), and after a year and a half the yearly season is tried (`seasons`). What is used is what erred least at the store's own past
cutoffs (`rolling`): where the naive forecast (the last week again) is better, that is used, and `reason` says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from luxebrain.engines import boosted, drivers, histories, rolling, seasons, smoothing
from luxebrain.engines.accuracy import Accuracy
from luxebrain.engines.drivers import Known
from luxebrain.engines.histories import Floats, row_means
from luxebrain.engines.intervals import Bands, Errors, calibrate, spread
from luxebrain.engines.newcomers import start_from_category
from luxebrain.engines.rolling import Backtest

BOOSTED_SHARE = 0.7
# A store's total that was forecast too low by more than a fifth is lifted, by a twentieth at most: more would be chasing its last quarter.
LOWEST_BIAS, MOST_LIFT = -0.2, 1.05
NOTHING_KNOWN = Known()


class Method(StrEnum):
    AUTO = "auto"
    SMOOTHED = "smoothed"
    BOOSTED = "boosted"
    NAIVE = "naive"


@dataclass(frozen=True, slots=True)
class Forecast:
    """Units, all (n_products, horizon), ≥ 0 and never NaN. `lower` and `upper` belong to `levels[0]`.

    `backtest` has the accuracy of every method tried, at this store's past cutoffs; empty where there was too little history.
    """

    mean: Floats
    lower: Floats
    upper: Floats
    levels: tuple[float, ...]
    method: Method
    reason: str
    first_week: date | None
    backtest: dict[str, Accuracy]
    bands: Bands
    spread: Floats
    regularity: Floats

    def quantile(self, q: float) -> Floats:
        """Units not exceeded with probability q in each week, (n_products, horizon). Raises ValueError unless 0 < q < 1."""
        if not 0 < q < 1:
            raise ValueError(f"A quantile lies between 0 and 1, not at {q}.")
        return np.maximum(self.mean + self.spread * self.bands.offsets(self.regularity, self.mean.shape[1], q), 0.0)

    def interval(self, level: float) -> tuple[Floats, Floats]:
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)


@dataclass(frozen=True, slots=True)
class _Outlook:
    """What a method says, in usual weeks: before season, prices and promotions are put back."""

    mean: Floats
    method: Method
    reason: str
    bands: Bands
    tried: dict[str, Accuracy]


def forecast(
    units: ArrayLike,
    horizon: int,
    prices: ArrayLike | None = None,
    starts: date | str | None = None,
    levels: Sequence[float] = (0.8,),
    *,
    known: Known = NOTHING_KNOWN,
    method: Method | str = Method.AUTO,
    seed: int = 0,
) -> Forecast:
    """Forecast `horizon` weeks. `units`, `prices`: float (n_products, n_weeks), oldest first, NaN = not on sale; prices are history only.

    `starts` is the Monday of column 0. The order of products changes nothing, equal seeds give equal results. A product without any known
    week is forecast at its category's level, or zero. Raises ValueError for shapes, horizon or levels that make no sense.
    """
    table = histories.as_table(units, name="units")
    priced = None if prices is None else histories.as_table(prices, name="prices", shape=table.shape)
    _check(horizon, levels)
    known.check(len(table), table.shape[1], horizon)
    order = _by_content(table, priced)
    back = np.argsort(order)
    demand = histories.demand(table[order], None if known.stocked_out is None else known.stocked_out[order])
    sorted_prices = None if priced is None else priced[order]
    factors = drivers.factors(demand, sorted_prices, known.take(order), horizon)
    usual, ahead = _without_season(demand / factors.past, factors.future, seed=seed)
    outlook = _look_ahead(usual, sorted_prices, horizon, method=Method(method), seed=seed)
    usual, ahead, mean = usual[back], ahead[back], outlook.mean[back]
    width = spread(usual)
    mean, width = start_from_category(usual, known.categories, mean=mean, spread=width)
    made = Forecast(
        mean * ahead, mean, mean, tuple(levels), outlook.method, outlook.reason, _first_week(starts, table.shape[1]), outlook.tried,
        bands=outlook.bands, spread=width[:, None] * ahead, regularity=np.nan_to_num(row_means(usual)) / width,
    )  # fmt: skip
    lower, upper = made.interval(levels[0])
    return replace(made, lower=lower, upper=upper)


def _check(horizon: int, levels: Sequence[float]) -> None:
    if horizon < 1:
        raise ValueError(f"The horizon is {horizon} weeks; it must be at least 1.")
    if not levels or not all(0 < level < 1 for level in levels):
        raise ValueError(f"Levels are shares between 0 and 1, at least one; not {tuple(levels)}.")


def _by_content(units: Floats, prices: Floats | None) -> NDArray[np.int64]:
    """Products ordered by what is known of them: sums and samples then do not depend on how the caller ordered them."""
    table = units if prices is None else np.hstack([units, prices])
    return np.array(sorted(range(len(table)), key=lambda row: table[row].tobytes()), dtype=np.int64)


def _without_season(units: Floats, ahead: Floats, *, seed: int) -> tuple[Floats, Floats]:
    """Units and the weeks ahead with the yearly season taken out and put on, where that would have helped at past cutoffs."""
    weeks, horizon = units.shape[1], ahead.shape[1]
    past = rolling.cutoffs(weeks)
    if not past or not seasons.is_visible(past[0]) or not len(units):
        return units, ahead
    some = units[rolling.sample(len(units), seed=seed)]
    factors = seasons.fit(some[:, : past[0]]).factors(0, weeks + horizon)
    plain = rolling.backtest(some, lambda cutoff, h: _repeat(smoothing.smoothed(some[:, :cutoff]), h), horizon)
    usual = some / factors[:, :weeks]
    seasonal = rolling.backtest(
        some, lambda cutoff, h: _repeat(smoothing.smoothed(usual[:, :cutoff]), h) * factors[:, cutoff : cutoff + h], horizon
    )
    if seasonal.score >= plain.score:
        return units, ahead
    season = seasons.fit(units)
    return units / season.factors(0, weeks), ahead * season.factors(weeks, horizon)


def _look_ahead(units: Floats, prices: Floats | None, horizon: int, *, method: Method, seed: int) -> _Outlook:
    past = rolling.cutoffs(units.shape[1])
    if not past or not len(units):
        bands = calibrate(Errors(np.empty((0, 1)), np.empty(0)))
        return _Outlook(_repeat(smoothing.smoothed(units), horizon), Method.SMOOTHED, "Too little history to compare methods.", bands, {})
    tried = _try(units, prices, horizon, method=method, seed=seed)
    chosen = min(tried, key=lambda name: tried[name].score) if method is Method.AUTO else method if method in tried else Method.SMOOTHED
    lift = _lift(tried[chosen]) if chosen is Method.BOOSTED else 1.0
    past_best = replace(tried[chosen], means=tried[chosen].means * lift)
    figures = {str(name): found.accuracy() for name, found in tried.items()}
    mean = _mean(units, prices, horizon, method=chosen, seed=seed) * lift
    return _Outlook(mean, chosen, _reason(chosen, method, figures), calibrate(past_best.errors()), figures)


def _try(units: Floats, prices: Floats | None, horizon: int, *, method: Method, seed: int) -> dict[Method, Backtest]:
    """Each method at past cutoffs; the boosted one learned from the weeks before the first of them."""
    rows = rolling.sample(len(units), seed=seed)
    some, first = units[rows], rolling.cutoffs(units.shape[1])[0]
    tried = {
        Method.SMOOTHED: rolling.backtest(some, lambda cutoff, h: _repeat(smoothing.smoothed(some[:, :cutoff]), h), horizon),
        Method.NAIVE: rolling.backtest(some, lambda cutoff, h: _repeat(smoothing.naive(some[:, :cutoff]), h), horizon),
    }
    if method in (Method.AUTO, Method.BOOSTED) and boosted.has_enough(units[:, :first]):
        model = boosted.train(units[:, :first], None if prices is None else prices[:, :first], horizon, seed=seed)
        own = None if prices is None else prices[rows]
        learned = rolling.backtest(some, lambda c, h: model.predict(some[:, :c], None if own is None else own[:, :c], h), horizon)
        pairs = zip(learned.cutoffs, learned.means, tried[Method.SMOOTHED].means, strict=True)
        tried[Method.BOOSTED] = replace(learned, means=np.stack([_join(one, level, some[:, :cutoff]) for cutoff, one, level in pairs]))
    return tried


def _mean(units: Floats, prices: Floats | None, horizon: int, *, method: Method, seed: int) -> Floats:
    if method is Method.NAIVE:
        return _repeat(smoothing.naive(units), horizon)
    level = _repeat(smoothing.smoothed(units), horizon)
    if method is Method.SMOOTHED:
        return level
    learned = boosted.train(units, prices, horizon, seed=seed).predict(units, prices, horizon)
    return _join(learned, level, units)


def _join(learned: Floats, level: Floats, units: Floats) -> Floats:
    """Less of the boosted forecast for products that seldom sell: it aims near the median, theirs is zero."""
    share = (BOOSTED_SHARE * (1 - smoothing.intermittency(units)))[:, None]
    return share * learned + (1 - share) * level


def _lift(found: Backtest) -> float:
    bias = found.accuracy().bias
    return 1.0 if bias is None or bias <= -1 else float(np.clip((1 + LOWEST_BIAS) / (1 + bias), 1.0, MOST_LIFT))


def _reason(chosen: Method, asked: Method, figures: dict[str, Accuracy]) -> str:
    if asked is not Method.AUTO:
        return "As asked." if chosen is asked else f"There is too little history for {asked}; {chosen} is used."
    errors = ", ".join(f"{name} {found.wape:.2f}" for name, found in figures.items() if found.wape is not None)
    if chosen is Method.NAIVE:
        return f"At this store the naive forecast, last week again, erred least and is used (weighted error: {errors})."
    return f"The {chosen} forecast erred least at past cutoffs (weighted error: {errors})."


def _repeat(level: Floats, horizon: int) -> Floats:
    return np.repeat(level[:, None], horizon, axis=1)


def _first_week(starts: date | str | None, weeks: int) -> date | None:
    """The Monday of the first week to come."""
    if starts is None:
        return None
    first = datetime.fromisoformat(str(starts)).date()
    return first + timedelta(weeks=weeks)
