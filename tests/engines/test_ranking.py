"""Metrics against figures worked out by hand and against scikit-learn."""

import math

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from luxebrain.engines import ranking

RANKED = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3]]
TRUTHS = [{2, 4}, {1}, {9, 1, 2, 3, 4, 5}]


def test_metrics_equal_the_figures_worked_out_by_hand() -> None:
    assert ranking.precision_at_k(RANKED, TRUTHS, 4).mean == pytest.approx((2 / 4 + 0 + 4 / 4) / 3)
    assert ranking.recall_at_k(RANKED, TRUTHS, 4).mean == pytest.approx((1 + 0 + 4 / 6) / 3)
    assert ranking.f1_at_k(RANKED, TRUTHS, 4).mean == pytest.approx((2 * 2 / 6 + 0 + 2 * 4 / 10) / 3)
    assert ranking.mrr_at_k(RANKED, TRUTHS, 4).mean == pytest.approx((1 / 2 + 0 + 1) / 3)
    assert ranking.hit_rate_at_k(RANKED, TRUTHS, 1).mean == pytest.approx(1 / 3)
    assert ranking.coverage_at_k(RANKED, 20, 2) == pytest.approx(5 / 20)


def test_standard_error_is_that_of_the_mean() -> None:
    metric = ranking.hit_rate_at_k(RANKED, TRUTHS, 4)

    assert metric.mean == pytest.approx(2 / 3)
    assert metric.cases == 3
    assert metric.standard_error == pytest.approx(np.std([1, 0, 1], ddof=1) / math.sqrt(3))


def test_ndcg_equals_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    scores = rng.random((30, 40))
    relevant = rng.random((30, 40)) < 0.2
    ranked = np.argsort(-scores, axis=1).tolist()
    truths = [set(np.flatnonzero(row).tolist()) for row in relevant]

    assert ranking.ndcg_at_k(ranked, truths, 10).mean == pytest.approx(ndcg_score(relevant, scores, k=10))


def test_better_than_popularity_shows_as_a_paired_difference() -> None:
    card = ranking.compare(RANKED, [[5, 6, 7, 8]] * 3, TRUTHS, k=4, catalogue_size=20)

    assert card["model"]["ndcg@4"] > card["baseline"]["ndcg@4"]
    assert card["difference"]["ndcg@4"] == pytest.approx(card["model"]["ndcg@4"] - card["baseline"]["ndcg@4"])


def test_cutoff_itself_belongs_to_the_test() -> None:
    before, after = ranking.time_split(np.array([1, 5, 9]), 5)

    assert before.tolist() == [True, False, False]
    assert after.tolist() == [False, True, True]


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to judge"):
        ranking.recall_at_k([], [], 3)
    with pytest.raises(ValueError, match="without a truth"):
        ranking.recall_at_k([[1]], [set()], 3)
    with pytest.raises(ValueError, match="twice"):
        ranking.recall_at_k([[1, 1]], [{1}], 3)
    with pytest.raises(ValueError, match="2 rankings"):
        ranking.recall_at_k([[1], [2]], [{1}], 3)


def test_single_case_has_no_error_to_show() -> None:
    assert ranking.precision_at_k([[1]], [{1}], 1) == ranking.Metric(1.0, 0.0, 1)


def test_new_model_takes_over_unless_it_is_worse_by_more_than_chance() -> None:
    truths = [{case % 7} for case in range(60)]
    good, bad = [[case % 7, 8, 9] for case in range(60)], [[8, 9, case % 7] for case in range(60)]
    nearly = [bad[case] if case == 0 else good[case] for case in range(60)]

    assert ranking.decide_promotion(good, bad, truths, k=3).is_promoted
    assert ranking.decide_promotion(good, good, truths, k=3).is_promoted
    assert ranking.decide_promotion(nearly, good, truths, k=3).is_promoted
    refused = ranking.decide_promotion(bad, good, truths, k=3)
    assert not refused.is_promoted
    assert "clearly worse than the one in use (nDCG@3 0.500 against 1.000 over 60 cases" in refused.reason
