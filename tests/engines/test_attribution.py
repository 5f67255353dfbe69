"""Credit for clicks: the last one on the product within the window, each line once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luxebrain.engines.attribution import Click, Line, credit_lines

ORDERED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_click(click_id: str, product_id: int = 5, *, hours_before: float = 1, placement: str = "similar") -> Click:
    return Click(click_id, placement, product_id, ORDERED - timedelta(hours=hours_before))


def test_last_click_on_the_product_gets_every_line_of_it() -> None:
    clicks = [make_click("late", hours_before=1, placement="cart"), make_click("early", hours_before=9), make_click("other", 6)]

    credits = credit_lines(clicks, [Line(1, 5), Line(2, 5), Line(3, 8)], ordered_at=ORDERED, window_days=7)

    assert [(credit.line_id, credit.click_id, credit.placement) for credit in credits] == [(1, "late", "cart"), (2, "late", "cart")]
    assert credits[0].waited == timedelta(hours=1)


@pytest.mark.parametrize(("hours_before", "credited"), [(24 * 7, True), (24 * 7 + 0.01, False), (0, True), (-0.01, False)])
def test_window_includes_both_of_its_ends(hours_before: float, credited: bool) -> None:
    credits = credit_lines([make_click("a", hours_before=hours_before)], [Line(1, 5)], ordered_at=ORDERED, window_days=7)

    assert bool(credits) is credited


def test_negative_window_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        credit_lines([], [], ordered_at=ORDERED, window_days=-1)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3), st.integers(-2, 60)), max_size=12), st.permutations(range(12)))
def test_credit_is_unique_and_does_not_depend_on_the_order_of_clicks(rows: list[tuple[int, int, int]], order: list[int]) -> None:
    clicks = [make_click(f"{name}", product, hours_before=hours) for name, product, hours in rows]
    shuffled = [clicks[index] for index in order if index < len(clicks)]
    lines = [Line(number, product) for number, product in enumerate((1, 2, 2, 4))]

    credits = credit_lines(clicks, lines, ordered_at=ORDERED, window_days=2)

    assert credits == credit_lines(shuffled, lines, ordered_at=ORDERED, window_days=2)
    assert len({credit.line_id for credit in credits}) == len(credits)
    assert all(timedelta(0) <= credit.waited <= timedelta(days=2) for credit in credits)
