"""Weekly sales as a forecast may use them: what was demand stays, what was not is NaN.

Sales are not demand. Weeks without stock, weeks in which the whole store stood still, and weeks before a product was on sale are
unknown, not zero. Returns count as nothing sold, and one absurd week (an order of 80,995 units, cancelled minutes later) is cut to what
the product could plausibly sell.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

RECENT = 26
CLOSED = 0.02
# What a weight in kilograms or a broken feed may bring; between these bounds no sum or quotient overflows.
LEAST_UNITS, MOST_UNITS = 1e-6, 1e9
ABSURD = 3.0


def as_table(values: ArrayLike, *, name: str, shape: tuple[int | None, int | None] = (None, None)) -> Floats:
    """(rows, columns) of float64, infinities as NaN. Raises ValueError with both shapes where they differ."""
    table = np.array(values, dtype=np.float64)
    wanted = tuple("any" if size is None else size for size in shape)
    if table.ndim != 2 or any(size is not None and size != found for size, found in zip(shape, table.shape, strict=True)):
        raise ValueError(f"{name} has shape {table.shape}; it must be a table of (products, weeks) with shape {wanted}.")
    table[~np.isfinite(table)] = np.nan
    return table


def demand(units: Floats, stocked_out: NDArray[np.bool_] | None = None) -> Floats:
    """(n_products, n_weeks): what was asked for, NaN where nobody can know."""
    known = np.clip(units, 0.0, MOST_UNITS)
    known[known < LEAST_UNITS] = 0.0
    if stocked_out is not None:
        known[stocked_out] = np.nan
    known[:, _closed_weeks(known)] = np.nan
    return cut_absurd(known)


def cut_absurd(units: Floats) -> Floats:
    """A product's largest week is cut to three times its second largest, or to the store's usual week where that is more."""
    if units.shape[1] < 2 or not (units > 0).any():
        return units
    usual = float(np.median(units[units > 0]))
    ordered = np.sort(np.nan_to_num(units), axis=1)
    return np.minimum(units, np.maximum(ABSURD * ordered[:, -2:-1], usual))


def calm(units: Floats, *, weeks: int = RECENT, deviations: float = 3.0) -> Floats:
    """Weeks above the recent median plus three mean deviations are cut to it: single large orders say little about the next weeks."""
    recent = units[:, -weeks:]
    middle = row_medians(recent)[:, None]
    spread = row_means(np.abs(recent - middle))[:, None]
    return np.minimum(units, np.where(np.isfinite(middle), middle + deviations * spread, np.inf))


def row_means(values: Floats) -> Floats:
    """Over the known weeks; NaN where none is."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def row_medians(values: Floats) -> Floats:
    """Over the known weeks; NaN where none is. By one sort: numpy's nanmedian is ten times slower."""
    if not values.shape[1]:
        return np.full(len(values), np.nan)
    count = np.isfinite(values).sum(axis=1)
    ordered = np.sort(values, axis=1)  # NaN last
    rows = np.arange(len(values))
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, values.shape[1] - 1)
    return np.where(count > 0, (ordered[rows, low] + ordered[rows, high]) / 2, np.nan)


def last_known(values: Floats) -> Floats:
    """The latest known value of each row; NaN where none is."""
    known = np.isfinite(values)
    latest = values.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return np.where(known.any(axis=1), values[np.arange(len(values)), latest], np.nan)


def _closed_weeks(units: Floats) -> NDArray[np.bool_]:
    """Weeks in which a store of some size sold next to nothing: closed, or not recorded."""
    totals = np.nansum(units, axis=0)
    if len(units) < RECENT or not len(totals):
        return np.zeros(len(totals), dtype=bool)
    return np.asarray(totals < CLOSED * np.median(totals), dtype=bool)
