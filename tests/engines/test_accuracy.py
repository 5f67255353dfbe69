"""Accuracy: figures as worked out by hand and by scikit-learn, and None where nothing can be said."""

import numpy as np
import pytest
from sklearn.metrics import mean_pinball_loss

from luxebrain.engines import accuracy as engine
from luxebrain.engines.accuracy import Interval

HISTORY = np.array([[1.0, 3.0, 2.0], [10.0, 10.0, 14.0]])
ACTUAL = np.array([[2.0, 4.0], [12.0, 8.0]])
MEAN = np.array([[3.0, 4.0], [10.0, 10.0]])


def test_figures_equal_those_worked_out_by_hand() -> None:
    found = engine.accuracy(HISTORY, ACTUAL, MEAN)

    assert found.weeks == 4
    assert found.wape == pytest.approx(5 / 26)
    assert found.bias == pytest.approx(1 / 26)
    assert found.mase == pytest.approx((0.5 / 1.5 + 2 / 2) / 2)
    assert found.rmsse == pytest.approx((np.sqrt(0.5 / 2.5) + np.sqrt(4 / 8)) / 2)


def test_pinball_equals_that_of_scikit_learn_over_the_mean_sold() -> None:
    found = engine.pinball(ACTUAL, MEAN, 0.9)

    assert found == pytest.approx(mean_pinball_loss(ACTUAL.ravel(), MEAN.ravel(), alpha=0.9) / ACTUAL.mean())


def test_coverage_counts_both_ends_as_inside() -> None:
    found = engine.coverage(ACTUAL, Interval(0.8, lower=np.array([[2.0, 5.0], [0.0, 0.0]]), upper=np.array([[3.0, 9.0], [12.0, 7.0]])))

    assert found == 0.5


def test_unknown_weeks_are_left_out_and_not_counted_as_zero() -> None:
    actual = np.array([[2.0, np.nan], [12.0, 8.0]])

    found = engine.accuracy(HISTORY, actual, MEAN)

    assert found.weeks == 3
    assert found.wape == pytest.approx(5 / 22)


def test_undefined_figures_are_none() -> None:
    found = engine.accuracy(np.ones((2, 5)), np.zeros((2, 3)), np.ones((2, 3)))

    assert (found.wape, found.bias, found.mase, found.rmsse, found.pinball, found.coverage) == (None,) * 6


def test_forecast_of_another_shape_is_refused_with_the_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(2, 2\), forecast \(2, 3\)"):
        engine.accuracy(HISTORY, ACTUAL, np.ones((2, 3)))
