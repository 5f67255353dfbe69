"""Experiments: no false winners beyond what was allowed, the planted ones found, and nothing decided on figures that cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from luxebrain.engines import sequential
from luxebrain.engines.effects import Sums, compare
from luxebrain.engines.experiments import State, decide, decide_on
from luxebrain.engines.sequential import Spending

LOOKS = 10
Look = dict[str, Any]


def look(visitors: list[float], conversions: list[float]) -> Look:
    return {"visitors": visitors, "conversions": conversions}


def drawn(rates: list[float], seed: int, *, step: int = 1000, number: int = LOOKS) -> list[Look]:
    """Looks of an experiment whose truth is known."""
    lot = np.random.default_rng(seed)
    conversions = np.cumsum(lot.binomial(step, rates, size=(number, len(rates))), axis=0)
    return [look([step * (k + 1)] * len(rates), conversions[k].tolist()) for k in range(number)]


def test_bounds_are_the_published_ones() -> None:
    """Five equal looks, two-sided .05, O'Brien-Fleming spending: as in the tables of Lan and DeMets."""
    found = sequential.bounds((1.0, 2.0, 3.0, 4.0, 5.0), 5, 0.05, Spending.OBRIEN_FLEMING)

    assert found == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4)


def test_one_look_needs_what_one_look_needs() -> None:
    assert sequential.bounds((100.0,), 1, 0.05) == pytest.approx([1.959964], abs=1e-5)


@pytest.mark.parametrize("sizes", [(1.0, 2.0, 3.0, 4.0), (1.0, 5.0, 6.0, 20.0)])
def test_bounds_are_crossed_by_chance_as_often_as_allowed(sizes: tuple[float, ...]) -> None:
    lot, information = np.random.default_rng(3), np.array(sizes)
    steps = lot.normal(size=(200_000, len(sizes))) * np.sqrt(np.diff(information, prepend=0))
    z: NDArray[np.float64] = np.cumsum(steps, axis=1) / np.sqrt(information)

    crossed = (np.abs(z) >= np.array(sequential.bounds(sizes, len(sizes), 0.05))).any(axis=1).mean()

    assert crossed == pytest.approx(0.05, abs=0.002)


@pytest.mark.parametrize(("planned", "most"), [(LOOKS, 0.07), (None, 0.05)])
def test_two_that_are_the_same_seldom_make_a_winner(planned: int | None, most: float) -> None:
    """500 experiments: .05 would show as .07 once in forty times."""
    decisions = [decide(drawn([0.05, 0.05], seed), planned_looks=planned) for seed in range(500)]

    assert sum(decision.state is State.WINNER for decision in decisions) / 500 <= most


@pytest.mark.parametrize(("planned", "least"), [(LOOKS, 0.80), (None, 0.58)])
def test_a_fifth_more_is_mostly_found(planned: int | None, least: float) -> None:
    decisions = [decide(drawn([0.05, 0.06], seed), planned_looks=planned) for seed in range(300)]

    assert sum(decision.winner == 1 for decision in decisions) / 300 >= least
    assert all(decision.winner != 0 for decision in decisions)


def test_a_treatment_that_harms_makes_the_control_the_winner() -> None:
    decision = decide(drawn([0.08, 0.05], 1))

    assert (decision.state, decision.winner) == (State.WINNER, 0)
    assert "The control does better" in decision.reason


def test_the_best_of_several_wins_and_they_share_the_error() -> None:
    assert decide(drawn([0.05, 0.05, 0.08, 0.06], 2)).winner == 2
    false_winners = sum(decide(drawn([0.05] * 4, seed)).state is State.WINNER for seed in range(300))
    assert false_winners / 300 <= 0.08


def test_plan_that_ends_without_a_winner_says_that_there_is_no_difference() -> None:
    decision = decide(drawn([0.05, 0.05], 5))

    assert decision.state is State.NO_DIFFERENCE
    assert "After all 10 looks" in decision.reason


@pytest.mark.parametrize("planned", [LOOKS, None])
@pytest.mark.parametrize("rates", [[0.05, 0.07], [0.05, 0.05, 0.07], [0.07, 0.05]])
def test_what_a_look_has_decided_a_later_one_does_not_undo(rates: list[float], planned: int | None) -> None:
    looks = drawn(rates, 4)
    in_the_end = decide(looks, planned_looks=planned)

    assert in_the_end.state is State.WINNER
    for number in range(1, LOOKS + 1):
        decision = decide(looks[:number], planned_looks=planned)
        assert decision.winner == (in_the_end.winner if number >= in_the_end.look else None)


def test_visitors_who_all_came_on_the_first_day_make_no_more_false_winners() -> None:
    """As after a mail to all: what comes later is no news of new visitors, but news."""
    lot, winners = np.random.default_rng(1), 0
    for _ in range(800):
        bought = np.cumsum(lot.multinomial(5_000, [0.005] * LOOKS + [0.95], size=2)[:, :LOOKS], axis=1).T
        winners += decide([look([5_000, 5_000], each.tolist()) for each in bought]).state is State.WINNER

    assert winners / 800 <= 0.07  # .05 would show as more once in a hundred and fifty times


@pytest.mark.parametrize(("visitors", "is_broken"), [([9_600, 10_400], True), ([9_990, 10_010], False)])
def test_visitors_that_are_split_wrongly_make_every_figure_worthless(visitors: list[float], is_broken: bool) -> None:
    decision = decide([look(visitors, [500, 900])])

    assert (decision.state is State.BROKEN) == is_broken
    assert ("something sends them wrongly" in decision.reason) == is_broken


def test_split_that_was_meant_is_no_mismatch() -> None:
    looks = [look([9_000, 1_000], [450, 80])]

    assert decide(looks).state is State.BROKEN
    assert decide(looks, weights=[9, 1]).state is not State.BROKEN


def test_each_treatment_is_shown_beside_the_control() -> None:
    first, second = decide([look([10_000, 10_000, 10_000], [500, 550, 480])]).comparisons

    assert (first.control, first.treatment, second.treatment) == (0.05, 0.055, 0.048)
    assert first == compare(Sums.of_conversions(10_000, 500), Sums.of_conversions(10_000, 550))


@pytest.mark.parametrize(
    ("looks", "reason"),
    [
        ([], "no look"),
        ([look([100], [5])], "one variation at least"),
        ([look([100, 100], [5])], "one variation at least"),
        ([{"visitors": [100, 100]}], "as many visitors"),
        ([look([100, 100], [5, 101])], "more conversions than visitors"),
        ([look([100, 100], [5, -1])], "from 0 on"),
        ([look([100, float("nan")], [5, 1])], "from 0 on"),
        ([look([100, 100], [5, 5]), look([90, 100], [5, 5])], "cumulated"),
        ([look([100 * k, 100 * k], [5 * k, 5 * k]) for k in range(1, 12)], "10 looks were planned"),
    ],
)
def test_what_are_no_looks_is_refused_in_words(looks: list[Look], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decide(looks)


@pytest.mark.parametrize("planned", [LOOKS, None])
@pytest.mark.parametrize("conversions", [[0, 0], [100, 100], [0, 100]])
def test_nobody_and_everybody_converting_is_no_error(conversions: list[float], planned: int | None) -> None:
    decide([look([100, 100], conversions), look([100, 100], conversions)], planned_looks=planned)


def test_before_anybody_came_there_is_no_winner() -> None:
    assert decide([look([0, 0], [0, 0])]).state is State.NONE_YET


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_any_looks_have_an_answer_and_the_same_twice(steps: list[tuple[int, int]], seed: int) -> None:
    lot = np.random.default_rng(seed)
    visitors = np.cumsum(np.array(steps), axis=0)
    conversions = np.cumsum(lot.binomial(np.array(steps), 0.3), axis=0)
    looks = [look(seen.tolist(), bought.tolist()) for seen, bought in zip(visitors, conversions, strict=True)]

    for planned in (LOOKS, None):
        assert decide(looks, planned_looks=planned) == decide(looks, planned_looks=planned)


def spent(lifts: list[float], seed: int, *, is_ratio: bool = False) -> list[list[Sums]]:
    """Ten looks of 400 visitors each: a quarter of them order, and spend 40 on average and widely; the lift is on what an order comes to.

    What they spent before explains half of it.
    """
    lot = np.random.default_rng(seed)
    days: list[list[Sums]] = []
    for lift in lifts:
        orders = lot.binomial(2, 0.15, (LOOKS, 400)).astype(np.float64)
        before = lot.gamma(4.0, 10.0, (LOOKS, 400))
        values = orders * (1 + lift) * (before + lot.gamma(4.0, 10.0, (LOOKS, 400))) / 2
        days.append([Sums.of(value, under if is_ratio else None, was) for value, under, was in zip(values, orders, before, strict=True)])
    return [[sum(day[: number + 1], Sums()) for day in days] for number in range(LOOKS)]


@pytest.mark.parametrize("planned", [LOOKS, None])
@pytest.mark.parametrize("is_ratio", [False, True])
def test_money_makes_no_more_false_winners_than_conversions_do(planned: int | None, is_ratio: bool) -> None:
    decisions = [decide_on(spent([0.0, 0.0], seed, is_ratio=is_ratio), planned_looks=planned) for seed in range(300)]

    assert sum(decision.state is State.WINNER for decision in decisions) / 300 <= 0.08


@pytest.mark.parametrize("planned", [LOOKS, None])
def test_planted_lift_of_an_order_s_worth_is_found(planned: int | None) -> None:
    decisions = [decide_on(spent([0.0, 0.1, 0.0], seed, is_ratio=True), planned_looks=planned) for seed in range(60)]

    assert sum(decision.winner == 1 for decision in decisions) >= 54


def test_conversions_are_decided_as_any_metric_is() -> None:
    looks = drawn([0.05, 0.06, 0.05], 8)
    sums = [[Sums.of_conversions(*each) for each in zip(one["visitors"], one["conversions"], strict=True)] for one in looks]

    for planned in (LOOKS, None):
        assert decide(looks, planned_looks=planned) == decide_on(sums, planned_looks=planned)


def test_look_that_nobody_came_to_spends_nothing_of_the_others() -> None:
    bounds = sequential.bounds((1000.0, 1000.0, 2000.0), 3, 0.05)

    lot = np.random.default_rng(5)
    z = np.cumsum(lot.normal(size=(400_000, 2)), axis=1) / np.sqrt([1, 2])
    assert (np.abs(z[:, [0, 0, 1]]) >= np.array(bounds)).any(axis=1).mean() == pytest.approx(0.05, abs=0.002)


@pytest.mark.parametrize(
    ("looks", "reason"),
    [
        ([], "no look"),
        ([[Sums.of([1, 2])]], "one variation at least"),
        ([[Sums.of([1, 2])] * 2, [Sums.of([1, 2])] * 3], "the same ones"),
        ([[Sums.of([1, 2])] * 2, [Sums.of([1]), Sums.of([1, 2, 3])]], "cumulated"),
        ([[Sums.of([1, 2])] * 2] * 11, "10 looks were planned"),
    ],
)
def test_sums_that_are_no_looks_are_refused(looks: list[list[Sums]], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decide_on(looks)


@pytest.mark.parametrize("planned", [LOOKS, None])
@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [7.0, 7.0, 7.0], [-1.0, 1.0, 0.0]])
def test_metric_that_is_the_same_for_all_or_sums_to_nothing_has_no_winner(values: list[float], planned: int | None) -> None:
    assert decide_on([[Sums.of(values)] * 2], planned_looks=planned).state is State.NONE_YET


def test_ratio_without_anything_to_divide_by_has_no_winner_yet() -> None:
    nothing, something = Sums.of([0.0] * 9, denominators=[0.0] * 9), Sums.of([5.0] * 9, denominators=[2.0] * 9)

    decision = decide_on([[nothing, something]])

    assert (decision.state, decision.comparisons) == (State.NONE_YET, ())


@pytest.mark.parametrize("alpha", [0.0, 1.0, float("nan")])
def test_alpha_that_is_none_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        decide([look([100, 100], [5, 5])], alpha)


@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0], [1.0, float("inf")], [1.0, float("nan")]])
def test_weights_that_are_none_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="one weight above 0"):
        decide([look([100, 100], [5, 5])], weights=weights)
