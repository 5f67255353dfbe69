"""Lifetime value: what was planted is found, what cannot be known is refused, and nothing depends on how the table was written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import hyp2f1

from luxebrain.engines import lifetime_value
from luxebrain.engines.bg_nbd import BgNbd, Histories
from luxebrain.engines.gamma_gamma import GammaGamma
from luxebrain.engines.lifetime_value import LifetimeValue, TooThin

Floats = NDArray[np.float64]
Table = tuple[Floats, Floats, Floats, Floats]
R, ALPHA, A, B = 0.8, 6.0, 0.8, 2.5
P, Q, V = 6.0, 4.0, 15.0
WEEKS, LATER = 52.0, 26.0


def customers(n: int = 4_000, seed: int = 1) -> tuple[Table, Floats, Floats]:
    """(frequency, recency, age, mean_value) by `WEEKS`, and orders and spending in the `LATER` weeks, as the two models say they come."""
    lot = np.random.default_rng(seed)
    table, later, spent = np.zeros((n, 4)), np.zeros(n), np.zeros(n)
    for each in range(n):
        joined = lot.uniform(0, WEEKS - 4)
        rate, leaving = lot.gamma(R, 1 / ALPHA), lot.beta(A, B)
        worth = P / lot.gamma(Q, 1 / V)  # mean of this customer's orders
        at, times = joined, []
        while (at := at + lot.exponential(1 / rate)) < WEEKS + LATER:
            times.append(at)
            if lot.random() < leaving:
                break
        values = lot.gamma(P, worth / P, len(times))
        seen = np.array(times) <= WEEKS
        last = times[seen.sum() - 1] - joined if seen.any() else 0.0
        table[each] = seen.sum(), last, WEEKS - joined, values[seen].mean() if seen.any() else 0.0
        later[each], spent[each] = (~seen).sum(), values[~seen].sum()
    return (table[:, 0], table[:, 1], table[:, 2], table[:, 3]), later, spent


@pytest.fixture(scope="module")
def shop() -> tuple[Table, Floats, Floats]:
    return customers()


@pytest.fixture(scope="module")
def model(shop: tuple[Table, Floats, Floats]) -> LifetimeValue:
    return lifetime_value.fit(*shop[0])


def test_planted_parameters_are_found(model: LifetimeValue) -> None:
    found = model.orders

    assert (found.r / found.alpha, found.a / (found.a + found.b)) == pytest.approx((R / ALPHA, A / (A + B)), rel=0.1)
    assert model.values is not None
    assert model.values.p * model.values.v / (model.values.q - 1) == pytest.approx(P * V / (Q - 1), rel=0.1)


def test_orders_and_spending_to_come_are_predicted_without_bias(model: LifetimeValue, shop: tuple[Table, Floats, Floats]) -> None:
    _, later, spent = shop

    assert model.expected_orders(LATER).mean() == pytest.approx(later.mean(), rel=0.15)
    assert model.expected_value(LATER).mean() == pytest.approx(spent.mean(), rel=0.2)


def test_prediction_beats_the_own_rate_and_the_mean(model: LifetimeValue, shop: tuple[Table, Floats, Floats]) -> None:
    (frequency, _, age, _), later, _ = shop

    def error(guess: Floats) -> float:
        return float(np.sqrt(((guess - later) ** 2).mean()))

    assert error(model.expected_orders(LATER)) < min(error(frequency / age * LATER), error(np.full_like(later, later.mean())))


def test_customers_called_alive_are_those_who_come_back(model: LifetimeValue, shop: tuple[Table, Floats, Floats]) -> None:
    (frequency, *_), later, _ = shop
    often = frequency >= 3
    alive = model.probability_alive[often]

    assert later[often][alive > 0.8].mean() > 3 * later[often][alive < 0.2].mean()


def test_intervals_hold_as_often_as_they_say(model: LifetimeValue, shop: tuple[Table, Floats, Floats]) -> None:
    _, later, spent = shop
    lower, upper = model.orders_interval(LATER, 0.8)
    cheapest, dearest = model.value_interval(LATER, 0.8)

    assert ((lower <= later) & (later <= upper)).mean() >= 0.8
    assert ((cheapest <= spent + 1e-9) & (spent <= dearest + 1e-9)).mean() >= 0.8
    assert (lower <= upper).all()
    assert (cheapest <= dearest).all()


def test_expected_orders_are_those_of_the_published_formula() -> None:
    """Equation 10 of Fader, Hardie, Lee 2005, where its hypergeometric function can be worked out."""
    published = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, log_likelihood=0.0)
    x, last, age, horizon = np.array([0.0, 1.0, 2.0, 7.0]), np.array([0.0, 3.0, 30.43, 20.0]), np.array([38.86, 20.0, 38.86, 30.0]), 39.0
    r, alpha, a, b = published.r, published.alpha, published.a, published.b
    series = hyp2f1(r + x, b + x, a + b + x - 1, horizon / (alpha + age + horizon))
    top = (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + horizon)) ** (r + x) * series)
    gone = np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + last)) ** (r + x), 0.0)

    assert published.expected_orders(Histories(x, last, age, np.ones(4)), horizon) == pytest.approx(top / (1 + gone), rel=1e-4)


def test_example_of_the_paper_comes_out() -> None:
    """Customer with x = 2, t = 30.43, T = 38.86 weeks is expected to make 1.226 purchases in the next 39 (same paper, section 5)."""
    published = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, log_likelihood=0.0)
    one = Histories(*(np.array([each]) for each in (2.0, 30.43, 38.86, 1.0)))

    assert published.expected_orders(one, 39.0)[0] == pytest.approx(1.226, abs=0.001)


def test_order_value_is_drawn_to_the_mean_by_as_much_as_few_orders_say_little() -> None:
    values = GammaGamma(p=6.25, q=3.74, v=15.44)
    mean = values.p * values.v / (values.q - 1)
    one, fifty = values.expected_value(np.array([1.0, 50.0]), np.array([100.0, 100.0]))

    assert mean < one < fifty < 100


def test_results_do_not_depend_on_the_order_of_rows(shop: tuple[Table, Floats, Floats], model: LifetimeValue) -> None:
    order = np.random.default_rng(3).permutation(len(shop[0][0]))
    shuffled = lifetime_value.fit(*(column[order] for column in shop[0]))

    np.testing.assert_array_equal(shuffled.expected_value(LATER), model.expected_value(LATER)[order])


def test_unit_of_time_changes_nothing(shop: tuple[Table, Floats, Floats], model: LifetimeValue) -> None:
    frequency, recency, age, mean_value = shop[0]
    in_days = lifetime_value.fit(frequency, recency * 7, age * 7, mean_value)

    np.testing.assert_allclose(in_days.expected_orders(LATER * 7), model.expected_orders(LATER), rtol=1e-3)


def test_one_absurd_order_moves_nobody_else(shop: tuple[Table, Floats, Floats], model: LifetimeValue) -> None:
    frequency, recency, age, mean_value = (column.copy() for column in shop[0])
    absurd = int(np.flatnonzero(frequency == 1)[0])
    mean_value[absurd] = 80_995 * 1.04
    spoilt, sound = lifetime_value.fit(frequency, recency, age, mean_value).expected_value(LATER), model.expected_value(LATER)

    others = np.arange(len(sound)) != absurd
    assert spoilt[others].sum() == pytest.approx(sound[others].sum(), rel=0.02)
    assert spoilt[absurd] < mean_value[absurd]


def test_nothing_is_expected_in_no_time_and_more_in_more_time(model: LifetimeValue) -> None:
    assert not model.expected_orders(0).any()
    assert (np.diff([model.expected_orders(horizon) for horizon in (1, 4, 13, 52)], axis=0) > 0).all()


@settings(max_examples=50)
@given(st.integers(1, 400), st.floats(0.1, 500), st.floats(0, 1), st.floats(0, 1))
def test_for_as_many_purchases_a_later_last_one_is_never_worse(x: int, age: float, one: float, other: float) -> None:
    found = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, log_likelihood=0.0)
    earlier, later = sorted((one * age, other * age))
    rows = Histories(np.full(2, float(x)), np.array([earlier, later]), np.full(2, age), np.ones(2))
    alive, orders = found.probability_alive(rows), found.expected_orders(rows, 39.0)

    assert ((alive >= 0) & (alive <= 1)).all()
    assert np.isfinite(orders).all()
    assert alive[0] <= alive[1] + 1e-12
    assert orders[0] <= orders[1] + 1e-9


def columns(n: int, repeaters: int) -> Table:
    frequency = np.zeros(n)
    frequency[:repeaters] = 1
    return frequency, frequency * 2.0, np.full(n, 10.0), frequency * 20.0


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (columns(0, 0), "there are 0"),
        (columns(1, 1), "there are 1"),
        (columns(49, 20), "needs 50 customers"),
        (columns(100, 9), "who came back; there are 9"),
        (tuple(np.zeros(100) if at else np.ones(100) for at in range(4)), "just now"),
    ],
)
def test_thin_data_are_refused_with_the_reason(table: Table, reason: str) -> None:
    with pytest.raises(TooThin, match=reason):
        lifetime_value.fit(*table)


@pytest.mark.parametrize("column", range(4))
def test_what_is_no_number_is_refused(column: int) -> None:
    table = columns(100, 40)
    table[column][0] = np.nan

    with pytest.raises(ValueError, match=r"finite|needs a number"):
        lifetime_value.fit(*table)


def test_purchase_in_the_future_is_refused_with_their_number() -> None:
    frequency, recency, age, mean_value = columns(100, 40)
    recency[:2] = 11.0

    with pytest.raises(ValueError, match="2 customers bought last in the future"):
        lifetime_value.fit(frequency, recency, age, mean_value)


def test_orders_are_predicted_where_nobody_paid_and_values_are_refused() -> None:
    frequency, recency, age, mean_value = columns(100, 40)
    free = lifetime_value.fit(frequency, recency, age, mean_value * 0)

    assert (free.expected_orders(4) > 0).all()
    with pytest.raises(TooThin, match="Orders can be predicted"):
        free.expected_value(4)


def test_customers_who_are_all_alike_have_a_prediction() -> None:
    alike = lifetime_value.fit(*columns(200, 200))

    assert np.isfinite(alike.expected_value(10)).all()
    assert len(set(alike.expected_value(10).tolist())) == 1


@pytest.mark.parametrize("horizon", [-1.0, np.nan, np.inf])
def test_horizon_that_is_no_time_to_come_is_refused(model: LifetimeValue, horizon: float) -> None:
    with pytest.raises(ValueError, match="time to come"):
        model.expected_orders(horizon)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5])
def test_level_outside_0_to_1_is_refused(model: LifetimeValue, level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        model.value_interval(4, level)
