"""Learns a store's recommendations from its order lines and catalogue; `serving` gives them out.

The one thing to know: `bought_together` and `cart` are learned on baskets, `for_you` on customers, `similar` on customers and words. Every
product of the catalogue gets rows, from its own orders or through the products whose words are nearest; with no orders at
all the tables hold words only, and the answers say so (`tier`). Method and figures: docs/engines/recommendations.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from luxebrain.engines import content, interactions, packing, sessions, similarity
from luxebrain.engines.interactions import Floats, Integers, Interactions, OrderLines
from luxebrain.engines.popularity import Popularity, popularity
from luxebrain.engines.serving import NeighbourModel, Placement, Strategy

BASKET_REGULARISATION = 20.0
CUSTOMER_REGULARISATION = 50.0
CONTENT_SHARE = 0.5
FIRST_PURCHASE_WEIGHT = 0.6
CUSTOMER_BLOCK = 1_000
HIDDEN = -np.inf


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a model was learned from. `products_per_tier` counts catalogue products by where their answers come from."""

    products: int
    orders: int
    customers: int
    lines: int
    recent_days: float
    method: str
    products_per_tier: dict[str, int]


@dataclass(frozen=True, slots=True)
class Recommender:
    """A trained model: `neighbours` is what widgets serve from, the rest answers for customers in batches (e-mail, evaluation)."""

    neighbours: NeighbourModel
    histories: Interactions
    newcomers: Floats
    report: TrainingReport

    @property
    def tier(self) -> Strategy:
        """The best that this model can do for anybody."""
        tiers = self.report.products_per_tier
        return next((tier for tier in Strategy if tiers.get(tier)), Strategy.COLD)

    def complete(self, baskets: Sequence[Sequence[int]], k: int) -> list[list[int]]:
        """For each basket the k products that complete it, best first, exactly as the cart placement serves them."""
        return [[item.product_id for item in self.neighbours.recommend(Placement.CART, cart=basket, k=k)] for basket in baskets]

    def for_customers(self, customer_ids: Sequence[int], k: int) -> list[list[int]]:
        """For each customer the k best products that they never bought; for one without orders, what newcomers buy now."""
        blocks = [customer_ids[start : start + CUSTOMER_BLOCK] for start in range(0, len(customer_ids), CUSTOMER_BLOCK)]
        return [answer for block in blocks for answer in self._for_block(block, k)]

    def _for_block(self, customer_ids: Sequence[int], k: int) -> list[list[int]]:
        bought = self._histories(customer_ids)
        scores = _standardised(np.asarray((bought @ _as_matrix(self.neighbours.tables["customers"])).toarray(), dtype=np.float64))
        scores += FIRST_PURCHASE_WEIGHT * _standardised(np.log1p(self.newcomers)[None, :])
        scores[bought.nonzero()] = HIDDEN
        best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return [
            [int(self.neighbours.product_ids[index]) for index in row if scores[position, index] > HIDDEN]
            for position, row in enumerate(best)
        ]

    def _histories(self, customer_ids: Sequence[int]) -> Any:
        """One row for each asked customer, empty for one we do not know."""
        rows = np.searchsorted(self.histories.row_ids, customer_ids)
        asked = [
            (position, row)
            for position, (row, customer) in enumerate(zip(rows, customer_ids, strict=True))
            if row < len(self.histories.row_ids) and self.histories.row_ids[row] == customer
        ]
        shape = (len(customer_ids), self.histories.matrix.shape[0])
        positions, known = [position for position, _ in asked], [row for _, row in asked]
        return csr_array(csr_array((np.ones(len(asked), dtype=np.float32), (positions, known)), shape=shape) @ self.histories.matrix)


def fit_sessions(clicks: pd.DataFrame) -> sessions.SessionModel:
    """clicks: DataFrame[session_id (int), product_id (str), at (int seconds or datetime64)]: what a visitor looks at next (`sessions`)."""
    return sessions.fit(clicks)


def train(
    lines: pd.DataFrame | Mapping[str, Any],
    products: pd.DataFrame | None,
    *,
    now: datetime,
    ease_limit: int = similarity.EASE_LIMIT,
) -> Recommender:
    """Learn from order lines (columns in `interactions.order_lines`) and the catalogue as of `now`; deterministic.

    `products`: columns product_id (int, unique), title, optional categories and parent_id, in the order to fall back on; only these are
    recommended. None: whatever was sold. Both may be empty: then the answers are empty or the catalogue in its order.
    """
    kept = interactions.net_returns(interactions.order_lines(lines, now=now))
    catalogue = _catalogue(products, kept)
    kept = kept.take(np.isin(kept.product_id, catalogue["product_id"]))
    product_ids = np.sort(catalogue["product_id"].to_numpy(np.int64))
    by_id = catalogue.sort_values("product_id")
    baskets = _spread(interactions.basket_matrix(kept, now), product_ids)
    customers = _spread(interactions.customer_matrix(kept, now), product_ids)
    sales = popularity(kept, product_ids, now)
    tables = _tables(baskets.matrix, customers.matrix, content.content_neighbours(by_id), ease_limit)
    model = NeighbourModel(
        product_ids,
        by_id["parent_id"].to_numpy(np.int64),
        np.searchsorted(product_ids, catalogue["product_id"]).astype(np.int32),
        tables,
        _rankings(sales),
    )
    report = TrainingReport(
        products=len(product_ids),
        orders=len(baskets.row_ids),
        customers=len(customers.row_ids),
        lines=len(kept),
        recent_days=sales.recent_days,
        method="EASE" if len(np.unique(kept.product_id)) <= ease_limit else "cosine",
        products_per_tier=_tiers(tables, sales),
    )
    return Recommender(model, customers, sales.first_purchases, report)


def _catalogue(products: pd.DataFrame | None, lines: OrderLines) -> pd.DataFrame:
    """Columns product_id, title, categories, parent_id; each product once, in catalogue order."""
    if products is None:
        sold = np.unique(lines.product_id)
        return pd.DataFrame({"product_id": sold, "title": "", "categories": "", "parent_id": sold})
    table = products.drop_duplicates("product_id").reset_index(drop=True)
    parents = table["parent_id"] if "parent_id" in table else table["product_id"]
    return table.assign(categories=table.get("categories", ""), parent_id=parents.fillna(table["product_id"]))


def _spread(cells: Interactions, product_ids: Integers) -> Interactions:
    """The same cells with a column for every product of the catalogue."""
    matrix = cells.matrix.tocoo()
    columns = np.searchsorted(product_ids, cells.product_ids)[matrix.col]
    shape = (len(cells.row_ids), len(product_ids))
    return Interactions(csr_array((matrix.data, (matrix.row, columns)), shape=shape), cells.row_ids, product_ids)


def _tables(baskets: Any, customers: Any, words: Any, ease_limit: int) -> dict[str, packing.NeighbourTable]:
    together = _learned(baskets, BASKET_REGULARISATION, ease_limit)
    personal = _learned(customers, CUSTOMER_REGULARISATION, ease_limit)
    alike = _on_sold(customers, similarity.block_cosine)
    blend = similarity.strongest((1 - CONTENT_SHARE) * alike + CONTENT_SHARE * words)
    return {
        "baskets": _completed(together, words, similarity.co_occurrences(baskets, together)),
        "customers": _completed(personal, words, np.zeros(personal.nnz, dtype=np.int32)),
        "similar": _packed(blend, np.diff(alike.indptr) > 0, np.zeros(blend.nnz, dtype=np.int32)),
        "content": _packed(words, np.zeros(words.shape[0], dtype=bool), np.zeros(words.nnz, dtype=np.int32)),
    }


def _learned(cells: Any, regularisation: float, ease_limit: int) -> Any:
    return _on_sold(cells, lambda sold: similarity.item_weights(sold, regularisation=regularisation, ease_limit=ease_limit))


def _on_sold(cells: Any, learn: Any) -> Any:
    """Learn on the columns that hold anything, and put the weights back in their places."""
    sold = np.flatnonzero(np.bincount(cells.indices, minlength=cells.shape[1]))
    if not len(sold):
        return csr_array((cells.shape[1], cells.shape[1]), dtype=np.float32)
    weights = learn(csr_array(cells.tocsc()[:, sold])).tocoo()
    table = csr_array((weights.data, (sold[weights.row], sold[weights.col])), shape=(cells.shape[1], cells.shape[1]))
    table.sort_indices()
    return table


def _completed(table: Any, words: Any, support: Any) -> packing.NeighbourTable:
    """Rows of products without neighbours of their own are filled through the products nearest in words."""
    learned = np.diff(table.indptr) > 0
    both = csr_array(table + content.through_neighbours(words, table))
    both.sort_indices()
    counts = np.zeros(both.nnz, dtype=np.int32)
    counts[np.repeat(learned, np.diff(both.indptr))] = support
    return _packed(both, learned, counts)


def _packed(table: Any, learned: Any, support: Any) -> packing.NeighbourTable:
    indptr, indices = table.indptr.astype(np.int64), table.indices.astype(np.int32)
    return packing.NeighbourTable(indptr, indices, table.data.astype(np.float32), support, np.asarray(learned, dtype=bool))


def _rankings(sales: Popularity) -> dict[str, packing.Ranking]:
    return {name: _ranking(getattr(sales, name)) for name in packing.RANKINGS}


def _ranking(scores: Floats) -> packing.Ranking:
    best = np.argsort(-scores, kind="stable")
    best = best[scores[best] > 0]
    return packing.Ranking(best.astype(np.int32), scores[best].astype(np.float32))


def _tiers(tables: dict[str, packing.NeighbourTable], sales: Popularity) -> dict[str, int]:
    """Each product counted once, at the best tier that a similar-products widget on its page reaches."""
    learned = tables["similar"].learned | tables["baskets"].learned
    has_words = (np.diff(tables["content"].indptr) > 0) & ~learned
    rest = int(len(learned) - learned.sum() - has_words.sum())
    fallback = Strategy.POPULAR if (sales.popular > 0).any() else Strategy.COLD
    counts = {Strategy.COLLABORATIVE: int(learned.sum()), Strategy.CONTENT: int(has_words.sum()), fallback: rest}
    return {tier.value: counts.get(tier, 0) for tier in Strategy}


def _as_matrix(table: packing.NeighbourTable) -> Any:
    n = len(table.indptr) - 1
    return csr_array((table.scores, table.indices, table.indptr), shape=(n, n))


def _standardised(rows: Floats) -> Floats:
    """Rows as z-scores, so that parts on different scales can be added; a constant row becomes zeros."""
    if rows.shape[1] == 0:
        return rows
    centred = rows - rows.mean(axis=1, keepdims=True)
    spread = rows.std(axis=1, keepdims=True)
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0), dtype=np.float64)
