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
from luxebrain.engines.drivers import Factors, Known
from luxebrain.engines.histories import Floats
from luxebrain.engines.intervals import Bands, Errors, calibrate, regularity, width
from luxebrain.engines.newcomers import start_from_category
from luxebrain.engines.rolling import Backtest

# How much of the boosted forecast is believed, the rest being the smoothed one: whichever erred less at the store's past cutoffs.
BOOSTED_SHARES = (0.6, 0.85)
# A store's total that was forecast too low by more than a fifth is lifted, by a twentieth at most: more would be chasing its last quarter.
LOWEST_BIAS, MOST_LIFT = -0.21, 1.05
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
class _Weeks:
    """Demand in usual weeks (n_products, n_weeks), NaN where unknown; what makes weeks of them; prices."""

    units: Floats
    factors: Factors
    prices: Floats | None

    def until(self, cutoff: int) -> Floats:
        return self.units[:, :cutoff]

    def prices_until(self, cutoff: int) -> Floats | None:
        return None if self.prices is None else self.prices[:, :cutoff]

    def take(self, rows: NDArray[np.int64]) -> "_Weeks":
        factors = Factors(self.factors.past[rows], self.factors.future[rows])
        return _Weeks(self.units[rows], factors, None if self.prices is None else self.prices[rows])


@dataclass(frozen=True, slots=True)
class _Tried:
    backtests: dict[Method, Backtest]
    share: float


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
    weeks, before = _with_season(demand, factors, seed=seed)
    now, then = (_Weeks(demand / one.past, one, sorted_prices) for one in (weeks, before))
    outlook = _look_ahead(now, then, method=Method(method), level=levels[0], seed=seed)
    usual, past, ahead, mean = now.units[back], weeks.past[back], weeks.future[back], outlook.mean[back]
    mean, spread = start_from_category(usual, known.categories, mean=mean, spread=width(usual, past, ahead))
    made = Forecast(
        mean * ahead, mean, mean, tuple(levels), outlook.method, outlook.reason, _first_week(starts, table.shape[1]), outlook.tried,
        bands=outlook.bands, spread=spread, regularity=regularity(usual, past),
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


def _with_season(units: Floats, factors: Factors, *, seed: int) -> tuple[Factors, Factors]:
    """Factors with the yearly season in them, where it would have helped at past cutoffs; else as they were.

    Twice: with the season as known now, and as it was known before the first cutoff: past errors must not have seen their own weeks.
    """
    weeks, horizon = units.shape[1], factors.future.shape[1]
    past = rolling.cutoffs(weeks)
    if not past or not seasons.is_visible(past[0]) or not len(units):
        return factors, factors
    rows = rolling.sample(len(units), seed=seed)
    usual = units / factors.past
    before = replace(factors, past=factors.past * seasons.fit(usual[:, : past[0]]).factors(0, weeks))
    plain, seasonal = (_smoothed((units / one)[rows], one[rows], horizon) for one in (factors.past, before.past))
    if seasonal.score >= plain.score:
        return factors, factors
    season = seasons.fit(usual)
    return Factors(factors.past * season.factors(0, weeks), factors.future * season.factors(weeks, horizon)), before


def _look_ahead(weeks: _Weeks, before: _Weeks, *, method: Method, level: float, seed: int) -> _Outlook:
    units, horizon = weeks.units, weeks.factors.future.shape[1]
    if not rolling.cutoffs(units.shape[1]) or not len(units):
        bands = calibrate(Errors(np.empty((0, 1)), np.empty(0)))
        return _Outlook(_repeat(smoothing.smoothed(units), horizon), Method.SMOOTHED, "Too little history to compare methods.", bands, {})
    tried = _try(before, horizon, method=method, seed=seed)
    chosen = _choose(tried.backtests, method)
    lift = _lift(tried.backtests[chosen]) if chosen is Method.BOOSTED else 1.0
    errors = replace(tried.backtests[chosen], means=tried.backtests[chosen].means * lift).errors()
    figures = {str(name): found.accuracy(level) for name, found in tried.backtests.items()}
    mean = _mean(weeks, horizon, method=chosen, share=tried.share, seed=seed) * lift
    return _Outlook(mean, chosen, _reason(chosen, method, figures), calibrate(errors), figures)


def _try(weeks: _Weeks, horizon: int, *, method: Method, seed: int) -> _Tried:
    """Each method at past cutoffs; the boosted one learned from the weeks before the first of them."""
    some, first = weeks.take(rolling.sample(len(weeks.units), seed=seed)), rolling.cutoffs(weeks.units.shape[1])[0]
    past = some.factors.past
    tried = {
        Method.SMOOTHED: _smoothed(some.units, past, horizon),
        Method.NAIVE: rolling.backtest(some.units, lambda c, h: _repeat(smoothing.naive(some.until(c)), h), horizon, factors=past),
    }
    if method in (Method.AUTO, Method.BOOSTED) and boosted.has_enough(weeks.until(first)):
        model = boosted.train(weeks.until(first), weeks.prices_until(first), horizon, seed=seed)
        learned = rolling.backtest(some.units, lambda c, h: model.predict(some.until(c), some.prices_until(c), h), horizon, factors=past)
        rare = np.stack([smoothing.intermittency(some.until(cutoff)) for cutoff in learned.cutoffs])
        level = tried[Method.SMOOTHED].means
        joined = {share: replace(learned, means=_join(learned.means, level, rare=rare, share=share)) for share in BOOSTED_SHARES}
        share = min(joined, key=lambda one: joined[one].score)
        return _Tried({**tried, Method.BOOSTED: joined[share]}, share)
    return _Tried(tried, 0.0)


def _choose(tried: dict[Method, Backtest], asked: Method) -> Method:
    if asked is Method.AUTO:
        return min(tried, key=lambda name: tried[name].score)
    return asked if asked in tried else Method.SMOOTHED


def _smoothed(units: Floats, factors: Floats, horizon: int) -> Backtest:
    return rolling.backtest(units, lambda cutoff, h: _repeat(smoothing.smoothed(units[:, :cutoff]), h), horizon, factors=factors)


def _mean(weeks: _Weeks, horizon: int, *, method: Method, share: float, seed: int) -> Floats:
    match method:
        case Method.NAIVE:
            return _repeat(smoothing.naive(weeks.units), horizon)
        case Method.BOOSTED:
            model = boosted.train(weeks.units, weeks.prices, horizon, seed=seed)
            learned, level = model.predict(weeks.units, weeks.prices, horizon), _repeat(smoothing.smoothed(weeks.units), horizon)
            return _join(learned, level, rare=smoothing.intermittency(weeks.units), share=share)
        case _:
            return _repeat(smoothing.smoothed(weeks.units), horizon)


def _join(learned: Floats, level: Floats, *, rare: Floats, share: float) -> Floats:
    """Less of the boosted forecast for products that seldom sell: it aims near the median, theirs is zero."""
    believed = (share * (1 - rare))[..., None]
    return believed * learned + (1 - believed) * level


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
