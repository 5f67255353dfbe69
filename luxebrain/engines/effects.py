"""How much better a treatment is than the control, from sums that add up: over days, servers and visitors, in any order.

One formula serves conversions, means and ratios: a value over a denominator, which is 1 a visitor unless one is given (delta method: Deng,
Knoblich, Lu 2018). A covariate of the time before the experiment takes out of it what it explains (CUPED: Deng, Xu, Kohavi, Walker 2013).
"""

from dataclasses import dataclass, fields
from math import exp, isfinite
from operator import attrgetter
from sys import float_info

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm, t

Floats = NDArray[np.float64]
ROUNDING = 1e-9  # how far, relatively, sums of squares may fall short of what is possible
WIDEST = 50.0  # half an interval of an uplift, as a logarithm: up to e⁵⁰ times as much
UNDERFLOW = float_info.min  # and absolutely: the square of 1e-167 is 0


@dataclass(frozen=True, slots=True)
class Sums:
    """Of the visitors of one variation, for one metric; `+` adds those of others, `sum(many, Sums())` any number.

    Value, denominator and covariate are a visitor's, each visitor once. Raises ValueError for what no visitors can add up to: not finite,
    fewer than none, squares too small for their sums (as more conversions than visitors are).
    """

    count: float = 0.0
    value: float = 0.0
    denominator: float = 0.0
    covariate: float = 0.0
    value_squared: float = 0.0
    denominator_squared: float = 0.0
    covariate_squared: float = 0.0
    value_denominator: float = 0.0
    value_covariate: float = 0.0
    denominator_covariate: float = 0.0

    def __post_init__(self) -> None:
        if not all(map(isfinite, _numbers(self))):
            raise ValueError("Sums are finite numbers.")
        if self.count < 0 or self.denominator < 0:
            raise ValueError("Visitors and denominators are numbers from 0 on.")
        value, denominator, covariate = self.value_squared, self.denominator_squared, self.covariate_squared
        possible = (
            (self.value, self.count, value),
            (self.denominator, self.count, denominator),
            (self.covariate, self.count, covariate),
            (self.value_denominator, value, denominator),
            (self.value_covariate, value, covariate),
            (self.denominator_covariate, denominator, covariate),
        )
        if any((left + UNDERFLOW) * (right + UNDERFLOW) < total * total * (1 - ROUNDING) for total, left, right in possible):
            raise ValueError("No visitors add up to these: squares are too small for their sums.")

    @classmethod
    def of(cls, values: ArrayLike, denominators: ArrayLike | None = None, covariates: ArrayLike | None = None) -> "Sums":
        """values, denominators, covariates: (n_visitors,) each. A ratio is of sums: all values over all denominators."""
        value = np.asarray(values, dtype=np.float64)
        under = np.ones_like(value) if denominators is None else np.asarray(denominators, dtype=np.float64)
        before = np.zeros_like(value) if covariates is None else np.asarray(covariates, dtype=np.float64)
        if value.ndim != 1 or under.shape != value.shape or before.shape != value.shape:
            raise ValueError("There is one value, denominator and covariate for each visitor.")
        columns = np.stack([value, under, before])
        if not np.isfinite(columns).all():
            raise ValueError("Values, denominators and covariates are finite numbers.")
        if (under < 0).any():
            raise ValueError("Visitors and denominators are numbers from 0 on.")
        products = columns @ columns.T
        crossed = products[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
        return cls(float(len(value)), *(float(number) for number in (*columns.sum(axis=1), *crossed)))

    @classmethod
    def of_conversions(cls, visitors: float, conversions: float) -> "Sums":
        """Each visitor is counted once, converted or not."""
        return cls(visitors, conversions, visitors, 0.0, conversions, visitors, 0.0, conversions)

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(ours + theirs for ours, theirs in zip(_numbers(self), _numbers(other), strict=True)))

    @property
    def is_binary(self) -> bool:
        """Every value is 0 or 1 of one visitor: of whole numbers no others have squares that add up to their sum."""
        return self.value == self.value_squared and self.count == self.denominator == self.denominator_squared

    @property
    def means(self) -> Floats:
        """(3,): of value, denominator, covariate."""
        return np.array([self.value, self.denominator, self.covariate]) / self.count

    @property
    def covariance(self) -> Floats:
        """(3, 3), over count, not one less."""
        products = np.array(
            [
                [self.value_squared, self.value_denominator, self.value_covariate],
                [self.value_denominator, self.denominator_squared, self.denominator_covariate],
                [self.value_covariate, self.denominator_covariate, self.covariate_squared],
            ]
        )
        return np.asarray(products / self.count - np.outer(self.means, self.means), dtype=np.float64)


_numbers = attrgetter(*(field.name for field in fields(Sums)))


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and what it is likely to lie between."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Effect:
    """A treatment beside the control, for information: no rule to stop by.

    `control`, `treatment`: their levels, adjusted for the covariate. `difference` in the metric's unit; `uplift` as a fraction of the
    control's level, None where a level is not above 0. `z`, `p_value`: against no difference, as if this were the only look.
    `probability_better`, and `expected_loss` in the metric's unit a visitor if the treatment were chosen and were the worse: by the normal
    approximation without a prior. `variance_reduction`: the share that the covariate took out.
    """

    control: float
    treatment: float
    difference: Interval
    uplift: Interval | None
    standard_error: float
    z: float
    p_value: float
    probability_better: float
    expected_loss: float
    variance_reduction: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference to test: its variance if there were none, and the level of both together."""

    difference: float
    variance: float
    level: float


def compare(control: Sums, treatment: Sums, alpha: float = 0.05) -> Effect:
    """Intervals cover with 1 - alpha: Newcombe's (1998) for a difference of conversions, Welch's for others, log-normal for the uplift.

    Raises ValueError where a variation has fewer than two visitors, or nothing in the denominator.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha lies between 0 and 1, not at {alpha}.")
    if min(control.count, treatment.count) < 2:
        raise ValueError("A variation has fewer than two visitors: nothing can be said of it.")
    tested, both = contrast(control, treatment), control + treatment
    theta = _theta(both)
    levels = np.array([_level(each, theta, both) for each in (control, treatment)])
    variances = np.array([_variance_of_level(each, theta) for each in (control, treatment)])
    if both.is_binary and theta == 0:
        difference = _newcombe(control, treatment, float(norm.isf(alpha / 2)))
    else:
        difference = _welch(tested.difference, variances, np.array([control.count, treatment.count]), alpha)
    error = np.sqrt(tested.variance)
    z = tested.difference / error if error else 0.0
    return Effect(
        control=float(levels[0]),
        treatment=float(levels[1]),
        difference=difference,
        uplift=_uplift(levels, variances, float(norm.isf(alpha / 2))),
        standard_error=float(np.sqrt(variances.sum())),
        z=float(z),
        p_value=float(2 * norm.sf(abs(z))),
        probability_better=float(norm.cdf(z)),
        expected_loss=float(error * norm.pdf(z) - tested.difference * norm.sf(z)),
        variance_reduction=_variance_reduction(both, theta),
    )


def contrast(control: Sums, treatment: Sums) -> Contrast:
    """What a test of "no difference" needs. Raises ValueError where a variation has no visitors, or nothing in the denominator.

    Both together give the variance, as a score test has it: few visitors never look surer than they are. Where values are not 0 or 1,
    equal levels do not mean equal spread: the larger of that and of each one's own spread around the common level counts.
    """
    if not (control.denominator > 0 and treatment.denominator > 0):
        raise ValueError("A variation has no visitors, or nothing in the denominator, yet.")
    both = control + treatment
    theta = _theta(both)
    residual = np.array([1.0, -both.value / both.denominator, -theta])
    scales = [each.count / each.denominator**2 for each in (control, treatment)]
    variance = _spread(both, residual) * sum(scales)
    if not both.is_binary:
        own = [
            scale * (_spread(each, residual) + float(residual @ (each.means - both.means)) ** 2)
            for scale, each in zip(scales, (control, treatment), strict=True)
        ]
        variance = max(variance, sum(own))
    difference = _level(treatment, theta, both) - _level(control, theta, both)
    return Contrast(difference, variance, both.value / both.denominator)


def _theta(both: Sums) -> float:
    """How much value over denominator goes with the covariate; 0 where there is none."""
    covariance = both.covariance
    if covariance[2, 2] <= ROUNDING * both.means[2] ** 2:
        return 0.0
    return float((covariance[0, 2] - both.value / both.denominator * covariance[1, 2]) / covariance[2, 2])


def _level(sums: Sums, theta: float, both: Sums) -> float:
    return (sums.value - theta * (sums.covariate - sums.count * both.covariate / both.count)) / sums.denominator


def _spread(sums: Sums, residual: Floats) -> float:
    return max(float(residual @ sums.covariance @ residual), 0.0)


def _variance_of_level(sums: Sums, theta: float) -> float:
    residual = np.array([1.0, -sums.value / sums.denominator, -theta])
    return _spread(sums, residual) * sums.count / (sums.count - 1) * sums.count / sums.denominator**2


def _newcombe(control: Sums, treatment: Sums, width: float) -> Interval:
    """From the Wilson intervals of both: honest where nobody, or everybody, converted."""
    (rate0, low0, high0), (rate1, low1, high1) = (_wilson(each, width) for each in (control, treatment))
    difference = rate1 - rate0
    lower = difference - np.hypot(rate1 - low1, high0 - rate0)
    upper = difference + np.hypot(high1 - rate1, rate0 - low0)
    return Interval(difference, float(lower), float(upper))


def _wilson(sums: Sums, width: float) -> tuple[float, float, float]:
    n, rate = sums.count, sums.value / sums.count
    middle = (rate + width**2 / (2 * n)) / (1 + width**2 / n)
    half = width / (1 + width**2 / n) * np.sqrt(rate * (1 - rate) / n + width**2 / (4 * n**2))
    return rate, float(middle - half), float(middle + half)


def _welch(difference: float, variances: Floats, counts: Floats, alpha: float) -> Interval:
    total = variances.sum()
    freedom = 1 / ((variances / total) ** 2 / (counts - 1)).sum() if total else counts.sum() - 2  # by shares: no square of a tiny total
    half = float(t.isf(alpha / 2, freedom) * np.sqrt(total))
    return Interval(difference, difference - half, difference + half)


def _uplift(levels: Floats, variances: Floats, width: float) -> Interval | None:
    """On the scale of logarithms: for conversions the interval of Katz et al. (1978). None where it would say nothing."""
    if not (levels > 0).all():
        return None
    half = float(width * np.linalg.norm(np.sqrt(variances) / levels))
    if half > WIDEST:
        return None
    ratio, factor = float(levels[1] / levels[0]), exp(half)
    return Interval(ratio - 1, ratio / factor - 1, ratio * factor - 1)


def _variance_reduction(both: Sums, theta: float) -> float:
    level = both.value / both.denominator
    before = _spread(both, np.array([1.0, -level, 0.0]))
    return 1 - _spread(both, np.array([1.0, -level, -theta])) / before if before else 0.0
