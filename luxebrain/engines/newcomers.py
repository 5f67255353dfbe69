"""New products start from their category: a shop knows how its candles sell before it has sold this one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from luxebrain.engines.histories import Floats, calm, row_means

# A product counts as established after eight weeks; its category's level weighs as much as four weeks of its own.
ESTABLISHED, CATEGORY_WEEKS = 8, 4.0


def start_from_category(units: Floats, categories: NDArray[Any] | None, *, mean: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Mean and spread, both (n_products, horizon), with products of under eight known weeks drawn to their category's usual level.

    Without categories, or where a category has no established product, both stay.
    """
    if categories is None or not len(units):
        return mean, spread
    known = np.isfinite(units).sum(axis=1)
    level, old = row_means(calm(units)), known >= ESTABLISHED
    mean, spread = mean.copy(), spread.copy()
    for category in np.unique(categories[~old]):
        peers, new = old & (categories == category), ~old & (categories == category)
        if peers.any():
            own = (known[new] / (known[new] + CATEGORY_WEEKS))[:, None]
            mean[new] = own * mean[new] + (1 - own) * np.mean(level[peers])
            # One's place among the category is unknown too.
            doubt = np.sqrt(np.mean(spread[peers]) ** 2 + np.var(level[peers]))
            spread[new] = own * spread[new] + (1 - own) * doubt
    return mean, spread
