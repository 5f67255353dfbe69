"""How many visitors an experiment needs to find an uplift, and which uplift it finds with the visitors there are.

Planned looks need a few more visitors than one look at the end; how many follows from the very bounds that decide (`sequential.power`).
Conversions by default: their variance follows from their rate (Fleiss, Levin, Paik 2003, section 4.2; no correction for continuity).
"""

from dataclasses import dataclass
from math import ceil, isfinite, sqrt

from scipy.optimize import brentq

from luxebrain.engines import sequential

STRONGEST = 40.0  # expected z: a power of 1 as far as a double can tell


@dataclass(frozen=True, slots=True)
class Design:
    """`planned_looks` of equal size; `treatments` share alpha, each beside the control. Raises ValueError for what is none."""

    alpha: float = 0.05
    power: float = 0.8
    planned_looks: int = 1
    treatments: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.alpha < self.power < 1:
            raise ValueError("alpha lies above 0, power above alpha and below 1.")
        if self.planned_looks < 1 or self.treatments < 1:
            raise ValueError("There is one look and one treatment at least.")

    @property
    def drift(self) -> float:
        """What z is expected to be at the last look, for the power that is asked."""
        alpha = self.alpha / self.treatments
        return float(brentq(lambda drift: sequential.power(self.planned_looks, alpha, drift) - self.power, 0.0, STRONGEST))


def visitors_needed(level: float, uplift: float, *, variance: float | None = None, design: Design | None = None) -> int:
    """Of each variation, by the last look. level: the control's. uplift: a fraction of it, below 0 for a loss to be noticed.

    variance: between visitors, of a mean (for a ratio: of value less level times denominator, over the squared mean denominator); None: the
    level is a rate of conversion. Raises ValueError for rates outside 0 to 1, no uplift, no variance.
    """
    _check(level, variance)
    difference = level * uplift
    if not isfinite(difference) or difference == 0:
        raise ValueError("Without an uplift there is nothing to find.")
    if variance is None and not 0 <= level + difference <= 1:
        raise ValueError("A rate of conversion stays between 0 and 1.")
    both = 2 * variance if variance is not None else _binary(level) + _binary(level + difference)
    return ceil((design or Design()).drift ** 2 * both / difference**2)


def minimum_detectable_uplift(level: float, visitors: float, *, variance: float | None = None, design: Design | None = None) -> float:
    """A fraction of the level, above 0, that is found with the power asked. visitors: of each variation by the last look.

    As `visitors_needed` else. Raises ValueError, too, where so few visitors show not even that everybody converts.
    """
    _check(level, variance)
    if not (isfinite(visitors) and visitors > 0):
        raise ValueError("Without visitors nothing is found.")
    squared = (design or Design()).drift ** 2
    if variance is not None:
        return sqrt(2 * variance * squared / visitors) / level
    # visitors · difference² = drift² · (variance of the one + of the other rate), solved for the difference
    a, b, c = visitors + squared, -squared * (1 - 2 * level), -2 * squared * _binary(level)
    difference = (-b + sqrt(b**2 - 4 * a * c)) / (2 * a)
    if level + difference > 1:
        raise ValueError("With so few visitors not even a rate of 1 would be found.")
    return difference / level


def _check(level: float, variance: float | None) -> None:
    if not (isfinite(level) and level > 0) or (variance is None and level >= 1):
        raise ValueError("The control's level lies above 0, and below 1 if it is a rate of conversion.")
    if variance is not None and not (isfinite(variance) and variance > 0):
        raise ValueError("A variance is a number above 0.")


def _binary(rate: float) -> float:
    return rate * (1 - rate)
