"""How sure one has to be to stop an experiment at one of several looks, without looking oneself into a false winner.

Planned looks spend the error little by little (Lan, DeMets 1983): with the third power of the share of looks (Kim, DeMets 1987), or as
O'Brien and Fleming did, even later. The bounds follow by the recursion of Armitage, McPherson, Rowe (1969). Looks that nobody planned
are answered by a mixture of likelihood ratios, which may be looked at for ever (Robbins 1970; Johari et al. 2017).
"""

from collections.abc import Callable
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
GRID = 801  # points of an integral over one look; 1,601 move no bound by 0.0005
WIDEST = 8.0  # standard errors: what lies beyond is no probability that a double can add


class Spending(StrEnum):
    CUBIC = "cubic"  # fewer visitors on average at nearly the power
    OBRIEN_FLEMING = "obrien_fleming"


# (share of the looks, one-sided alpha) → what of it may be spent by then.
_SPENT: dict[Spending, Callable[[float, float], float]] = {
    Spending.CUBIC: lambda share, alpha: alpha * share**3,
    Spending.OBRIEN_FLEMING: lambda share, alpha: float(2 * norm.sf(norm.isf(alpha / 2) / np.sqrt(share))),
}


@cache
def bounds(information: tuple[float, ...], planned_looks: int, alpha: float, spending: Spending = Spending.CUBIC) -> tuple[float, ...]:
    """|z| from which on the k-th look decides, two-sided, for each look so far.

    information: what each look rests on (visitors, cumulated), rising; only its ratios count. Looks are spent by their number, so that
    looks of unequal size keep the error.
    """
    spent = [_SPENT[spending]((k + 1) / planned_looks, alpha / 2) for k in range(len(information))]
    found = [float(norm.isf(spent[0]))]
    grid = np.linspace(-found[0], found[0], GRID)
    density = norm.pdf(grid)
    for k in range(1, len(information)):
        step = np.sqrt(information[k - 1] / information[k])
        bound = _bound(grid, density, step, spent[k] - spent[k - 1])
        found.append(bound)
        grid, density = _next(grid, density, step, bound)
    return tuple(found)


def _bound(grid: Floats, density: Floats, step: float, alpha: float) -> float:
    """The z that is crossed now, and was not before, with this probability; by bisection, as what is crossed falls with it."""
    low, high = 0.0, WIDEST
    while high - low > 1e-7:
        middle = (low + high) / 2
        beyond = norm.sf((middle - step * grid) / np.sqrt(1 - step**2))
        low, high = (middle, high) if float(np.trapezoid(density * beyond, grid)) > alpha else (low, middle)
    return (low + high) / 2


def _next(grid: Floats, density: Floats, step: float, bound: float) -> tuple[Floats, Floats]:
    """The density of z at this look where no look has decided."""
    wide = np.linspace(-bound, bound, GRID)
    spread = np.sqrt(1 - step**2)
    moved = norm.pdf((wide[:, None] - step * grid[None, :]) / spread) / spread
    return wide, np.asarray(np.trapezoid(moved * density[None, :], grid, axis=1), dtype=np.float64)


def log_evidence(difference: float, variance: float, scale: float) -> float:
    """The log of a likelihood ratio against "no difference" that exceeds 1 / alpha with probability alpha at most, however often one looks.

    Half of it is laid on differences of plus and minus `scale`, half on a normal distribution of that width: the one sees the difference
    that was hoped for sooner, the other sees every difference in the end.
    """
    hoped = scale * abs(difference) / variance
    at_scale = hoped + np.log1p(np.exp(-2 * hoped)) - np.log(2) - scale**2 / (2 * variance)
    ratio = scale**2 / variance
    around = -0.5 * np.log1p(ratio) + difference**2 / (2 * variance) * ratio / (1 + ratio)
    return float(np.logaddexp(at_scale, around) - np.log(2))
