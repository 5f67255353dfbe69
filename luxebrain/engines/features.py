"""What the boosted model sees of a product at a cutoff, in units of the product's own recent level: so all products teach one model.

Nothing of the calendar: a model that knows which week it is learns that week by heart. The season is handled outside (`seasons`).
"""

from dataclasses import dataclass

import numpy as np

from luxebrain.engines.histories import RECENT, Floats, calm, last_known, row_means, row_medians
from luxebrain.engines.smoothing import exponential, tsb

MEMORY = 52
LAGS = 8
MEANS = (2, 4, 8, 13, 26)
MEDIANS = (4, 8, 13, 26)
ZEROS = (4, 13, 26)
REGULAR_PRICE = 0.95


@dataclass(frozen=True, slots=True)
class Seen:
    """`columns` (n_products, n_features), NaN where unknown; `scale` (n_products,), the product's recent level, above zero."""

    columns: Floats
    scale: Floats


def look(units: Floats, prices: Floats | None) -> Seen:
    """The state of every product after the last week of `units` (demand, NaN where unknown); `prices` has the same shape."""
    units = _last(units, MEMORY)
    quiet = calm(units)
    level = np.nan_to_num(row_means(quiet[:, -RECENT:]))
    scale = level + 0.02 * float(np.median(level)) + 1e-3
    columns = [*_sales(units), *_levels(units, quiet)]
    scaled = [column / scale for column in columns]
    plain = [*_rhythm(units), np.log(scale)]
    priced = _price_columns(units, _last(prices, MEMORY), scale) if prices is not None else []
    with np.errstate(invalid="ignore"):
        return Seen(np.column_stack([*scaled, *plain, *priced]), scale)


def _sales(units: Floats) -> list[Floats]:
    lags = _last(units, LAGS)
    recent = np.nan_to_num(lags)
    return [
        *lags.T,
        *(row_means(_last(units, weeks)) for weeks in MEANS),
        *(row_medians(_last(units, weeks)) for weeks in MEDIANS),
        recent.max(axis=1),
        recent.min(axis=1),
        np.sqrt(_variance(_last(units, 13))),
    ]


def _levels(units: Floats, quiet: Floats) -> list[Floats]:
    best, every = exponential(units)
    quiet_best, quiet_every = exponential(quiet)
    return [best, every[:, 2], every[:, 4], quiet_best, quiet_every[:, 3], tsb(units)]


def _rhythm(units: Floats) -> list[Floats]:
    """Shares of weeks without a sale, weeks since the last sale, weeks on sale."""
    sold = np.where(units > 0, np.arange(units.shape[1]), -1).max(axis=1)
    known = np.isfinite(units)
    return [
        *(row_means(np.where(known, units == 0, np.nan)[:, -weeks:].astype(float)) for weeks in ZEROS),
        (units.shape[1] - 1 - sold).astype(float),
        known.sum(axis=1).astype(float),
    ]


def _price_columns(units: Floats, prices: Floats, scale: Floats) -> list[Floats]:
    """The last price, that of four weeks and the lowest of a quarter, in usual prices; the usual price; sales at the usual price."""
    usual = row_medians(prices[:, -RECENT:])
    usual = np.where(usual > 0, usual, np.nan)
    regular = np.where(prices >= REGULAR_PRICE * usual[:, None], units, np.nan)
    lowest = np.where(np.isfinite(prices), prices, np.inf)[:, -13:].min(axis=1)
    return [
        last_known(prices) / usual,
        row_means(_last(prices, 4)) / usual,
        np.where(np.isfinite(lowest), lowest, np.nan) / usual,
        np.log(usual),
        row_means(_last(regular, 13)) / scale,
    ]


def _variance(values: Floats) -> Floats:
    return row_means((values - row_means(values)[:, None]) ** 2)


def _last(values: Floats, weeks: int) -> Floats:
    """The last `weeks` columns, unknown where history is shorter."""
    missing = weeks - values.shape[1]
    return np.pad(values, ((0, 0), (missing, 0)), constant_values=np.nan) if missing > 0 else values[:, -weeks:]
