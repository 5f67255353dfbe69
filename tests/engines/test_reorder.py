"""Reordering: probabilities and service levels are met by fresh draws of the planted demand."""

from datetime import date

import numpy as np
import pytest

from luxebrain.engines import forecasts, reorder
from luxebrain.engines.reorder import Policy
from tests.engines import demand

HORIZON = 6


def make_forecast(products: int = 200) -> tuple[forecasts.Forecast, demand.Floats]:
    units, expected = demand.steady(products, 100, seed=31)
    return forecasts.forecast(units, HORIZON, starts="2026-01-05"), expected[:, :HORIZON]


def futures(expected: demand.Floats) -> demand.Floats:
    """(products, horizon, 500) cumulative demand, drawn from the truth."""
    drawn = np.random.default_rng(32).poisson(expected[:, :, None], (*expected.shape, 500))
    return np.cumsum(drawn, axis=1).astype(float)


def test_stock_out_probability_equals_that_of_the_planted_demand() -> None:
    found, expected = make_forecast()
    on_hand = np.round(expected[:, 0] * 3.1).astype(np.int64)

    plan = reorder.plan(found, on_hand, Policy())
    true = np.mean(futures(expected) >= on_hand[:, None, None], axis=2)

    assert plan.stock_out.mean(axis=0) == pytest.approx(true.mean(axis=0), abs=0.06)
    assert (np.diff(plan.stock_out, axis=1) >= 0).all()


@pytest.mark.parametrize("service_level", [0.8, 0.95])
def test_reorder_point_reaches_its_service_level_in_simulation(service_level: float) -> None:
    found, expected = make_forecast()

    plan = reorder.plan(found, np.zeros(len(expected), dtype=np.int64), Policy(service_level, lead_time_weeks=3))
    served = np.mean(futures(expected)[:, 2] <= plan.reorder_point[:, None])

    assert served == pytest.approx(service_level, abs=0.05)


def test_quantity_covers_lead_time_and_review_in_whole_packs() -> None:
    found, expected = make_forecast()
    on_hand, on_order = np.full(len(expected), 5), np.full(len(expected), 2)

    plan = reorder.plan(found, on_hand, Policy(0.9, lead_time_weeks=2, review_weeks=2, pack=6), on_order=on_order)
    ordered = plan.quantity > 0
    served = futures(expected)[:, 3] <= (7 + plan.quantity)[:, None]

    assert (plan.quantity % 6 == 0).all()
    assert served[ordered].mean() >= 0.87


def test_nothing_is_bought_above_the_reorder_point() -> None:
    found, expected = make_forecast()
    plenty = np.round(expected[:, 0] * 20).astype(np.int64) + 100

    plan = reorder.plan(found, plenty, Policy())

    assert not plan.quantity.any()
    assert plan.stock_out_dates() == [None] * len(expected)


def test_stock_out_date_is_the_monday_by_which_stock_is_gone() -> None:
    found, expected = make_forecast()
    biggest = int(np.argmax(expected[:, 0]))
    on_hand = np.full(len(expected), 10**6)
    on_hand[biggest] = round(expected[biggest, 0] * 2.5)

    dates = reorder.plan(found, on_hand, Policy()).stock_out_dates(0.5)

    assert found.first_week == date(2027, 12, 6)
    assert dates[biggest] == date(2027, 12, 27)
    assert sum(day is not None for day in dates) == 1


def test_empty_shelf_is_out_of_stock_and_a_product_nobody_buys_never_runs_out() -> None:
    found = forecasts.forecast(np.zeros((2, 40)), HORIZON)

    plan = reorder.plan(found, np.array([0, 1]), Policy())

    assert plan.stock_out[0].tolist() == [1.0] * HORIZON
    assert plan.stock_out[1].tolist() == [0.0] * HORIZON


def test_shop_without_products_has_an_empty_buy_list() -> None:
    plan = reorder.plan(forecasts.forecast(np.empty((0, 9)), HORIZON), np.empty(0, dtype=np.int64), Policy())

    assert plan.quantity.shape == (0,)
    assert plan.stock_out.shape == (0, HORIZON)


@pytest.mark.parametrize(
    ("policy", "on_hand", "message"),
    [
        (Policy(lead_time_weeks=6), 200, "reaches 6 weeks"),
        (Policy(service_level=1.0), 200, "makes no sense"),
        (Policy(), 3, "has 200 products"),
    ],
)
def test_plan_that_makes_no_sense_is_refused_in_words(policy: Policy, on_hand: int, message: str) -> None:
    found, _ = make_forecast()

    with pytest.raises(ValueError, match=message):
        reorder.plan(found, np.ones(on_hand, dtype=np.int64), policy)


def test_dates_without_a_calendar_are_refused() -> None:
    plan = reorder.plan(forecasts.forecast(np.ones((1, 30)), HORIZON), np.array([3]), Policy())

    with pytest.raises(ValueError, match="starts"):
        plan.stock_out_dates()
