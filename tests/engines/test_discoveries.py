"""Discoveries: of what is believed, few are false; nothing is lost by asking in another order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, norm

from luxebrain.engines.discoveries import discover

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_published_example_has_four_discoveries() -> None:
    """Benjamini and Hochberg (1995), section 3.2: fifteen comparisons of thrombolysis."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]

    assert discover(p).is_discovery.tolist() == [True] * 4 + [False] * 11


def test_false_ones_are_as_few_as_was_asked() -> None:
    """Two variations on ten metrics; a quarter of the comparisons has an effect."""
    lot, shares = np.random.default_rng(1), []
    for _ in range(1_000):
        has_effect = lot.random((2, 10)) < 0.25
        z = lot.normal(np.where(has_effect, 3.5, 0.0))
        found = discover(2 * norm.sf(np.abs(z)), 0.1).is_discovery
        shares.append((found & ~has_effect).sum() / max(found.sum(), 1))

    assert 0.05 < np.mean(shares) < 0.085  # a tenth of the three quarters without effect: 0.075


@given(p_values)
def test_q_values_are_those_of_scipy(p: list[float]) -> None:
    assert discover(p).q_values == pytest.approx(false_discovery_control(p))


@given(p_values, st.floats(0.01, 0.4))
def test_smaller_p_is_never_less_of_a_discovery_and_the_order_does_not_count(p: list[float], share: float) -> None:
    found = discover(p, share)

    rank = np.argsort(p, kind="stable")
    assert (np.diff(found.q_values[rank]) >= 0).all()
    assert (found.q_values >= np.array(p) * (1 - 1e-12)).all()
    assert (discover(p[::-1], share).q_values[::-1] == found.q_values).all()
    assert (found.is_discovery <= discover(p, share * 2).is_discovery).all()


def test_answer_has_the_shape_of_the_question() -> None:
    assert discover([[0.001, 0.5, 0.2], [0.3, 0.9, 0.04]]).is_discovery.tolist() == [[True, False, False], [False, False, False]]


@pytest.mark.parametrize("p", [[], [0.1, float("nan")], [1.1], [-0.1]])
def test_what_is_no_probability_is_refused(p: list[float]) -> None:
    with pytest.raises(ValueError, match="p-value"):
        discover(p)


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan")])
def test_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share of false discoveries"):
        discover([0.1], share)
