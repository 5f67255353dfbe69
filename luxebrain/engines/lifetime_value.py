"""What each customer will still order and spend: BG/NBD for orders, Gamma-Gamma for their value, averaged with the customer's own rate.

`fit` takes four figures a customer, as the literature does: repeat purchases, time from first to last, time from first to now (any one
unit) and the mean value of the repeats. Data too thin are refused with the reason (`TooThin`): the store's mean says as much there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from luxebrain.engines import bg_nbd, gamma_gamma
from luxebrain.engines.bg_nbd import BgNbd, Histories
from luxebrain.engines.gamma_gamma import GammaGamma

Floats = NDArray[np.float64]
FEWEST_CUSTOMERS, FEWEST_REPEATERS = 50, 10
# The tail of rates is longer than gamma: those who buy most are drawn too far to the mean. A tenth of their own rate mends that.
OWN_SHARE = 0.1
# A rate seen for less than a tenth of the store's time is taken as if seen for that long.
SHORTEST_AGE = 0.1
# Means beyond four interquartile ranges (of logarithms) are cut to there: one order of 80,995 units says nothing about the next.
FURTHEST_VALUE = 4.0
VALUE_LEVELS = (np.arange(32) + 0.5) / 32


class TooThin(ValueError):
    """There are too few customers, or too few who came back, to tell rates and leaving apart; or no values to learn from."""


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """Every result is (n,), aligned with the input; horizons are in its unit of time. `values` is None where nobody's values were known."""

    orders: BgNbd
    values: GammaGamma | None
    histories: Histories
    row: NDArray[np.int64]
    frequency: Floats
    mean_value: Floats

    @property
    def probability_alive(self) -> Floats:
        """That the customer has not left for good, in [0, 1]; 1 without repeats."""
        return self.orders.probability_alive(self.histories)[self.row]

    def expected_orders(self, horizon: float) -> Floats:
        """Mean number of orders in the next `horizon`. Raises ValueError unless it is finite and ≥ 0."""
        return self._orders(horizon)[self.row]

    def expected_value(self, horizon: float) -> Floats:
        """Mean spending in the next `horizon`, in the currency of mean_value. Raises ValueError as above; TooThin without values."""
        return self.expected_orders(horizon) * self._known_values().expected_value(self.frequency, self.mean_value)

    def orders_interval(self, horizon: float, level: float = 0.8) -> tuple[Floats, Floats]:
        """Whole orders between which the next `horizon` ends with at least probability `level`. Raises ValueError unless 0 < level < 1."""
        _refuse_level(level)
        stretched = self._stretched(horizon)
        lower, upper = (self.orders.quantile(q, self.histories, stretched)[self.row] for q in ((1 - level) / 2, (1 + level) / 2))
        return lower, upper

    def value_interval(self, horizon: float, level: float = 0.8) -> tuple[Floats, Floats]:
        """The same for spending: 32 numbers of orders, each equally likely, and the spread of what they are worth."""
        _refuse_level(level)
        values = self._known_values()
        alike, row = np.unique(np.stack([self.row, self.frequency, self.mean_value], axis=1), axis=0, return_inverse=True)
        stretched = self._stretched(horizon)
        numbers = np.stack([self.orders.quantile(q, self.histories, stretched) for q in VALUE_LEVELS], axis=1)
        orders = numbers[alike[:, 0].astype(np.int64)]
        tails = (1 - level) / 2, (1 + level) / 2
        lower, upper = (_value_quantile(values, orders, q, frequency=alike[:, 1], mean_value=alike[:, 2])[row.reshape(-1)] for q in tails)
        return lower, upper

    def _orders(self, horizon: float) -> Floats:
        if not 0 <= horizon < np.inf:
            raise ValueError(f"The horizon is a time to come, not {horizon}.")
        seen = np.maximum(self.histories.age, SHORTEST_AGE * self.histories.age.max())
        modelled = self.orders.expected_orders(self.histories, horizon)
        return np.asarray((1 - OWN_SHARE) * modelled + OWN_SHARE * horizon * self.histories.frequency / seen)

    def _stretched(self, horizon: float) -> Floats:
        """As much time as BG/NBD needs for the averaged number of orders."""
        mean, modelled = self._orders(horizon), self.orders.expected_orders(self.histories, horizon)
        return horizon * np.divide(mean, modelled, out=np.ones_like(mean), where=modelled > mean / 10)

    def _known_values(self) -> GammaGamma:
        if self.values is None:
            raise TooThin(f"Values need {FEWEST_REPEATERS} customers who came back and paid; there are fewer. Orders can be predicted.")
        return self.values


def fit(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, mean_value: ArrayLike) -> LifetimeValue:
    """One entry a customer, each (n,): repeat purchases; first to last; first to now; mean value of repeats, 0 or NaN without any.

    Deterministic, whatever the order of rows and the unit of time. Raises TooThin with the reason; ValueError where entries are not finite,
    negative, of different lengths, or a last purchase lies in the future.
    """
    x, last, now = _checked(frequency, recency, age)
    values = np.array(mean_value, dtype=np.float64)
    if values.shape != x.shape or not np.isfinite(values[x > 0]).all() or (values[x > 0] < 0).any():
        raise ValueError("mean_value needs a number ≥ 0 for every customer who came back.")
    values[x == 0] = 0.0
    _refuse_thin(x, now)
    rows, row, shared = np.unique(np.stack([x, last, now], axis=1), axis=0, return_inverse=True, return_counts=True)
    histories = Histories(*np.ascontiguousarray(np.column_stack([rows, shared]).T))
    paid, x_known, m_known = _fit_values(x, values)
    return LifetimeValue(bg_nbd.fit(histories), paid, histories, row.reshape(-1), frequency=x_known, mean_value=m_known)


def _checked(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> tuple[Floats, Floats, Floats]:
    x, last, now = (np.asarray(column, dtype=np.float64) for column in (frequency, recency, age))
    if x.ndim != 1 or x.shape != last.shape or x.shape != now.shape:
        raise ValueError(f"One entry a customer in each column, not shapes {x.shape}, {last.shape}, {now.shape}.")
    if not np.isfinite([x, last, now]).all() or min(x.min(initial=0), last.min(initial=0), now.min(initial=0)) < 0:
        raise ValueError("Repeat purchases and times are finite and not negative.")
    if (in_future := last > now * (1 + 1e-9)).any():
        raise ValueError(f"{in_future.sum()} customers bought last in the future: recency is at most age.")
    return x, np.where(x > 0, np.minimum(last, now), 0.0), now


def _refuse_thin(x: Floats, age: Floats) -> None:
    if len(x) < FEWEST_CUSTOMERS:
        raise TooThin(f"Lifetime value needs {FEWEST_CUSTOMERS} customers; there are {len(x)}.")
    if (repeaters := int((x > 0).sum())) < FEWEST_REPEATERS:
        raise TooThin(f"Lifetime value needs {FEWEST_REPEATERS} customers who came back; there are {repeaters}.")
    if age.max() == 0:
        raise TooThin("Every customer bought for the first time just now.")


def _fit_values(x: Floats, values: Floats) -> tuple[GammaGamma | None, Floats, Floats]:
    """The model, and for each customer the orders and mean value that it may look at: none where nothing was paid."""
    known = (x > 0) & (values > 0)
    if known.sum() < FEWEST_REPEATERS:
        return None, x, values
    logs = np.log(values[known])
    first, third = np.quantile(logs, (0.25, 0.75))
    furthest = FURTHEST_VALUE * max(third - first, 0.1)
    cut = np.exp(np.clip(logs, first - furthest, third + furthest))
    seen, means = np.where(known, x, 0.0), np.zeros_like(values)
    means[known] = cut
    # Sorted, so that sums and with them the last digits do not depend on the order of rows.
    order = np.lexsort((cut, x[known]))
    return gamma_gamma.fit(x[known][order], cut[order]), seen, means


def _refuse_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"A level lies between 0 and 1, not at {level}.")


def _value_quantile(values: GammaGamma, orders: Floats, q: float, *, frequency: Floats, mean_value: Floats) -> Floats:
    """By bisection on share = total / (total + scale), the scale being what the most orders would cost on average. `orders` (n, 32)."""
    scale = values.expected_value(frequency, mean_value) * (1 + orders[:, -1])
    low, high = np.zeros(len(scale)), np.ones(len(scale))
    for _ in range(24):
        middle = (low + high) / 2
        total = scale * middle / (1 - middle)
        reached = values.at_most(total[:, None], orders, frequency[:, None], mean_value[:, None]).mean(axis=1) >= q
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return np.where((orders == 0).mean(axis=1) >= q, 0.0, scale * low / (1 - low))
