"""R13's judgement: what it has to fail fails it, and chance alone does not."""

from __future__ import annotations

from collections import Counter

import pytest

from chaos.experiments import judge

ALLOWED = Counter(
    {
        "conversions, planned": 50,
        "conversions, unplanned": 20,
        "spent, planned": 55,
        "spent, unplanned": 10,
        "faults": 985,
        "sound, by lot": 1,
        "sound, by hash": 1,
    }
)


def test_what_the_rules_promise_passes() -> None:
    result = judge(1_000, ALLOWED)

    assert result.has_passed
    assert result.figures == {"experiments": 1_000, "false_winners": 0.02, "false_winners_planned": 0.05, "faults_found": 0.985}


@pytest.mark.parametrize(
    "wrong",
    [
        {"conversions, planned": 80},
        {"conversions, unplanned": 51},
        {"spent, planned": 80},
        {"spent, unplanned": 51},
        {"faults": 960},
        {"sound, by lot": 8},
        {"sound, by hash": 4},
    ],
)
def test_what_chance_does_not_explain_fails(wrong: dict[str, int]) -> None:
    assert not judge(1_000, Counter({**ALLOWED, **wrong})).has_passed
