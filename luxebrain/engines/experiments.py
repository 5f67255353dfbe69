"""Which variation of an experiment wins, if any, and whether that can be said yet.

Rates of conversion are compared with the control's. With planned looks the error is spent over them, without it is kept for ever
(`sequential`); several treatments share it. Visitors that are not split as they should be make every figure worthless: that comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from luxebrain.engines import sequential

MISMATCH = 0.001  # p of the split that was seen, below which it is no chance (Fabijan et al. 2019)
HOPED_UPLIFT = 0.2  # where an unplanned look is most powerful
Floats = NDArray[np.float64]


class State(StrEnum):
    WINNER = "winner"
    NONE_YET = "none_yet"
    NO_DIFFERENCE = "no_difference"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A treatment beside the control at the last look, for information: no rule to stop by.

    `uplift`, `standard_error`: of the rate, as a fraction of the control's. `p_value`: as if this were the only look.
    `probability_better`, and `expected_loss` in conversions a visitor if it were chosen and were the worse: by the normal approximation.
    """

    variation: int
    uplift: float
    standard_error: float
    z: float
    p_value: float
    probability_better: float
    expected_loss: float


@dataclass(frozen=True, slots=True)
class Decision:
    """`winner`: 0 is the control. `look`: the one that decided, counted from 1; the last one where none did."""

    state: State
    winner: int | None
    reason: str
    look: int
    comparisons: tuple[Comparison, ...] = ()


def decide(
    looks: Sequence[Mapping[str, Any]],
    alpha: float = 0.05,
    planned_looks: int | None = 10,
    *,
    weights: Sequence[float] | None = None,
) -> Decision:
    """looks: {"visitors": [n0, n1, …], "conversions": [c0, c1, …]}, cumulated, the first of each the control's.

    `planned_looks` None: they may go on for ever. `weights`: how visitors should be split; equally without. Once a look has decided,
    later ones change nothing. Raises ValueError where the looks are none: shapes, negative or falling numbers, more conversions than
    visitors, more looks than planned.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha lies between 0 and 1, not at {alpha}.")
    visitors, conversions = _read(looks, planned_looks)
    if not visitors[-1].all():
        return Decision(State.NONE_YET, None, "Not every variation has had visitors yet.", len(looks))
    if (p := _split_p_value(visitors[-1], weights)) < MISMATCH:
        return Decision(State.BROKEN, None, _mismatch_words(visitors[-1], p), len(looks))
    comparisons = tuple(_compare(visitors[-1], conversions[-1], variation) for variation in range(1, visitors.shape[1]))
    for look in range(1, len(looks) + 1):
        winner = _find_winner(visitors[:look], conversions[:look], alpha, planned_looks)
        if winner is not None:
            return Decision(State.WINNER, winner, _winner_words(winner, look, planned_looks), look, comparisons)
    if planned_looks is not None and len(looks) == planned_looks:
        words = f"After all {planned_looks} looks no variation differs from the control by more than chance explains."
        return Decision(State.NO_DIFFERENCE, None, words, len(looks), comparisons)
    words = "No variation differs from the control by more than chance explains so far."
    return Decision(State.NONE_YET, None, words, len(looks), comparisons)


def _read(looks: Sequence[Mapping[str, Any]], planned_looks: int | None) -> tuple[Floats, Floats]:
    """(visitors, conversions), each (looks, variations)."""
    if not looks:
        raise ValueError("There is no look yet.")
    if planned_looks is not None and not 1 <= len(looks) <= planned_looks:
        raise ValueError(f"{planned_looks} looks were planned, and these are {len(looks)}. A look more would find winners that are none.")
    try:
        visitors, conversions = (np.array([look[name] for look in looks], dtype=np.float64) for name in ("visitors", "conversions"))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("Each look holds as many visitors as conversions, one number for each variation.") from error
    if visitors.ndim != 2 or visitors.shape != conversions.shape or visitors.shape[1] < 2:
        raise ValueError("Each look holds visitors and conversions of the control and of one variation at least.")
    if not (np.isfinite(visitors).all() and np.isfinite(conversions).all() and (conversions >= 0).all()):
        raise ValueError("Visitors and conversions are numbers from 0 on.")
    if (conversions > visitors).any():
        raise ValueError("There are more conversions than visitors: count each visitor once.")
    if any((later < earlier).any() for table in (visitors, conversions) for earlier, later in pairwise(table)):
        raise ValueError("Looks are cumulated: no number falls from one to the next.")
    return visitors, conversions


def _split_p_value(visitors: Floats, weights: Sequence[float] | None) -> float:
    """Of a split at least as odd as this, if visitors were sent as they should be (Pearson's chi-square)."""
    shares = np.ones(len(visitors)) if weights is None else np.array(weights, dtype=np.float64)
    if shares.shape != visitors.shape or not (shares > 0).all():
        raise ValueError("There is one weight above 0 for each variation.")
    expected = visitors.sum() * shares / shares.sum()
    return float(chi2.sf(((visitors - expected) ** 2 / expected).sum(), len(visitors) - 1))


def _compare(visitors: Floats, conversions: Floats, variation: int) -> Comparison:
    difference, variance = _difference(visitors, conversions, variation)
    base, error = conversions[0] / visitors[0], float(np.sqrt(variance))
    z = difference / error if error else 0.0
    loss = error * float(norm.pdf(z)) - difference * float(norm.sf(z))
    uplift, relative = (difference / base, error / base) if base else (0.0, 0.0)
    return Comparison(variation, float(uplift), float(relative), float(z), float(2 * norm.sf(abs(z))), float(norm.cdf(z)), loss)


def _difference(visitors: Floats, conversions: Floats, variation: int) -> tuple[float, float]:
    """(of the rates, its variance if there were none): the pooled rate is the better one to test with."""
    n0, n1 = visitors[0], visitors[variation]
    pooled = (conversions[0] + conversions[variation]) / (n0 + n1)
    variance = pooled * (1 - pooled) * (1 / n0 + 1 / n1)
    return float(conversions[variation] / n1 - conversions[0] / n0), float(variance)


def _find_winner(visitors: Floats, conversions: Floats, alpha: float, planned_looks: int | None) -> int | None:
    """At the last of these looks. The control wins where every treatment is worse."""
    treatments = range(1, visitors.shape[1])
    share = alpha / len(treatments)
    signs = {each: _sign(visitors, conversions, each, share, planned_looks) for each in treatments}
    better = [each for each in treatments if signs[each] > 0]
    if better:
        return max(better, key=lambda each: conversions[-1][each] / visitors[-1][each])
    return 0 if all(sign < 0 for sign in signs.values()) else None


def _sign(visitors: Floats, conversions: Floats, variation: int, alpha: float, planned_looks: int | None) -> int:
    """1 where this treatment is surely better than the control, -1 where it is surely worse, else 0."""
    if not (visitors[-1][0] and visitors[-1][variation]):
        return 0
    difference, variance = _difference(visitors[-1], conversions[-1], variation)
    if variance <= 0:
        return 0
    if planned_looks is None:
        pooled = (conversions[-1][0] + conversions[-1][variation]) / (visitors[-1][0] + visitors[-1][variation])
        is_sure = sequential.log_evidence(difference, variance, HOPED_UPLIFT * float(pooled)) >= np.log(1 / alpha)
    else:
        information = _information(visitors, variation)
        is_sure = abs(difference) / np.sqrt(variance) >= sequential.bounds(information, planned_looks, alpha)[-1]
    return int(np.sign(difference)) if is_sure else 0


def _information(visitors: Floats, variation: int) -> tuple[float, ...]:
    """Of each look; one that nobody came to since the last rests on as much, and a little is added so that it counts as a look."""
    pairs = visitors[:, [0, variation]]
    held = np.where(pairs.min(axis=1) > 0, 1 / (1 / np.maximum(pairs, 1)).sum(axis=1), 0.25)
    return tuple(float(value) for value in np.round(held, 6) + 1e-3 * np.arange(1, len(held) + 1))


def _mismatch_words(visitors: Floats, p: float) -> str:
    seen = " to ".join(f"{int(count):,}" for count in visitors)
    once_in = f"{1 / max(p, 1e-12):,.0f}"
    return f"Visitors are split {seen}, which chance does once in {once_in} times: something sends them wrongly, and no figure counts."


def _winner_words(winner: int, look: int, planned_looks: int | None) -> str:
    name = "The control" if winner == 0 else f"Variation {winner}"
    of_planned = f" of {planned_looks}" if planned_looks else ""
    return f"{name} converts better by more than chance explains, at look {look}{of_planned}."
