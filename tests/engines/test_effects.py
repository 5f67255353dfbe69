"""Effects: sums add up in any order, intervals cover the planted truth, and a covariate narrows them without moving it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import ttest_ind

from luxebrain.engines.effects import Sums, compare, contrast

Floats = NDArray[np.float64]
money = st.floats(-1e6, 1e6)
visitors = st.lists(st.tuples(money, st.floats(0, 100), money), max_size=12)


def sums_of(rows: list[tuple[float, float, float]]) -> Sums:
    return Sums.of(*np.array(rows, dtype=np.float64).reshape(-1, 3).T)


def baskets(lot: np.random.Generator, n: int, factor: float = 1.0) -> tuple[Floats, Floats, Floats]:
    """(spent, orders, spent before) of visitors: a third order at all, those who spent before spend more; factor on what is spent."""
    before = lot.gamma(2.0, 20.0, n)
    orders = lot.poisson(0.5, n).astype(np.float64)
    return factor * orders * (0.6 * before + lot.gamma(2.0, 10.0, n)), orders, before


@given(st.lists(visitors, max_size=6), st.randoms())
def test_sums_of_parts_are_the_sums_of_all_in_any_order(parts: list[list[tuple[float, float, float]]], lot: object) -> None:
    everybody = sums_of([row for part in parts for row in part])
    shuffled = sorted(parts, key=lambda _part: lot.random())  # type: ignore[attr-defined]

    added = sum((sums_of(part) for part in shuffled), Sums())

    size = max((abs(number) for part in parts for row in part for number in row), default=0) ** 2 + 1
    for field in fields(Sums):
        assert getattr(added, field.name) == pytest.approx(getattr(everybody, field.name), rel=1e-9, abs=1e-9 * size)
    assert added.count == sum(len(part) for part in parts)


@pytest.mark.parametrize("row", [(116175.0, 0.0, 1.4e-167), (1e150, 1.0, 1e-167), (1e150, 1e-200, 1e150), (5e-324, 5e-324, 1e150)])
def test_numbers_whose_squares_are_nothing_or_beyond_measure_add_up(row: tuple[float, float, float]) -> None:
    assert sums_of([row, row]).count == 2


@given(st.lists(st.integers(0, 1), max_size=50))
def test_conversions_are_visitors_whose_value_is_0_or_1(converted: list[int]) -> None:
    assert Sums.of(converted) == Sums.of_conversions(len(converted), sum(converted))
    assert Sums.of(converted).is_binary


def test_numbers_of_orders_are_no_conversions() -> None:
    assert not Sums.of([0, 2, 1]).is_binary
    assert not Sums.of([1, 0], denominators=[1, 3]).is_binary


def test_difference_of_means_is_welch_s() -> None:
    lot = np.random.default_rng(4)
    control, treatment = lot.normal(50, 10, 40), lot.normal(55, 30, 25)

    found = compare(Sums.of(control), Sums.of(treatment)).difference

    expected = ttest_ind(treatment, control, equal_var=False).confidence_interval(0.95)
    assert found.value == pytest.approx(treatment.mean() - control.mean())
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high))


def test_difference_of_conversions_is_newcombe_s() -> None:
    """Newcombe (1998), table II, method 10, example (a): 56 of 70 against 48 of 80."""
    found = compare(Sums.of_conversions(80, 48), Sums.of_conversions(70, 56)).difference

    assert (found.value, found.lower, found.upper) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_uplift_of_conversions_is_that_of_katz() -> None:
    """log(1.1) ± 1.96 · sqrt(1/550 - 1/10,000 + 1/500 - 1/10,000)"""
    found = compare(Sums.of_conversions(10_000, 500), Sums.of_conversions(10_000, 550)).uplift

    assert found is not None
    assert (found.value, found.lower, found.upper) == pytest.approx((0.1, 1.1 / 1.12514 - 1, 1.1 * 1.12514 - 1), abs=1e-4)


def drawn(metric: str, lot: np.random.Generator, n: int, lift: float = 0.0) -> Sums:
    """Without a lift: 5 % and 2 % convert, 22 is spent a visitor, 44 an order."""
    spent, orders, before = baskets(lot, n, 1 + lift)
    match metric:
        case "conversion":
            return Sums.of_conversions(n, int(lot.binomial(n, 0.05 * (1 + lift))))
        case "few conversions":
            return Sums.of_conversions(n // 8, int(lot.binomial(n // 8, 0.02 * (1 + lift))))
        case "mean":
            return Sums.of(spent)
        case "ratio":
            return Sums.of(spent, orders)
        case "mean with a covariate":
            return Sums.of(spent, covariates=before)
        case _:
            return Sums.of(spent, orders, before)


LEVELS = {
    "conversion": 0.05,
    "few conversions": 0.02,
    "mean": 22.0,
    "ratio": 44.0,
    "mean with a covariate": 22.0,
    "ratio with a covariate": 44.0,
}


@pytest.mark.parametrize("metric", LEVELS)
def test_intervals_cover_the_planted_truth_as_often_as_they_say(metric: str) -> None:
    lot, covered, covered_uplift, truth = np.random.default_rng(6), 0, 0, 0.1 * LEVELS[metric]

    for _ in range(1_000):
        effect = compare(drawn(metric, lot, 1_600), drawn(metric, lot, 1_600, 0.1))
        covered += effect.difference.lower <= truth <= effect.difference.upper
        covered_uplift += effect.uplift is None or effect.uplift.lower <= 0.1 <= effect.uplift.upper

    assert 0.93 <= covered / 1_000 <= 0.985  # three standard errors below .95; few conversions are covered more often
    assert covered_uplift / 1_000 >= 0.93


@pytest.mark.parametrize("metric", LEVELS)
def test_test_of_two_that_are_the_same_errs_as_often_as_it_says(metric: str) -> None:
    lot = np.random.default_rng(7)

    p = [compare(drawn(metric, lot, 800), drawn(metric, lot, 800)).p_value for _ in range(1_000)]

    assert np.mean(np.array(p) < 0.05) <= 0.07


def test_test_errs_no_more_where_few_see_a_treatment_that_spreads_wider() -> None:
    """A tenth of the visitors, equal means, three times the spread: pooled alone, it would find a difference in half the cases."""
    lot = np.random.default_rng(8)

    p = [compare(Sums.of(lot.normal(50, 10, 900)), Sums.of(lot.normal(50, 30, 100))).p_value for _ in range(1_000)]

    assert np.mean(np.array(p) < 0.05) <= 0.07


def test_covariate_narrows_the_interval_and_takes_out_a_lucky_start() -> None:
    lot = np.random.default_rng(9)
    before = [lot.normal(100, 20, 2_000), lot.normal(103, 20, 2_000)]  # the treatment got visitors who spent more anyway
    spent = [each + lot.normal(0, 5, 2_000) for each in before]

    raw = compare(Sums.of(spent[0]), Sums.of(spent[1]))
    adjusted = compare(Sums.of(spent[0], covariates=before[0]), Sums.of(spent[1], covariates=before[1]))

    assert raw.p_value < 0.01
    assert abs(adjusted.difference.value) < 0.5
    assert adjusted.variance_reduction == pytest.approx(0.94, abs=0.01)  # 1 - 25 / 425
    assert adjusted.standard_error < 0.3 * raw.standard_error


def test_covariate_that_is_the_same_for_all_changes_nothing() -> None:
    values, others = [1.0, 5.0, 9.0], [2.0, 5.0, 12.0]

    with_it = compare(Sums.of(values, covariates=[7.1] * 3), Sums.of(others, covariates=[7.1] * 3))

    assert with_it == compare(Sums.of(values), Sums.of(others))


def test_best_guess_and_its_risk_are_those_of_the_normal_distribution() -> None:
    """z = 1.58530: as statsmodels' proportions_ztest has it; its loss by simulation."""
    effect = compare(Sums.of_conversions(10_000, 500), Sums.of_conversions(10_000, 550))
    truths = np.random.default_rng(3).normal(0.005, effect.standard_error, 1_000_000)

    assert effect.z == pytest.approx(1.5853, abs=1e-4)
    assert effect.probability_better == pytest.approx((truths > 0).mean(), abs=1e-3)
    assert effect.expected_loss == pytest.approx(np.maximum(-truths, 0).mean(), rel=0.02)


@pytest.mark.parametrize("conversions", [(0, 0), (100, 100), (0, 100)])
def test_nobody_and_everybody_converting_leaves_an_honest_interval(conversions: tuple[int, int]) -> None:
    effect = compare(Sums.of_conversions(100, conversions[0]), Sums.of_conversions(100, conversions[1]))

    assert effect.difference.upper - effect.difference.lower > 0.03
    assert all(np.isfinite([effect.z, effect.p_value, effect.probability_better, effect.expected_loss]))
    assert effect.uplift is None or effect.uplift.lower < effect.uplift.upper or conversions == (100, 100)


def test_control_that_earns_nothing_has_no_uplift() -> None:
    assert compare(Sums.of([0.0] * 10), Sums.of([0.0, 5.0] * 5)).uplift is None


@pytest.mark.parametrize(("control", "treatment"), [(Sums(), Sums.of([1, 2])), (Sums.of([1.0]), Sums.of([1, 2]))])
def test_fewer_than_two_visitors_are_not_compared(control: Sums, treatment: Sums) -> None:
    with pytest.raises(ValueError, match="fewer than two visitors"):
        compare(control, treatment)


def test_ratio_of_nothing_is_not_compared() -> None:
    with pytest.raises(ValueError, match="nothing in the denominator"):
        contrast(Sums.of([0, 0], denominators=[0, 0]), Sums.of([1, 2], denominators=[1, 1]))


@pytest.mark.parametrize("alpha", [0.0, 1.0, float("nan")])
def test_alpha_that_is_none_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        compare(Sums.of([1, 2]), Sums.of([1, 2]), alpha)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Sums.of([1.0, float("nan")]), "finite"),
        (lambda: Sums.of([1.0, float("inf")]), "finite"),
        (lambda: Sums.of_conversions(float("nan"), 1), "finite"),
        (lambda: Sums.of_conversions(10, 11), "squares are too small"),
        (lambda: Sums.of_conversions(-1, 0), "from 0 on"),
        (lambda: Sums.of_conversions(0, 1), "squares are too small"),
        (lambda: Sums.of_conversions(10, -1), "squares are too small"),
        (lambda: Sums.of([1.0], denominators=[-1.0]), "from 0 on"),
        (lambda: Sums.of([1.0, 2.0], denominators=[1.0]), "for each visitor"),
        (lambda: Sums.of([[1.0, 2.0]]), "for each visitor"),
        (lambda: Sums(2, 3, 2, 0, 4, 2), "squares are too small"),
        (lambda: Sums(2, 1, 2, 0, 1, 2, 0, 5), "squares are too small"),
    ],
)
def test_what_no_visitors_add_up_to_is_refused(make: Callable[[], Sums], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()


def test_uplift_whose_interval_would_hold_everything_is_not_told() -> None:
    control, treatment = Sums.of([0.0] * 5 + [606872.5]), Sums.of([942866.0, 942866.0, -946685.0, -939046.0])

    effect = compare(control, treatment)

    assert effect.uplift is None
    assert effect.difference.value < 0


@given(st.lists(visitors.filter(lambda rows: len(rows) > 1 and sum(row[1] for row in rows) > 1e-3), min_size=2, max_size=2))
def test_any_visitors_have_a_finite_effect(groups: list[list[tuple[float, float, float]]]) -> None:
    control, treatment = map(sums_of, groups)

    effect, back = compare(control, treatment), compare(treatment, control)

    assert effect.difference.lower <= effect.difference.value <= effect.difference.upper
    assert 0 <= effect.p_value <= 1
    assert effect.expected_loss >= -1e-9
    assert back.p_value == pytest.approx(effect.p_value, abs=1e-6)
