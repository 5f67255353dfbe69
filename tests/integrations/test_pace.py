"""A store is read no faster than it bears. The store here is a model: its answer times are arithmetic on a clock that only it moves."""

from __future__ import annotations

import pytest

from luxebrain.errors import Unavailable
from luxebrain.integrations.pace import MOST_AT_ONCE, SHARE, Pace


class Store:
    """Answers each call after `seconds`."""

    def __init__(self) -> None:
        self.now, self.slept, self.seconds = 0.0, 0.0, 1.0
        self.pace = Pace(clock=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds

    def round_of(self, seconds: float) -> int:
        """One round that took `seconds` a call. Returns how many calls go at once after it."""
        self.pace._adjust(seconds)
        return self.pace.at_once

    def answer(self) -> str:
        self.now += self.seconds
        return "here"


def test_it_begins_with_one_call_at_a_time_and_adds_one_while_answers_stay_quick() -> None:
    store = Store()
    assert store.pace.at_once == 1
    assert [store.round_of(0.2) for _ in range(5)] == [2, 3, 4, MOST_AT_ONCE, MOST_AT_ONCE]


def test_calls_at_once_are_halved_when_answers_take_twice_as_long() -> None:
    store = Store()
    for _ in range(4):
        store.round_of(0.2)
    assert [store.round_of(0.6), store.round_of(0.6)] == [2, 1]
    assert store.round_of(0.2) == 2


def test_a_store_that_is_slow_for_good_is_not_held_to_its_best_day() -> None:
    store = Store()
    store.round_of(0.2)
    assert max(store.round_of(0.5) for _ in range(60)) == MOST_AT_ONCE


def test_a_tenth_of_the_wall_time_the_store_has_no_call_of_ours() -> None:
    store = Store()
    for _ in range(100):
        assert store.pace.call(store.answer) == "here"
    assert 100 / store.now == pytest.approx(SHARE, abs=0.005)


def test_time_that_we_spent_on_a_page_ourselves_counts_as_rest() -> None:
    store = Store()
    for _ in range(10):
        store.pace.call(store.answer)
        store.now += 1.0
    assert store.slept == 0


def test_calls_that_take_a_minute_leave_as_large_a_share() -> None:
    store = Store()
    store.seconds = 60
    for _ in range(100):
        store.pace.call(store.answer)
    assert 6_000 / store.now == pytest.approx(SHARE, abs=0.005)


def test_results_come_in_the_order_asked_for() -> None:
    assert Pace(sleep=lambda _: None).map(lambda n: n * n, list(range(23))) == [n * n for n in range(23)]
    assert Pace(sleep=lambda _: None).map(lambda n: n, []) == []


def test_an_error_ends_the_reading_and_the_next_goes_one_by_one() -> None:
    pace = Pace(sleep=lambda _: None)
    for _ in range(3):
        pace._adjust(0.2)

    def fail(_: int) -> None:
        raise Unavailable("away")

    with pytest.raises(Unavailable):
        pace.map(fail, [1, 2, 3])
    assert pace.at_once == 1
