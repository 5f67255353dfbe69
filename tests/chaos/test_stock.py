"""The judge of R16: late is what was sold out for more than a second before it was asked for, and still was when it was answered."""

from __future__ import annotations

import pytest

from chaos.stock import Shelf

SHELF = Shelf({1: [(0.0, True), (10.0, False), (20.0, True), (30.0, False)], 2: [(0.0, True)]})


@pytest.mark.parametrize(
    ("asked_at", "answered_at", "is_late"),
    [
        (5.0, 5.1, False),  # in stock
        (10.5, 10.6, False),  # sold out half a second ago
        (11.0, 11.1, True),  # a second ago
        (15.0, 15.1, True),
        (19.9, 20.1, False),  # back before the answer came
        (20.5, 20.6, False),
        (30.9, 30.95, False),
        (31.5, 31.6, True),  # for good
    ],
)
def test_a_sold_out_product_is_late_after_a_second_and_until_it_is_back(asked_at: float, answered_at: float, is_late: bool) -> None:
    assert SHELF.is_late(1, asked_at, answered_at) is is_late
    assert not SHELF.is_late(2, asked_at, answered_at)
