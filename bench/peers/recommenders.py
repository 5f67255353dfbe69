"""Recommenders of the `implicit` library, asked as ours are (engines.named_recommender)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, bm25_weight
from scipy.sparse import csr_matrix

NEIGHBOURS, FACTORS, ROUNDS = 100, 64, 15


def bm25() -> Any:
    return BM25Recommender(K=NEIGHBOURS, num_threads=2)


def als() -> Any:
    return AlternatingLeastSquares(factors=FACTORS, iterations=ROUNDS, random_state=0, num_threads=2)


class Peer:
    """`model` learned from customers × products, each cell the number of orders; a basket is asked as a customer who bought it."""

    def __init__(self, model: Any, orders: pd.DataFrame, *, is_weighted: bool) -> None:
        rows, self.product_ids = _codes(orders["product_id"])
        known = orders["customer_id"].to_numpy() >= 0
        customers, self._customers = _codes(orders.loc[known, "customer_id"])
        pairs = pd.DataFrame({"customer": customers, "product": rows[known], "order": orders.loc[known, "order_id"].to_numpy()})
        counts = pairs.drop_duplicates().groupby(["customer", "product"]).size().reset_index(name="orders")
        shape = (len(self._customers), len(self.product_ids))
        self._cells = csr_matrix((counts["orders"].astype(np.float32), (counts["customer"], counts["product"])), shape=shape)
        self._model, self._place = model, {product: row for row, product in enumerate(self.product_ids)}
        self._popular = np.argsort(-np.bincount(rows, minlength=shape[1]), kind="stable")
        self._model.fit(bm25_weight(self._cells, K1=100, B=0.8).tocsr() if is_weighted else self._cells, show_progress=False)

    def for_customers(self, customer_ids: Sequence[int], k: int, *, include_bought: bool = False) -> list[list[Any]]:
        row = {customer: at for at, customer in enumerate(self._customers)}
        asked = [row.get(customer) for customer in customer_ids]
        rows = [self._cells[at] if at is not None else self._basket([]) for at in asked]
        return [self._recommend(at or 0, cells, k, without_own=not include_bought) for at, cells in zip(asked, rows, strict=True)]

    def complete(self, baskets: Sequence[Sequence[Any]], k: int, _customer_ids: Sequence[int] | None = None) -> list[list[Any]]:
        return [self._recommend(0, self._basket(basket), k, without_own=True) for basket in baskets]

    def popular(self, k: int) -> list[Any]:
        return [self.product_ids[row] for row in self._popular[:k]]

    def _basket(self, basket: Sequence[Any]) -> csr_matrix:
        columns = sorted({self._place[product] for product in basket if product in self._place})
        cells = np.ones(len(columns), dtype=np.float32)
        return csr_matrix((cells, (np.zeros(len(columns), dtype=int), columns)), shape=(1, len(self.product_ids)))

    def _recommend(self, row: int, cells: csr_matrix, k: int, *, without_own: bool) -> list[Any]:
        own = set(cells.indices) if without_own else set()
        found: list[int] = []
        if cells.nnz:
            ids, scores = self._model.recommend(row, cells, N=k, filter_already_liked_items=without_own, recalculate_user=True)
            found = [int(id) for id, score in zip(ids, scores, strict=True) if id >= 0 and score > 0]
        rest = (int(id) for id in self._popular if id not in own and id not in set(found))
        return [self.product_ids[id] for id in (found + [next(rest) for _ in range(k - len(found))])[:k]]


def _codes(column: pd.Series[Any]) -> tuple[Any, list[Any]]:
    codes, values = pd.factorize(column, sort=True)
    return codes, list(values)
