"""Learns a store's recommendations from its order lines and catalogue; `serving` gives them out one by one, `recommender` in batches.

The one thing to know: `bought_together` and `cart` are learned on baskets, `for_you` on customers, `similar` on customers and words. Every
product of the catalogue gets rows, from its own orders or through the products whose words are nearest; with no orders at
all the tables hold words only, and the answers say so (`tier`). Method and figures: docs/engines/recommendations.md.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from luxebrain.engines import content, interactions, newest_purchases, packing, sessions, similarity
from luxebrain.engines.interactions import Floats, Integers, Interactions, OrderLines
from luxebrain.engines.named_recommender import NamedRecommender, numbers_of, read_catalogue, read_orders
from luxebrain.engines.popularity import Popularity, popularity
from luxebrain.engines.recommender import Recommender, TrainingReport
from luxebrain.engines.serving import TIERS, NeighbourModel, Strategy

BASKET_REGULARISATION = 20.0
CUSTOMER_REGULARISATION = 50.0
CONTENT_SHARE = 0.5


def fit(
    orders: pd.DataFrame,
    products: pd.DataFrame | None = None,
    as_of: datetime | None = None,
    seed: int = 0,  # noqa: ARG001 - as every engine takes one; nothing here is drawn by lot
) -> NamedRecommender:
    """`train` for ids that are text.

    orders: DataFrame[customer_id (int, -1 or missing: unknown), product_id (str), order_id (str), ordered_at (datetime64), quantity].
    products: DataFrame[product_id, title, product_type, vendor, tags], of which only product_id must be there; only these are
    recommended. None: whatever was sold. as_of: what was ordered later counts for nothing; None: the latest order.
    Raises ValueError where a column is missing.
    """
    table, now = read_orders(orders, as_of)
    product_ids, catalogue = read_catalogue(products, table)
    lines = table.assign(product_id=numbers_of(table["product_id"].to_numpy(dtype=np.str_), product_ids))
    return NamedRecommender(product_ids, train(lines[lines["product_id"] >= 0], catalogue, now=now))


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
    baskets, customers, purchases = (
        _spread(cells, product_ids)
        for cells in (interactions.basket_matrix(kept, now), interactions.customer_matrix(kept, now), interactions.purchase_counts(kept))
    )
    sales = popularity(kept, product_ids, now)
    words = content.content_neighbours(by_id)
    unsold = np.flatnonzero(np.bincount(customers.matrix.indices, minlength=len(product_ids)) == 0)
    tables, completing = _tables(baskets.matrix, customers.matrix, words, ease_limit)
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
    return Recommender(
        neighbours=model,
        histories=customers,
        purchases=purchases.matrix,
        completing=completing,
        unsold=unsold,
        nearest=content.nearest_of(words, unsold),
        newcomers=sales.newcomers,
        popular=sales.recent,
        season=newest_purchases.weigh(kept, now, regularisation=CUSTOMER_REGULARISATION),
        report=report,
    )


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


def _tables(baskets: Any, customers: Any, words: Any, ease_limit: int) -> tuple[dict[str, packing.NeighbourTable], Any]:
    """What is served from, and the wider weights of baskets."""
    together, completing = _learned(baskets, BASKET_REGULARISATION, ease_limit, wide=True)
    personal, _ = _learned(customers, CUSTOMER_REGULARISATION, ease_limit, wide=False)
    (alike,) = _on_sold(customers, lambda sold: (similarity.block_cosine(sold),))
    blend = similarity.strongest((1 - CONTENT_SHARE) * alike + CONTENT_SHARE * words)
    tables = {
        "baskets": _completed(together, words, similarity.co_occurrences(baskets, together)),
        "customers": _completed(personal, words, np.zeros(personal.nnz, dtype=np.int32)),
        "similar": _packed(blend, np.diff(alike.indptr) > 0, np.zeros(blend.nnz, dtype=np.int32)),
        "content": _packed(words, np.zeros(words.shape[0], dtype=bool), np.zeros(words.nnz, dtype=np.int32)),
    }
    return tables, completing


def _learned(cells: Any, regularisation: float, ease_limit: int, *, wide: bool) -> tuple[Any, ...]:
    return _on_sold(cells, lambda sold: similarity.item_weights(sold, regularisation=regularisation, ease_limit=ease_limit, wide=wide))


def _on_sold(cells: Any, learn: Any) -> tuple[Any, ...]:
    """Learn on the columns that hold anything, and put the weights back in their places."""
    sold = np.flatnonzero(np.bincount(cells.indices, minlength=cells.shape[1]))
    return tuple(_put_back(weights, sold, cells.shape[1]) for weights in learn(csr_array(cells.tocsc()[:, sold])))


def _put_back(weights: Any, sold: Integers, size: int) -> Any:
    cells = weights.tocoo()
    table = csr_array((cells.data, (sold[cells.row], sold[cells.col])), shape=(size, size))
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
    return {tier.value: counts.get(tier, 0) for tier in TIERS}
