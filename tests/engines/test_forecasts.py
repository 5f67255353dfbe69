"""Forecasts: a planted truth is found again, bands cover what they say, and bad input never becomes NaN."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from luxebrain.engines import accuracy, forecasts
from luxebrain.engines.drivers import Known
from luxebrain.engines.forecasts import Forecast, Method
from tests.engines import demand

HORIZON = 4


def split(units: demand.Floats, weeks: int = HORIZON) -> tuple[demand.Floats, demand.Floats]:
    return units[:, :-weeks], units[:, -weeks:]


def error(expected: demand.Floats, found: Forecast) -> float:
    return float(np.abs(found.mean - expected).sum() / expected.sum())


def is_sound(found: Forecast) -> bool:
    tables = (found.mean, found.lower, found.upper, found.quantile(0.5))
    return all(np.isfinite(table).all() and (table >= 0).all() for table in tables) and bool((found.lower <= found.upper).all())


@pytest.mark.parametrize("method", [Method.SMOOTHED, Method.BOOSTED])
def test_steady_demand_is_forecast_at_its_level(method: Method) -> None:
    units, expected = demand.steady(100, 60, seed=1)
    before, _ = split(units)

    found = forecasts.forecast(before, HORIZON, method=method)

    assert found.method is method
    assert error(expected[:, -HORIZON:], found) < 0.08


def test_yearly_season_is_found_after_two_years_and_helps() -> None:
    units, expected = demand.seasonal(100, 125, seed=2)
    before, _ = split(units, 13)
    flat = forecasts.forecast(before[:, -52:], 13, method=Method.SMOOTHED)

    found = forecasts.forecast(before, 13, method=Method.SMOOTHED)

    assert error(expected[:, -13:], found) < 0.1
    assert error(expected[:, -13:], flat) > 0.2


def test_products_that_wake_up_do_not_widen_the_bands_of_those_that_sell() -> None:
    """A tenth sold nothing for half a year and then hundreds: their errors are thousands of times their spread of nothing."""
    units, _ = demand.steady(200, 70, seed=4)
    asleep = units.copy()
    asleep[:20, 5:60], asleep[:20, 60:] = 0.0, 300.0

    alone, among = (forecasts.forecast(table, HORIZON, method=Method.SMOOTHED) for table in (units[20:], asleep))

    assert np.max(among.quantile(0.95)[20:] / alone.quantile(0.95)) < 2


def test_season_is_not_seen_where_there_is_none() -> None:
    units, _ = demand.steady(60, 120, seed=3)

    found = forecasts.forecast(units, 26, method=Method.SMOOTHED)

    assert np.ptp(found.mean.sum(axis=0)) < 0.08 * found.mean.sum(axis=0).mean()


def test_growing_demand_is_followed_without_much_bias() -> None:
    units, expected = demand.growing(80, 104, seed=4)
    before, _ = split(units)

    found = forecasts.forecast(before, HORIZON)

    assert abs(accuracy.bias(expected[:, -HORIZON:], found.mean) or 0.0) < 0.05


def test_rare_sales_are_forecast_by_their_mean_though_most_weeks_are_zero() -> None:
    units, expected = demand.rare(300, 104, seed=5)
    before, _ = split(units)

    found = forecasts.forecast(before, HORIZON)

    assert found.mean.sum() == pytest.approx(expected[:, -HORIZON:].sum(), rel=0.25)


@pytest.mark.parametrize("make", [demand.steady, demand.seasonal, demand.rare])
def test_band_of_80_per_cent_covers_80_per_cent_of_fresh_weeks(make: object) -> None:
    units, _ = make(400, 108, seed=6)  # type: ignore[operator]
    before, after = split(units)

    found = forecasts.forecast(before, HORIZON)
    covered = np.mean((found.lower <= after) & (after <= found.upper))

    assert 0.77 <= covered <= 0.84


def test_quantiles_are_not_exceeded_as_often_as_they_say() -> None:
    units, _ = demand.steady(400, 108, seed=7)
    before, after = split(units)

    found = forecasts.forecast(before, HORIZON, levels=(0.9,))

    for q in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert np.mean(after <= found.quantile(q)) == pytest.approx(q, abs=0.05)
    assert np.allclose(found.lower, found.quantile(0.05))
    assert np.allclose(found.upper, found.quantile(0.95))


def test_backtest_says_what_the_bands_covered_of_weeks_they_had_not_seen() -> None:
    units, _ = demand.steady(400, 80, seed=21)

    found = forecasts.forecast(units, HORIZON, method=Method.SMOOTHED).backtest["smoothed"]

    assert found.coverage == pytest.approx(0.8, abs=0.04)
    assert found.pinball is not None


def test_naive_is_used_on_a_random_walk_and_says_so() -> None:
    units = demand.wandering(200, 108, seed=8)

    found = forecasts.forecast(units, HORIZON)

    assert found.method is Method.NAIVE
    assert "naive forecast, last week again, erred least" in found.reason
    assert np.array_equal(found.mean, np.repeat(units[:, -1:], HORIZON, axis=1))
    assert min(found.backtest, key=lambda name: found.backtest[name].rmsse or np.inf) == "naive"


def test_boosted_is_used_where_products_are_many_and_beats_the_level_there() -> None:
    """Demand alternates with price, which a level cannot see: the last price says what kind of week comes."""
    rng = np.random.default_rng(9)
    prices = np.where(np.arange(80) // 8 % 2 == rng.integers(0, 2, (200, 1)), 10.0, 7.0)
    level = demand.levels(200, seed=9, typical=60.0)[:, None]
    units = rng.poisson(level * (10 / prices) ** 3).astype(float)

    found = forecasts.forecast(units[:, :74], 2, prices[:, :74])

    assert found.method is Method.BOOSTED
    assert (found.backtest["boosted"].rmsse or np.inf) < (found.backtest["smoothed"].rmsse or 0.0)


def test_small_store_asked_for_the_boosted_model_gets_the_level_and_is_told() -> None:
    units, _ = demand.steady(5, 60, seed=10)

    found = forecasts.forecast(units, HORIZON, method="boosted")

    assert found.method is Method.SMOOTHED
    assert found.reason == "There is too little history for boosted; smoothed is used."


def test_zeros_in_weeks_without_stock_do_not_lower_the_forecast() -> None:
    units, expected = demand.steady(60, 60, seed=11)
    stocked_out = np.zeros(units.shape, dtype=bool)
    stocked_out[:30, -6:] = True
    sold = np.where(stocked_out, 0.0, units)

    told = forecasts.forecast(sold, HORIZON, known=Known(stocked_out=stocked_out), method=Method.SMOOTHED)
    untold = forecasts.forecast(sold, HORIZON, method=Method.SMOOTHED)

    assert told.mean[:30].sum() == pytest.approx(expected[:30, -HORIZON:].sum(), rel=0.06)
    assert untold.mean[:30].sum() < 0.7 * told.mean[:30].sum()


def test_week_in_which_the_whole_store_stood_still_is_not_demand() -> None:
    units, expected = demand.steady(60, 60, seed=12)
    units[:, -1] = 0.0

    found = forecasts.forecast(units, HORIZON, method=Method.NAIVE)

    assert found.mean.sum() == pytest.approx(expected[:, -HORIZON:].sum(), rel=0.06)


def test_planned_promotion_raises_its_weeks_by_the_uplift_seen_before() -> None:
    units, expected = demand.steady(100, 60, seed=13)
    past = np.random.default_rng(13).random(units.shape) < 0.15
    planned = np.zeros((100, HORIZON), dtype=bool)
    planned[:50, 1] = True
    units = np.where(past, 2 * units, units)

    found = forecasts.forecast(units, HORIZON, known=Known(past_promotions=past, promotions=planned), method=Method.SMOOTHED)

    assert found.mean[:50, 1].sum() == pytest.approx(2 * expected[:50, 0].sum(), rel=0.1)
    assert found.mean[50:].sum() == pytest.approx(expected[50:, :HORIZON].sum(), rel=0.1)


def test_planned_price_moves_demand_by_the_planted_elasticity() -> None:
    rng = np.random.default_rng(14)
    prices = rng.choice([8.0, 10.0, 10.0, 10.0], (100, 60))
    level = demand.levels(100, seed=14)[:, None]
    units = rng.poisson(level * (prices / 10) ** -2).astype(float)

    found = forecasts.forecast(units, HORIZON, prices, known=Known(future_prices=np.full((100, HORIZON), 8.0)), method=Method.SMOOTHED)

    assert found.mean.sum() == pytest.approx((level * 0.8**-2).sum() * HORIZON, rel=0.1)


def test_new_product_starts_at_the_level_of_its_category() -> None:
    units, _ = demand.steady(40, 60, seed=15)
    units[:20] *= 10
    units[0, :], units[20, :] = np.nan, np.nan
    categories = np.repeat(["candles", "cards"], 20)

    found = forecasts.forecast(units, HORIZON, known=Known(categories=categories), method=Method.SMOOTHED)

    assert found.mean[0, 0] == pytest.approx(np.nanmean(units[1:20]), rel=0.15)
    assert found.mean[20, 0] == pytest.approx(np.nanmean(units[21:]), rel=0.15)
    assert is_sound(found)


def test_one_absurd_week_does_not_become_the_forecast() -> None:
    units, expected = demand.steady(30, 60, seed=16)
    units[3, -2] = 80_995.0

    found = forecasts.forecast(units, HORIZON)

    assert found.mean[3].max() < 3 * expected[3, 0]


def test_weeks_of_returns_count_as_nothing_sold() -> None:
    units, _ = demand.steady(30, 60, seed=17)
    returned, nothing = units.copy(), units.copy()
    returned[:, 40], nothing[:, 40] = -50.0, 0.0

    assert np.array_equal(forecasts.forecast(returned, HORIZON).mean, forecasts.forecast(nothing, HORIZON).mean)


@pytest.mark.parametrize("method", [Method.AUTO, Method.SMOOTHED])
def test_order_of_products_changes_nothing_and_equal_seeds_agree(method: Method) -> None:
    units, _ = demand.rare(80, 70, seed=18)
    order = np.random.default_rng(18).permutation(80)

    first, again = forecasts.forecast(units, HORIZON, method=method), forecasts.forecast(units, HORIZON, method=method)
    shuffled = forecasts.forecast(units[order], HORIZON, method=method)

    assert np.array_equal(first.mean, again.mean)
    assert np.array_equal(first.mean[order], shuffled.mean)
    assert np.array_equal(first.upper[order], shuffled.upper)


@pytest.mark.parametrize(
    "units",
    [
        np.empty((0, 0)), np.empty((0, 30)), np.empty((3, 0)), np.array([[5.0]]), np.array([[5.0, 0.0]]),
        np.full((1, 40), 7.0), np.zeros((4, 30)), np.full((4, 30), np.nan), np.full((80, 120), np.nan), np.zeros((80, 120)),
        np.where(np.arange(60) % 7 < 4, np.nan, np.ones((80, 60))), np.full((2, 30), -3.0), np.array([[np.inf, 1.0, 2.0]]),
    ],
    ids=["nothing", "no product", "no week", "one week", "two weeks", "one product", "zeros", "unknown", "many unknown", "many zeros",
         "NaN runs", "returns only", "infinite"],
)  # fmt: skip
def test_no_history_however_bare_gives_nan(units: demand.Floats) -> None:
    found = forecasts.forecast(units, 3)

    assert found.mean.shape == found.lower.shape == found.upper.shape == (len(units), 3)
    assert is_sound(found)


def test_horizon_far_beyond_the_history_is_answered() -> None:
    units, _ = demand.steady(3, 30, seed=19)

    found = forecasts.forecast(units, 2_000)

    assert found.mean.shape == (3, 2_000)
    assert is_sound(found)


@settings(max_examples=40)
@given(
    hnp.arrays(float, st.tuples(st.integers(0, 6), st.integers(0, 40)), elements=st.floats(allow_nan=True, allow_infinity=True)),
    st.integers(1, 6),
)
def test_whatever_was_sold_the_forecast_is_sound(units: demand.Floats, horizon: int) -> None:
    assert is_sound(forecasts.forecast(units, horizon))


def test_first_week_follows_the_last_of_the_history() -> None:
    units, _ = demand.steady(3, 10, seed=20)

    found = forecasts.forecast(units, HORIZON, starts="2026-01-05")

    assert found.first_week == date(2026, 3, 16)


@pytest.mark.parametrize(
    ("units", "horizon", "more", "message"),
    [
        (np.ones(5), 2, {}, r"units has shape \(5,\)"),
        (np.ones((2, 5)), 2, {"prices": np.ones((2, 4))}, r"prices has shape \(2, 4\)"),
        (np.ones((2, 5)), 0, {}, "at least 1"),
        (np.ones((2, 5)), 2, {"levels": (80,)}, "between 0 and 1"),
        (np.ones((2, 5)), 2, {"known": Known(categories=np.array(["a"]))}, r"categories has shape \(1,\)"),
    ],
)
def test_input_that_makes_no_sense_is_refused_in_words(units: demand.Floats, horizon: int, more: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        forecasts.forecast(units, horizon, **more)
