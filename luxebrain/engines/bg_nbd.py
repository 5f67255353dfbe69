"""How often customers come back, and whether they still do: the BG/NBD model (Fader, Hardie, Lee 2005, Marketing Science 24/2).

While a customer is active, orders come at a rate of their own (gamma over customers); after each repeat the customer may leave for good,
with a chance of their own (beta). Only three figures a customer matter: repeat purchases x, time of the last t, age T. Everything is worked
out in logarithms and by quadrature: the hypergeometric function of the paper overflows from some hundred purchases on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betainc, betaincinv, betaln, expit, gammaln

Floats = NDArray[np.float64]
# Logarithms of r, alpha, a, b, alpha in tenths of the greatest age: one where most leave, one where nobody does, and between them.
STARTS = ((0.0, 0.0, 0.0, 0.0), (-1.0, 1.0, 0.0, 1.0), (1.0, 1.0, -2.0, 1.0))
LARGEST_LOG = 12.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
NODES, WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2


@dataclass(frozen=True, slots=True)
class Histories:
    """One row a different history, each (n,): repeat purchases, first to last, first to now, and how many customers share it."""

    frequency: Floats
    recency: Floats
    age: Floats
    customers: Floats


@dataclass(frozen=True, slots=True)
class BgNbd:
    """Rate gamma(r, alpha), alpha in the unit of the ages; chance of leaving after a purchase beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def probability_alive(self, histories: Histories) -> Floats:
        """In [0, 1], (n,); 1 without repeats, since the model lets nobody leave before."""
        x, waited = histories.frequency, np.log1p((histories.age - histories.recency) / (self.alpha + histories.recency))
        gone = np.log(self.a) - np.log(self.b + np.maximum(x, 1) - 1) + (self.r + x) * waited
        return np.where(x > 0, expit(-gone), 1.0)

    def expected_orders(self, histories: Histories, horizon: float) -> Floats:
        """Mean orders in the next `horizon`, (n,). Over rates by formula, over the chance of leaving on 64 nodes of its distribution."""
        x = histories.frequency
        different, row = np.unique(x, return_inverse=True)
        leaving = np.maximum(betaincinv(self.a, self.b + different[:, None], NODES), 1e-300)[row]
        share = horizon / (self.alpha + histories.age)
        orders = -np.expm1(-(self.r + x)[:, None] * np.log1p(leaving * share[:, None])) / leaving
        return np.asarray(orders @ WEIGHTS * self.probability_alive(histories))

    def at_least(self, orders: Floats, histories: Histories, horizon: Floats) -> Floats:
        """P(at least `orders` ≥ 1 in the next `horizon`), shapes that broadcast. Exact: nobody left before, and the rate allowed it."""
        x = histories.frequency
        stayed = np.exp(betaln(self.a, self.b + x + orders - 1) - betaln(self.a, self.b + x))
        bought = betainc(orders, self.r + x, horizon / (self.alpha + histories.age + horizon))
        return np.asarray(self.probability_alive(histories) * stayed * bought)

    def quantile(self, q: float, histories: Histories, horizon: Floats) -> Floats:
        """The least number of orders that is not exceeded with probability q, (n,), by bisection. `horizon` (n,)."""
        low, high = np.full(len(horizon), -1.0), np.ones(len(horizon))
        while (too_low := self.at_least(high + 1, histories, horizon) > 1 - q).any():
            low, high = np.where(too_low, high, low), np.where(too_low, 2 * high + 1, high)
        while (high - low > 1).any():
            middle = np.ceil((low + high) / 2)
            exceeded = self.at_least(np.minimum(middle, high) + 1, histories, horizon) > 1 - q
            settled = high - low <= 1
            low, high = np.where(exceeded & ~settled, middle, low), np.where(exceeded | settled, high, middle)
        return high


def fit(histories: Histories) -> BgNbd:
    """Maximum likelihood over several starts; the same for equal input, whatever the unit of time. Needs one age above zero."""
    unit = float(histories.age.max()) / 10
    scaled = Histories(histories.frequency, histories.recency / unit, histories.age / unit, histories.customers)
    bounds = [(-LARGEST_LOG, LARGEST_LOG)] * 4
    fits = [minimize(_mean_loss, start, args=(scaled,), method="L-BFGS-B", bounds=bounds) for start in STARTS]
    best = min(fits, key=lambda found: found.fun)
    r, alpha, a, b = (float(value) for value in np.exp(best.x))
    # Time in other units changes the density of each repeat purchase by that unit.
    repeats = float(histories.customers @ histories.frequency)
    return BgNbd(r, alpha * unit, a, b, float(-best.fun * histories.customers.sum() - repeats * np.log(unit)))


def _mean_loss(logs: Floats, histories: Histories) -> float:
    """Less the log-likelihood (equation 6 of the paper) a customer, so that steps do not depend on their number."""
    r, alpha, a, b = np.exp(logs)
    x, last, age = histories.frequency, histories.recency, histories.age
    common = gammaln(r + x) - gammaln(r) + r * logs[1] + betaln(a, b + x) - betaln(a, b)
    active = -(r + x) * np.log(alpha + age)
    left = np.where(x > 0, logs[2] - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + last), -np.inf)
    return float(-(histories.customers @ (common + np.logaddexp(active, left))) / histories.customers.sum())
