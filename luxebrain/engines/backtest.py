"""How good this store's recommender would have been: train on the past, judge on the orders that came after.

One product of each later order is hidden and asked for, the others given, as in a cart; beside it the naive list of what is
popular. Products that the model could not know (new since the cutoff) count as misses for both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from luxebrain.engines import interactions, ranking, recommendations
from luxebrain.engines.interactions import OrderLines

FEWEST_CASES = 20
MOST_CASES = 2_000


class TooLittleHistory(ValueError):
    """Fewer than 20 orders with two products on either side of the cutoff: a figure would say nothing."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """`figures` as `ranking.compare` gives them; `cutoff` is where training ended, `cases` the orders judged."""

    cutoff: datetime
    cases: int
    k: int
    figures: dict[str, dict[str, float]]

    @property
    def is_better_than_popularity(self) -> bool:
        """By more than two standard errors of the paired difference."""
        difference = self.figures["difference"]
        return difference[f"ndcg@{self.k}"] > 2 * difference[f"ndcg@{self.k}_se"]


def backtest(
    lines: pd.DataFrame | Mapping[str, Any],
    products: pd.DataFrame | None,
    *,
    now: datetime,
    holdout_days: int = 28,
    k: int = 10,
) -> Backtest:
    """Judge on the orders of the last `holdout_days`; at most 2,000, those with the highest ids. Raises TooLittleHistory."""
    cutoff = interactions.as_utc(now) - timedelta(days=holdout_days)
    everything = interactions.net_returns(interactions.order_lines(lines, now=now))
    before, after = ranking.time_split(everything.ordered_at, int(cutoff.timestamp()))
    given, hidden = _cases(everything.take(after))
    if len(given) < FEWEST_CASES or len(_cases(everything.take(before))[0]) < FEWEST_CASES:
        raise TooLittleHistory(f"A backtest needs {FEWEST_CASES} orders with two products before and after {cutoff:%Y-%m-%d}.")
    model = recommendations.train(_table(everything.take(before)), products, now=cutoff)
    popular = [[item.product_id for item in model.neighbours.recommend("for_you", cart=basket, k=k)] for basket in given]
    answers = model.serve_carts(given, k)
    figures = ranking.compare(answers, popular, hidden, k=k, catalogue_size=model.report.products)
    return Backtest(cutoff, len(given), k, figures)


def _cases(lines: OrderLines) -> tuple[list[list[int]], list[set[int]]]:
    """Orders with at least two products: what is given, and the one that is hidden (which one follows from the ids, not from chance)."""
    given, hidden = [], []
    order = np.lexsort((lines.product_id, lines.order_id))
    _, starts = np.unique(lines.order_id[order], return_index=True)
    for products in np.split(lines.product_id[order], starts[1:])[-MOST_CASES:]:
        basket = np.unique(products)
        if len(basket) > 1:
            chosen = int(basket.sum() % len(basket))
            given.append([int(product) for product in np.delete(basket, chosen)])
            hidden.append({int(basket[chosen])})
    return given, hidden


def _table(lines: OrderLines) -> pd.DataFrame:
    columns = {name: getattr(lines, name) for name in ("order_id", "product_id", "quantity")}
    times = pd.to_datetime(lines.ordered_at, unit="s", utc=True)
    customer = pd.Series(lines.customer).mask(lines.customer == interactions.UNKNOWN_CUSTOMER)
    return pd.DataFrame({**columns, "customer": customer, "ordered_at": times})
