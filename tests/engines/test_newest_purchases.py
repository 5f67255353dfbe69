"""What newcomers buy now counts where the store's own last weeks say that it does."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from luxebrain.engines import interactions, newest_purchases
from tests.engines.shop import NOW

PRODUCTS, CUSTOMERS = 200, 300


def lines(*, is_seasonal: bool) -> interactions.OrderLines:
    """Everybody buys of their own forty products every week; in season all buy of eight more that appeared three weeks ago."""
    lot = np.random.default_rng(1)
    rows = []
    for week in range(20):
        for customer in range(CUSTOMERS):
            mine = customer % 5 * 40 + lot.integers(0, 40, 2)
            new = PRODUCTS + lot.integers(0, 8, 1) if is_seasonal and week >= 17 else np.array([], dtype=np.int64)
            rows += [
                (week * 1000 + customer, customer, int(product), 1, NOW - timedelta(days=7 * (19 - week) + 1)) for product in (*mine, *new)
            ]
    table = pd.DataFrame(rows, columns=["order_id", "customer", "product_id", "quantity", "ordered_at"])
    return interactions.net_returns(interactions.order_lines(table, now=NOW))


def test_season_makes_the_newest_purchases_count_and_its_absence_does_not() -> None:
    in_season, out_of_season = (
        newest_purchases.weigh(lines(is_seasonal=is_seasonal), NOW, regularisation=50.0) for is_seasonal in (True, False)
    )

    assert in_season > out_of_season


def test_too_few_to_try_it_on_leaves_the_usual_weight() -> None:
    few = lines(is_seasonal=False)

    assert newest_purchases.weigh(few.take(few.customer < 20), NOW, regularisation=50.0) == newest_purchases.UNTRIED
    assert newest_purchases.weigh(few.take(few.customer < 0), NOW, regularisation=50.0) == newest_purchases.UNTRIED
