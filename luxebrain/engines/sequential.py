"""How sure one has to be to stop an experiment at one of several looks, without looking oneself into a false winner.

Planned looks spend the error little by little (Lan, DeMets 1983): with the third power of the share of looks (Kim, DeMets 1987), or as
O'Brien and Fleming did, even later. The bounds follow by the recursion of Armitage, McPherson, Rowe (1969). Looks that nobody planned
are answered by a mixture of likelihood ratios, which may be looked at for ever (Robbins 1970; Johari et al. 2017).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import norm

Floats = NDArray[np.float64]
WIDEST = 30.0  # standard errors; no alpha anybody asks for needs more
# A look counts as if a four-hundredth of what it rests on were new, at least: less than a year of daily looks brings.
LEAST_NEW = 1 / 400
# (least that is new in a look, nodes and weights of an integral over one): they lie no wider apart than 1.2 of its standard errors.
_QUADRATURES = ((1 / 100, np.polynomial.legendre.leggauss(128)), (LEAST_NEW, np.polynomial.legendre.leggauss(256)))


class Spending(StrEnum):
    CUBIC = "cubic"  # fewer visitors on average at nearly the power
    OBRIEN_FLEMING = "obrien_fleming"


# (share of the looks, one-sided alpha) → what of it may be spent by then.
_SPENT: dict[Spending, Callable[[float, float], float]] = {
    Spending.CUBIC: lambda share, alpha: alpha * share**3,
    Spending.OBRIEN_FLEMING: lambda share, alpha: float(2 * norm.sf(norm.isf(alpha / 2) / np.sqrt(share))),
}


@dataclass(frozen=True, slots=True)
class _Undecided:
    """z where no look has decided, if there is no difference: nodes, and the probability at each."""

    z: Floats
    mass: Floats


def bounds(information: tuple[float, ...], planned_looks: int, alpha: float, spending: Spending = Spending.CUBIC) -> tuple[float, ...]:
    """|z| from which on the k-th look decides, two-sided, for each look so far.

    information: what each look rests on (as visitors or conversions, cumulated), above 0, never falling; only its ratios count. Looks are
    spent by their number, so that looks of unequal size keep the error.
    """
    return _walk(information, planned_looks, alpha, spending)[0]


def power(planned_looks: int, alpha: float, drift: float, spending: Spending = Spending.CUBIC) -> float:
    """The probability that one of equal looks decides, where z at the last is expected to be `drift`.

    What is left undecided without a difference, weighed by the likelihood ratio of the drift.
    """
    _, last = _walk(tuple(float(look + 1) for look in range(planned_looks)), planned_looks, alpha, spending)
    return float(1 - (last.mass * np.exp(drift * last.z - drift**2 / 2)).sum())


@lru_cache(maxsize=1024)
def _walk(information: tuple[float, ...], planned_looks: int, alpha: float, spending: Spending) -> tuple[tuple[float, ...], _Undecided]:
    spent = [_SPENT[spending]((k + 1) / planned_looks, alpha / 2) for k in range(len(information))]
    new = np.maximum(1 - np.array(information[:-1]) / np.array(information[1:]), LEAST_NEW)
    nodes, weights = next(each for least, each in _QUADRATURES if (new >= least).all())
    found = [float(norm.isf(spent[0]))]
    z = found[0] * nodes
    mass = found[0] * weights * _density(z)
    for k in range(1, len(information)):
        spread, step = np.sqrt(new[k - 1]), np.sqrt(1 - new[k - 1])
        bound = _bound(step * z, mass, spread, spent[k] - spent[k - 1])
        wide = bound * nodes
        mass = bound * weights * (_density((wide[:, None] - step * z[None, :]) / spread) @ mass) / spread
        z = wide
        found.append(bound)
    return tuple(found), _Undecided(z, mass)


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), dtype=np.float64)


def _bound(expected: Floats, mass: Floats, spread: float, alpha: float) -> float:
    """The z that is crossed upwards now, and neither was before, with this probability."""
    return float(brentq(lambda bound: float(ndtr((expected - bound) / spread) @ mass) - alpha, 0.0, WIDEST, xtol=1e-7))


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
