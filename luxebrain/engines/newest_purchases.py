"""How much what newcomers bought last week says about what others will buy next, in this store: tried on its own last two weeks.

Before Christmas a gift shop's first purchases of the last week are the strongest signal there is; in summer they mislead.
"""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from luxebrain.engines import interactions, ranking, similarity
from luxebrain.engines.interactions import Integers, OrderLines
from luxebrain.engines.popularity import popularity
from luxebrain.engines.recommender import standardised

WEIGHTS = (0.0, 0.3, 0.6, 1.0, 1.5)
UNTRIED = 0.3  # where nothing can be tried
TRIED_ON = timedelta(days=14)
FEWEST_CUSTOMERS = 100
MOST_CUSTOMERS = 1_000
MOST_PRODUCTS = 5_000  # more would double the time of a training
K = 10


def weigh(lines: OrderLines, now: datetime, *, regularisation: float) -> float:
    """Which of WEIGHTS would have served those best who bought something new to them in the last two weeks; the first of equals.

    lines: net. UNTRIED for fewer than FEWEST_CUSTOMERS of them, or more than MOST_PRODUCTS products.
    """
    before, after = ranking.time_split(lines.ordered_at, int((interactions.as_utc(now) - TRIED_ON).timestamp()))
    past, product_ids = lines.take(before), np.unique(lines.product_id[before])
    if not len(past) or len(product_ids) > MOST_PRODUCTS:
        return UNTRIED
    histories = interactions.customer_matrix(past, now - TRIED_ON)
    customers, truths = _new_purchases(lines.take(after), histories)
    if len(customers) < FEWEST_CUSTOMERS:
        return UNTRIED
    weights, _ = similarity.item_weights(histories.matrix, regularisation=regularisation)
    bought = histories.matrix[customers]
    columns = np.searchsorted(product_ids, histories.product_ids)
    personal = standardised(np.asarray((bought @ weights).toarray(), dtype=np.float64))
    newest = standardised(popularity(past, product_ids, now - TRIED_ON).newcomers[None, columns])
    hidden = bought.nonzero()
    figures = [_ndcg(personal + weight * newest, hidden, truths) for weight in WEIGHTS]
    return WEIGHTS[int(np.argmax(figures))]


def _new_purchases(lines: OrderLines, histories: interactions.Interactions) -> tuple[Integers, list[set[int]]]:
    """(rows of customers, the columns they bought that they never had before), the same customers for any order of lines."""
    rows, columns = (
        np.searchsorted(known, asked) for known, asked in ((histories.row_ids, lines.customer), (histories.product_ids, lines.product_id))
    )
    is_known = np.isin(lines.customer, histories.row_ids) & np.isin(lines.product_id, histories.product_ids)
    found: dict[int, set[int]] = {}
    for row, column in zip(rows[is_known].tolist(), columns[is_known].tolist(), strict=True):
        found.setdefault(row, set()).add(column)
    for row, new in found.items():
        new -= set(histories.matrix.indices[histories.matrix.indptr[row] : histories.matrix.indptr[row + 1]].tolist())
    chosen = sorted(row for row, new in found.items() if new)[:MOST_CUSTOMERS]
    return np.array(chosen, dtype=np.int64), [found[row] for row in chosen]


def _ndcg(scores: interactions.Floats, hidden: tuple[Any, Any], truths: list[set[int]]) -> float:
    scores[hidden] = -np.inf
    best = np.argsort(-scores, axis=1, kind="stable")[:, :K]
    return ranking.ndcg_at_k(best.tolist(), truths, K).mean
