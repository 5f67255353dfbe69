"""Assignment: the same visitor sees the same, shares come out as they were meant, and more traffic moves nobody."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2_contingency, chisquare

from luxebrain.engines.assignment import assign

VISITORS = [f"visitor-{number}" for number in range(20_000)]
names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
weightings = st.lists(st.floats(0.01, 100), min_size=1, max_size=5)


def test_hash_is_the_documented_one() -> None:
    """By coreutils' sha256sum for the last line, as a storefront in another language would."""
    digest = hashlib.sha256(b"button\x00visitor-7").hexdigest()
    place, bucket = (int(part, 16) / 2**64 for part in (digest[:16], digest[16:32]))

    assert assign("button", "visitor-7") == (0 if bucket < 0.5 else 1)
    assert assign("button", "visitor-7", traffic=place - 1e-9) is None
    assert assign("button", "visitor-7", traffic=place + 1e-9) is not None
    assert [assign("button", f"visitor-{number}") for number in range(8)] == [1, 1, 1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize("weights", [(1.0, 1.0), (9.0, 1.0), (1.0, 2.0, 3.0, 4.0)])
def test_shares_come_out_as_the_weights_say(weights: tuple[float, ...]) -> None:
    seen = [assign("shares", visitor, weights) for visitor in VISITORS]

    counts = [seen.count(variation) for variation in range(len(weights))]
    assert sum(counts) == len(VISITORS)
    assert chisquare(counts, [len(VISITORS) * weight / sum(weights) for weight in weights]).pvalue > 1e-3


def test_share_of_visitors_that_was_asked_takes_part() -> None:
    taking_part = sum(assign("part", visitor, traffic=0.3) is not None for visitor in VISITORS)

    assert binomtest(taking_part, len(VISITORS), 0.3).pvalue > 1e-3


def test_two_experiments_divide_visitors_independently() -> None:
    table = [[0, 0], [0, 0]]
    for visitor in VISITORS:
        one, other = assign("one", visitor), assign("other", visitor)
        assert one is not None
        assert other is not None
        table[one][other] += 1

    assert chi2_contingency(table).pvalue > 1e-3


@given(names, names, weightings, st.floats(0, 1), st.floats(0, 1))
def test_more_traffic_adds_visitors_and_moves_none(key: str, visitor: str, weights: list[float], one: float, other: float) -> None:
    few, many = (assign(key, visitor, weights, traffic=traffic) for traffic in sorted((one, other)))

    assert few is None or few == many
    assert assign(key, visitor, weights, traffic=1.0) in range(len(weights))
    assert assign(key, visitor, weights, traffic=0.0) is None


@pytest.mark.parametrize(
    ("key", "visitor", "weights", "traffic"),
    [
        ("", "a", (1.0, 1.0), 1.0),
        ("a", "", (1.0, 1.0), 1.0),
        ("a\0b", "c", (1.0, 1.0), 1.0),
        ("a", "b", (), 1.0),
        ("a", "b", (1.0, 0.0), 1.0),
        ("a", "b", (1.0, float("nan")), 1.0),
        ("a", "b", (1.0, float("inf")), 1.0),
        ("a", "b", (1.0, 1.0), 1.1),
        ("a", "b", (1.0, 1.0), float("nan")),
    ],
)
def test_what_is_no_assignment_is_refused(key: str, visitor: str, weights: tuple[float, ...], traffic: float) -> None:
    with pytest.raises(ValueError, match=r"name|weight|share"):
        assign(key, visitor, weights, traffic=traffic)
