"""Power: as many visitors as the field's formula and our own decisions need."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from luxebrain.engines import sequential
from luxebrain.engines.experiments import decide
from luxebrain.engines.power import Design, minimum_detectable_uplift, visitors_needed


def test_one_look_needs_what_the_textbook_says() -> None:
    """(1.95996 + 0.84162)² · (0.05 · 0.95 + 0.06 · 0.94) / 0.01² = 8,154.6"""
    assert visitors_needed(0.05, 0.2) == 8_155


def test_mean_needs_what_the_textbook_says() -> None:
    """2 · (1.95996 + 0.84162)² · (sd 20 / difference 2)² = 1,569.8; Lehr's rule of thumb, 16 · sd² / difference², says 1,600"""
    assert visitors_needed(40.0, 0.05, variance=400.0) == 1_570


def test_planned_looks_find_the_uplift_with_the_power_that_was_asked() -> None:
    design = Design(power=0.8, planned_looks=5)
    step = -(-visitors_needed(0.1, 0.2, design=design) // 5)
    lot, found = np.random.default_rng(2), 0
    for _ in range(1_000):
        conversions = np.cumsum(lot.binomial(step, [0.1, 0.12], size=(5, 2)), axis=0).tolist()
        looks = [{"visitors": [step * (k + 1)] * 2, "conversions": each} for k, each in enumerate(conversions)]
        found += decide(looks, planned_looks=5).winner == 1

    assert found / 1_000 == pytest.approx(0.8, abs=0.035)  # 2.7 standard errors


def test_without_a_difference_the_power_is_alpha() -> None:
    assert sequential.power(10, 0.05, 0.0) == pytest.approx(0.05, abs=1e-6)


@given(st.floats(0.001, 0.5), st.floats(0.02, 0.9), st.integers(1, 12), st.integers(1, 4))
def test_what_is_needed_for_an_uplift_detects_that_uplift(level: float, uplift: float, looks: int, treatments: int) -> None:
    design = Design(planned_looks=looks, treatments=treatments)
    needed = visitors_needed(level, uplift, design=design)
    assume(needed > 1_000)

    assert minimum_detectable_uplift(level, needed, design=design) == pytest.approx(uplift, rel=1e-3)
    of_mean = visitors_needed(level, uplift, variance=3.0, design=design)
    assert minimum_detectable_uplift(level, of_mean, variance=3.0, design=design) == pytest.approx(uplift, rel=1e-3)


@pytest.mark.parametrize("dearer", [Design(planned_looks=10), Design(treatments=3), Design(power=0.9), Design(alpha=0.01)])
def test_more_to_ask_needs_more_visitors(dearer: Design) -> None:
    assert visitors_needed(0.05, 0.2, design=dearer) > visitors_needed(0.05, 0.2)
    assert minimum_detectable_uplift(0.05, 5_000, design=dearer) > minimum_detectable_uplift(0.05, 5_000)


@pytest.mark.parametrize(
    ("level", "uplift", "variance"),
    [
        (0.0, 0.2, None),
        (1.0, 0.2, None),
        (float("nan"), 0.2, None),
        (0.05, 0.0, None),
        (0.05, float("inf"), None),
        (0.6, 0.9, None),
        (0.5, -1.1, None),
        (5.0, 0.1, 0.0),
        (5.0, 0.1, float("nan")),
        (-5.0, 0.1, 1.0),
    ],
)
def test_plan_that_is_none_is_refused(level: float, uplift: float, variance: float | None) -> None:
    with pytest.raises(ValueError, match=r"level|uplift|rate|variance"):
        visitors_needed(level, uplift, variance=variance)


@pytest.mark.parametrize("visitors", [0.0, -1.0, float("nan"), 1.0])
def test_too_few_visitors_detect_nothing_and_it_is_said(visitors: float) -> None:
    with pytest.raises(ValueError, match="visitors"):
        minimum_detectable_uplift(0.5, visitors)


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"power": 1.0}, {"power": 0.01}, {"planned_looks": 0}, {"treatments": 0}])
def test_design_that_is_none_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"alpha|at least"):
        Design(**wrong)  # type: ignore[arg-type]
