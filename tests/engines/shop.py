"""A small shop with a known truth: every order holds a product of one pair and its partner, or a product of its own.

Products 10 and 11, 20 and 21, … are bought together; titles say the kind, so that products of one kind share words.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KINDS = ("candle", "mug", "lantern", "garland", "cushion", "teapot")


def make_catalogue() -> pd.DataFrame:
    """Twelve products in pairs and, last, product 999: a candle that was never sold."""
    ids = [10 * (kind + 1) + half for kind in range(len(KINDS)) for half in (0, 1)]
    titles = [f"{colour} {kind}" for kind in KINDS for colour in ("Red", "Blue")]
    kinds = [[kind] for kind in KINDS for _ in (0, 1)]
    return pd.DataFrame({"product_id": [*ids, 999], "title": [*titles, "Green candle"], "categories": [*kinds, ["candle"]]})


def make_lines(orders: int = 300, *, seed: int = 0, now: datetime = NOW) -> pd.DataFrame:
    """Orders of 40 customers and guests over half a year; four in five hold a pair, and every third order some noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for order_id in range(1, orders + 1):
        pair = 10 * int(rng.integers(1, len(KINDS) + 1))
        products = {pair, pair + 1} if rng.random() < 0.8 else {pair}
        if rng.random() < 0.33:
            products.add(10 * int(rng.integers(1, len(KINDS) + 1)) + int(rng.integers(2)))
        customer = int(rng.integers(40)) + 1 if rng.random() < 0.8 else None
        at = now - timedelta(days=float(rng.uniform(0, 180)))
        rows += [(order_id, customer, product, int(rng.integers(1, 4)), at) for product in sorted(products)]
    return pd.DataFrame(rows, columns=["order_id", "customer", "product_id", "quantity", "ordered_at"])


def no_lines() -> pd.DataFrame:
    return make_lines().iloc[:0]
