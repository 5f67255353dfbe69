"""Which variation of an experiment wins, if any, and whether that can be said yet.

Each variation's level of a metric (`effects`) is compared with the control's. With planned looks the error is spent over them, without it
is kept for ever (`sequential`); several treatments share it. Visitors that are not split as they should be make every figure worthless:
that comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from luxebrain.engines import sequential
from luxebrain.engines.effects import Contrast, Effect, Sums, compare, contrast

MISMATCH = 0.001  # p of the split that was seen, below which it is no chance (Fabijan et al. 2019)
HOPED_UPLIFT = 0.2  # where an unplanned look is most powerful
Floats = NDArray[np.float64]
Look = Sequence[Sums]  # of each variation, the control first
NOTHING = Contrast(0.0, 0.0, 0.0)  # can be said of a variation that nobody saw


class State(StrEnum):
    WINNER = "winner"
    NONE_YET = "none_yet"
    NO_DIFFERENCE = "no_difference"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Decision:
    """`winner`: 0 is the control. `look`: the one that decided, counted from 1; the last one where none did.

    `comparisons`: each treatment beside the control at the last look, variation 1 first; empty before they can be compared.
    """

    state: State
    winner: int | None
    reason: str
    look: int
    comparisons: tuple[Effect, ...] = ()


def decide(
    looks: Sequence[Mapping[str, Any]],
    alpha: float = 0.05,
    planned_looks: int | None = 10,
    *,
    weights: Sequence[float] | None = None,
) -> Decision:
    """By conversions. looks: {"visitors": [n0, n1, …], "conversions": [c0, c1, …]}, cumulated, the first of each the control's.

    As `decide_on` else. Raises ValueError, too, for more conversions than visitors, and conversions that fall.
    """
    _check_number(looks, planned_looks)
    visitors, conversions = _read(looks)
    sums = [
        [Sums.of_conversions(*each) for each in zip(*look, strict=True)]
        for look in zip(visitors.tolist(), conversions.tolist(), strict=True)
    ]
    return decide_on(sums, alpha, planned_looks, weights=weights)


def decide_on(
    looks: Sequence[Look],
    alpha: float = 0.05,
    planned_looks: int | None = 10,
    *,
    weights: Sequence[float] | None = None,
) -> Decision:
    """By any metric that is better the higher it is. looks: for each the `Sums` of each variation, cumulated, the control's first.

    `planned_looks` None: they may go on for ever. `weights`: how visitors should be split; equally without. Once a look has decided,
    later ones change nothing. Raises ValueError where the looks are none: shapes, visitors that fall, more looks than planned.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha lies between 0 and 1, not at {alpha}.")
    _check_number(looks, planned_looks)
    visitors = _visitors(looks)
    if not visitors[-1].all():
        return Decision(State.NONE_YET, None, "Not every variation has had visitors yet.", len(looks))
    if (p := _split_p_value(visitors[-1], weights)) < MISMATCH:
        return Decision(State.BROKEN, None, _mismatch_words(visitors[-1], p), len(looks))
    comparisons = _compare(looks[-1])
    if (found := _find_winner(looks, alpha, planned_looks)) is not None:
        look, winner = found
        return Decision(State.WINNER, winner, _winner_words(winner, look, planned_looks), look, comparisons)
    if planned_looks is not None and len(looks) == planned_looks:
        words = f"After all {planned_looks} looks no variation differs from the control by more than chance explains."
        return Decision(State.NO_DIFFERENCE, None, words, len(looks), comparisons)
    words = "No variation differs from the control by more than chance explains so far."
    return Decision(State.NONE_YET, None, words, len(looks), comparisons)


def _check_number(looks: Sequence[object], planned_looks: int | None) -> None:
    if not looks:
        raise ValueError("There is no look yet.")
    if planned_looks is not None and len(looks) > planned_looks:
        raise ValueError(f"{planned_looks} looks were planned, and these are {len(looks)}. A look more would find winners that are none.")


def _read(looks: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats]:
    """(visitors, conversions), each (looks, variations)."""
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
    _check_rising(conversions)
    return visitors, conversions


def _visitors(looks: Sequence[Look]) -> Floats:
    """(looks, variations)."""
    if len({len(look) for look in looks}) > 1 or len(looks[0]) < 2:
        raise ValueError("Each look holds the sums of the control and of one variation at least, and of the same ones.")
    visitors = np.array([[each.count for each in look] for look in looks])
    _check_rising(visitors)
    return visitors


def _check_rising(table: Floats) -> None:
    if any((later < earlier).any() for earlier, later in pairwise(table)):
        raise ValueError("Looks are cumulated: no number falls from one to the next.")


def _split_p_value(visitors: Floats, weights: Sequence[float] | None) -> float:
    """Of a split at least as odd as this, if visitors were sent as they should be (Pearson's chi-square)."""
    shares = np.ones(len(visitors)) if weights is None else np.array(weights, dtype=np.float64)
    if shares.shape != visitors.shape or not ((shares > 0) & np.isfinite(shares)).all():
        raise ValueError("There is one weight above 0 for each variation.")
    expected = visitors.sum() * shares / shares.sum()
    return float(chi2.sf(((visitors - expected) ** 2 / expected).sum(), len(visitors) - 1))


def _compare(look: Look) -> tuple[Effect, ...]:
    if any(each.count < 2 or not each.denominator for each in look):
        return ()
    return tuple(compare(look[0], treatment) for treatment in look[1:])


def _find_winner(looks: Sequence[Look], alpha: float, planned_looks: int | None) -> tuple[int, int] | None:
    """(look, winner) of the first look that decides. The best treatment wins; the control where every treatment is worse."""
    treatments = range(1, len(looks[0]))
    signs = np.stack([_signs(looks, each, alpha / len(treatments), planned_looks) for each in treatments], axis=1)
    for look, sign in enumerate(signs):
        if (sign > 0).any():
            better = [each for each in treatments if sign[each - 1] > 0]
            return look + 1, max(better, key=lambda each: contrast(looks[look][0], looks[look][each]).difference)
        if (sign < 0).all():
            return look + 1, 0
    return None


def _signs(looks: Sequence[Look], variation: int, alpha: float, planned_looks: int | None) -> Floats:
    """(looks,): 1 where this treatment is surely better than the control, -1 where it is surely worse, else 0."""
    pairs = [(look[0], look[variation]) for look in looks]
    seen = [contrast(*pair) if pair[0].denominator and pair[1].denominator else NOTHING for pair in pairs]
    if planned_looks is None:
        is_sure = [_evidence(each) >= -np.log(alpha) for each in seen]
    else:
        bounds = sequential.bounds(_information(pairs, seen), planned_looks, alpha)
        is_sure = [abs(each.difference) >= bound * np.sqrt(each.variance) > 0 for each, bound in zip(seen, bounds, strict=True)]
    return np.where(is_sure, np.sign([each.difference for each in seen]), 0.0)


def _evidence(seen: Contrast) -> float:
    if seen.variance <= 0:
        return -np.inf
    return sequential.log_evidence(seen.difference, seen.variance, HOPED_UPLIFT * abs(seen.level))


def _information(pairs: Sequence[tuple[Sums, Sums]], seen: Sequence[Contrast]) -> tuple[float, ...]:
    """Of each look: the variance of what the difference was, as a sum over visitors, until then.

    It grows with visitors, and with what those who are here already do later: conversions of visitors who all came on the first day.
    """
    held = [
        each.variance / (1 / control.denominator + 1 / treatment.denominator) ** 2 if each.variance > 0 else 0.0
        for (control, treatment), each in zip(pairs, seen, strict=True)
    ]
    rising = np.maximum(np.maximum.accumulate(held), np.finfo(np.float64).tiny)
    return tuple(float(each) for each in rising)


def _mismatch_words(visitors: Floats, p: float) -> str:
    seen = " to ".join(f"{int(count):,}" for count in visitors)
    once_in = f"{1 / max(p, 1e-12):,.0f}"
    return f"Visitors are split {seen}, which chance does once in {once_in} times: something sends them wrongly, and no figure counts."


def _winner_words(winner: int, look: int, planned_looks: int | None) -> str:
    name = "The control" if winner == 0 else f"Variation {winner}"
    of_planned = f" of {planned_looks}" if planned_looks else ""
    return f"{name} does better by more than chance explains, at look {look}{of_planned}."
