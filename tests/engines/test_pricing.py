"""Prices against a market whose truth is known: nearly what the oracle earns, never less than doing nothing, never outside the guards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luxebrain.engines import market, pricing
from luxebrain.engines.pricing import Guards, Observations

N, WEEKS = 6, 20
WORLDS: dict[str, dict[str, Any]] = {
    "as usual": {},
    "prices set without a thought": {"prices_are_known": False},
    "demand hardly minds": {"elasticity": -1.3},
    "demand minds a lot": {"elasticity": -3.2},
    "all alike": {"spread": 0.1},
    "little history": {"past": 6},
    "a short season": {"weeks": 8},
}


def observations(**changes: Any) -> Observations:
    lot = np.random.default_rng(2)
    listed = np.full(N, 10.0)
    prices = listed * lot.choice([1.0, 0.9, 0.8], (WEEKS, N))
    usual = {
        "prices": prices,
        "units": lot.poisson(20 * (prices / listed) ** -2.5).astype(float),
        "unit_costs": np.full(N, 5.0),
        "list_prices": listed,
        "last_prices": listed,
        "salvage_values": np.full(N, 1.0),
        "stock": np.full(N, np.inf),
        "categories": np.zeros(N, dtype=np.int64),
        "weeks_left": 4,
    }
    return Observations(**usual | changes)


def guards(**changes: Any) -> Guards:
    usual: dict[str, Any] = {"floor": np.full(N, 7.0), "ceiling": np.full(N, 13.0), "max_step": 0.1}
    return Guards(**usual | changes)


def after_weeks(seen: Observations, weeks: int = 8) -> Any:
    """Where prices end that may take several steps."""
    for _ in range(weeks):
        seen = replace(seen, last_prices=pricing.propose(seen, guards()))
    return seen.last_prices


@pytest.mark.parametrize("is_finite", [False, True], ids=["unlimited", "finite"])
@pytest.mark.parametrize("kind", WORLDS.values(), ids=WORLDS)
def test_nearly_all_that_the_oracle_earns_and_never_less_than_doing_nothing(kind: dict[str, Any], is_finite: bool) -> None:
    world = market.make_world(7, products=120, is_finite=is_finite, **kind)

    ours, best, nothing = (market.play(world, method, seed=1) for method in (market.propose, market.oracle(world), market.list_price))

    assert ours > nothing
    assert ours > 0.93 * best


def test_nobody_earns_more_than_the_oracle_but_by_luck() -> None:
    for is_finite in (False, True):
        world = market.make_world(3, is_finite=is_finite)
        best = market.play(world, market.oracle(world))
        for method in (market.list_price, market.random, market.cost_plus, market.propose):
            assert market.play(world, method) < 1.01 * best


def test_elasticity_is_found_and_its_interval_holds_it_as_often_as_it_says() -> None:
    world = market.make_world(11, products=400, past=40)
    lot = np.random.default_rng(1)
    units = np.array([lot.poisson(world.demand(prices, week)) for week, prices in enumerate(world.past_prices)]).astype(float)
    seen = Observations(
        prices=world.past_prices,
        units=units,
        unit_costs=world.unit_cost,
        list_prices=world.list_price,
        last_prices=world.list_price,
        salvage_values=world.salvage,
        stock=world.stock,
        categories=world.category,
        weeks_left=9,
    )

    demand = pricing.learn_demand(seen)

    low, high = demand.interval(0.9)
    assert 0.84 <= np.mean((low <= world.elasticity) & (world.elasticity <= high)) <= 0.96
    assert np.corrcoef(demand.elasticity, world.elasticity)[0, 1] > 0.6
    assert np.mean(np.abs(demand.elasticity - world.elasticity)) < 0.8 * np.mean(np.abs(world.elasticity.mean() - world.elasticity))


def test_demand_that_minds_the_price_is_offered_a_lower_one_and_one_that_does_not_a_higher() -> None:
    lot, prices = np.random.default_rng(5), observations().prices
    minds, does_not = (lot.poisson(60 * (prices / 10) ** each).astype(float) for each in (-4.0, -1.1))

    assert (after_weeks(observations(units=minds)) < 8.5).all()
    assert (after_weeks(observations(units=does_not)) > 11).all()


def test_too_much_stock_is_cleared_and_scarce_stock_costs_more() -> None:
    plenty, scarce = (after_weeks(observations(stock=np.full(N, units))) for units in (400.0, 20.0))

    assert (plenty < 10).all()
    assert (scarce > 10).all()


def test_price_that_never_moved_stays_near_the_one_that_its_margin_says_is_right() -> None:
    flat = np.full((WEEKS, N), 10.0)

    assert after_weeks(observations(prices=flat, units=np.full((WEEKS, N), 20.0))) == pytest.approx(10.0, rel=0.12)


UNDECIDED = {
    "its cost is not known": {"unit_costs": np.full(N, np.nan)},
    "it has no list price": {"list_prices": np.full(N, np.nan)},
    "nothing is in stock": {"stock": np.zeros(N)},
    "no week is left": {"weeks_left": 0},
}


@pytest.mark.parametrize("changes", UNDECIDED.values(), ids=UNDECIDED)
def test_price_stays_where(changes: dict[str, Any]) -> None:
    assert pricing.propose(observations(**changes), guards()) == pytest.approx(10.0)


ODD = {
    "nothing was ever seen": {"prices": np.zeros((0, N)), "units": np.zeros((0, N))},
    "nothing was ever sold": {"units": np.zeros((WEEKS, N))},
    "it was never on sale": {"units": np.full((WEEKS, N), np.nan)},
    "it was given away": {"prices": np.zeros((WEEKS, N))},
    "more came back than went": {"units": np.full((WEEKS, N), -3.0)},
    "one order was absurd": {"units": np.where(np.arange(WEEKS * N).reshape(WEEKS, N) == 7, 80_995.0, 12.0)},
    "its salvage is worth more than it cost": {"salvage_values": np.full(N, 9.0), "stock": np.full(N, 30.0)},
    "it has no category": {"categories": None},
    "its categories are any numbers": {"categories": np.array([-5, 10**12, 3, 3, 0, 7])},
    "a season is left": {"weeks_left": 52},
    "the last price is not known": {"last_prices": np.full(N, np.nan)},
}


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
def test_there_is_a_price_within_guards_where(changes: dict[str, Any]) -> None:
    proposed = pricing.propose(observations(**changes), guards())

    assert ((proposed >= 9.0 - 1e-9) & (proposed <= 11.0 + 1e-9)).all()


def test_absurd_order_moves_no_price_by_much() -> None:
    usual = observations()
    units = usual.units.copy()
    units[4, 2] = 80_995.0

    assert after_weeks(replace(usual, units=units)) == pytest.approx(after_weeks(usual), rel=0.15)


def test_no_products_have_no_prices() -> None:
    empty = np.zeros(0)
    seen = observations(**dict.fromkeys(("unit_costs", "list_prices", "last_prices", "salvage_values", "stock"), empty), categories=None)

    assert pricing.propose(replace(seen, prices=np.zeros((3, 0)), units=np.zeros((3, 0))), guards(floor=empty, ceiling=empty)).shape == (0,)


@given(
    last=st.floats(0.5, 40),
    floor=st.floats(0.1, 30),
    width=st.floats(0, 30),
    step=st.floats(0, 0.5),
    stock=st.sampled_from([0.0, 3.0, 500.0, np.inf]),
)
def test_guards_hold_whatever_they_are(last: float, floor: float, width: float, step: float, stock: float) -> None:
    limits = guards(floor=np.full(N, floor), ceiling=np.full(N, floor + width), max_step=step)

    proposed = pricing.propose(observations(last_prices=np.full(N, last), stock=np.full(N, stock), weeks_left=12), limits)

    assert ((proposed >= floor) & (proposed <= floor + width)).all()
    is_free = (proposed > floor) & (proposed < floor + width)
    assert (np.abs(proposed - last)[is_free] <= step * last + 1e-9).all()


def test_equal_seeds_give_equal_prices_and_the_order_of_products_changes_none() -> None:
    seen, order = observations(weeks_left=26), np.array([4, 0, 5, 1, 3, 2])
    names = ("unit_costs", "list_prices", "last_prices", "salvage_values", "stock", "categories")
    other = replace(
        seen, prices=seen.prices[:, order], units=seen.units[:, order], weeks_left=4, **{name: getattr(seen, name)[order] for name in names}
    )

    assert pricing.propose(seen, guards(), seed=3).tolist() == pricing.propose(seen, guards(), seed=3).tolist()
    assert pricing.propose(other, guards()) == pytest.approx(pricing.propose(replace(seen, weeks_left=4), guards())[order])


REFUSED: dict[str, dict[str, Any]] = {
    "units are": {"units": np.ones((3, 2))},
    "prices are": {"prices": np.ones((WEEKS, N + 1))},
    "stock are": {"stock": np.ones(2)},
    "categories are": {"categories": np.ones(2, dtype=np.int64)},
    "stock is a number from 0 on": {"stock": np.full(N, -1.0)},
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_does_not_fit_is_refused_by_name(words: str) -> None:
    with pytest.raises(ValueError, match=words):
        pricing.propose(observations(**REFUSED[words]), guards())


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"floor": np.full(N, 14.0)}, "floor"), ({"floor": np.full(N, np.nan)}, "floor"), ({"max_step": 1.0}, "max_step")],
)
def test_guards_that_contradict_each_other_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        pricing.propose(observations(), guards(**changes))
