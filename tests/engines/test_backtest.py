"""Judging a store's own recommender on its own later orders."""

from datetime import timedelta

import pytest

from luxebrain.engines.backtest import TooLittleHistory, backtest
from tests.engines.shop import NOW, make_catalogue, make_lines


def test_planted_pairs_are_found_and_beat_popularity() -> None:
    outcome = backtest(make_lines(orders=400), make_catalogue(), now=NOW, k=3)

    assert outcome.figures["model"]["hit_rate@3"] > 0.75
    assert outcome.is_better_than_popularity
    assert outcome.cutoff == NOW - timedelta(days=28)


def test_orders_after_the_cutoff_are_not_trained_on() -> None:
    lines = make_lines(orders=400)
    earlier = lines[lines.ordered_at < NOW - timedelta(days=28)]
    swapped = lines[lines.ordered_at >= NOW - timedelta(days=28)].copy()
    swapped["product_id"] = swapped["product_id"].where(swapped["product_id"] % 10 == 0, swapped["product_id"] % 60 + 10)

    honest = backtest(lines, make_catalogue(), now=NOW, k=1)
    other = backtest(type(lines)([*earlier.to_dict("records"), *swapped.to_dict("records")]), make_catalogue(), now=NOW, k=1)

    assert other.figures["model"]["hit_rate@1"] < honest.figures["model"]["hit_rate@1"] / 2


def test_young_store_is_refused_with_the_reason() -> None:
    with pytest.raises(TooLittleHistory, match="20 orders with two products"):
        backtest(make_lines(orders=30), make_catalogue(), now=NOW)
