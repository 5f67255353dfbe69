"""What an order of a customer is worth: the Gamma-Gamma model (Fader, Hardie, "The Gamma-Gamma Model of Monetary Value", 2013).

A customer's orders scatter around a mean of their own; the means differ between customers. So a customer with two orders is drawn
towards the store's mean, one with fifty hardly. Values and numbers of orders are taken as independent.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betainc, gammaln

Floats = NDArray[np.float64]
# Logarithms of p, q - 1 and v, v in means of the values given.
STARTS = ((1.0, 1.0, 0.0), (2.0, 0.0, -1.0), (0.0, 2.0, 1.0))
LARGEST_LOG = 12.0


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """Order value gamma(p, nu), nu gamma(q, v) over customers; v in the currency of the values; q > 1, so that the mean exists."""

    p: float
    q: float
    v: float

    def expected_value(self, frequency: Floats, mean_value: Floats) -> Floats:
        """Mean value of an order to come, (n,): p (v + x m) / (p x + q - 1)."""
        return np.asarray(self.p * (self.v + frequency * mean_value) / (self.p * frequency + self.q - 1))

    def at_most(self, total: Floats, orders: Floats, frequency: Floats, mean_value: Floats) -> Floats:
        """P(`orders` to come are worth at most `total`); shapes that broadcast. Given nu the sum is gamma, over nu it is beta prime."""
        weight = self.v + frequency * mean_value
        return np.asarray(
            np.where(orders > 0, betainc(self.p * np.maximum(orders, 1), self.q + self.p * frequency, total / (total + weight)), 1.0)
        )


def fit(frequency: Floats, mean_value: Floats) -> GammaGamma:
    """Maximum likelihood over several starts; `frequency` ≥ 1 and `mean_value` > 0, both (n,). The same whatever the currency."""
    unit = float(np.exp(np.log(mean_value).mean()))
    bounds = [(-LARGEST_LOG, LARGEST_LOG)] * 3
    fits = [minimize(_mean_loss, start, args=(frequency, mean_value / unit), method="L-BFGS-B", bounds=bounds) for start in STARTS]
    p, q_less_1, v = (float(value) for value in np.exp(min(fits, key=lambda found: found.fun).x))
    return GammaGamma(p, 1 + q_less_1, v * unit)


def _mean_loss(logs: Floats, x: Floats, m: Floats) -> float:
    """Less the log-likelihood (equation 1a of the note) a customer."""
    p, q, v = np.exp(logs) + np.array([0.0, 1.0, 0.0])
    shape = gammaln(p * x + q) - gammaln(p * x) - gammaln(q)
    return float(-(shape + q * logs[2] + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(v + m * x)).mean())
