"""Answers of a trained model for many customers or baskets at once: e-mails, evaluation. Widgets are served by `serving`.

Every answer is one blend of declared parts (BLENDS), each brought to z-scores over the catalogue first, so that parts on different scales
can be added. What was chosen on which months, and what it reaches: docs/engines/recommendations.md.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from luxebrain.engines.interactions import Floats, Integers, Interactions
from luxebrain.engines.serving import TIERS, NeighbourModel, Placement, Strategy

# `customers`: what EASE on customers says of what somebody bought · `own`: how often they bought it themselves · `popular`: how often it
# was sold in the last two weeks · `baskets`, `alike`: what EASE on baskets, and on customers, says of what is in the basket. Beside them
# stand, for products never bought before, the first purchases of the last week, by a weight that the store's own last two weeks decide.
BLENDS: dict[str, dict[str, float]] = {
    "new": {"customers": 1.0},
    "repeats": {"own": 1.0, "popular": 0.6, "customers": 0.1},
    "basket": {"baskets": 1.0, "own": 0.6, "alike": 0.3, "customers": 0.2},
}
CELLS = 4_000_000  # scores at a time: 32 MB for each part, a thousand customers over 4,000 products
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


@dataclass(frozen=True, slots=True, eq=False)
class Recommender:
    """A trained model. `neighbours` is what widgets serve from; the rest answers in batches. Columns are the catalogue's products.

    histories: customers × products, recency and damped quantity. purchases: the same shape, orders that held it. completing: products ×
    products, what one says of another in a basket. unsold: places of products that nobody known bought; nearest: unsold × products, cosines
    of the nearest in words. newcomers, popular: (products,). season: the weight of newcomers.
    """

    neighbours: NeighbourModel
    histories: Interactions
    purchases: Any
    completing: Any
    unsold: Integers
    nearest: Any
    newcomers: Floats
    popular: Floats
    season: float
    report: TrainingReport

    @property
    def tier(self) -> Strategy:
        """The best that this model can do for anybody."""
        tiers = self.report.products_per_tier
        return next((tier for tier in TIERS if tiers.get(tier)), Strategy.COLD)

    def serve_carts(self, baskets: Sequence[Sequence[int]], k: int) -> list[list[int]]:
        """For each basket the k products that the cart placement shows, best first: it knows no customer."""
        return [[item.product_id for item in self.neighbours.recommend(Placement.CART, cart=basket, k=k)] for basket in baskets]

    def complete(self, baskets: Sequence[Sequence[int]], k: int, customer_ids: Sequence[int] | None = None) -> list[list[int]]:
        """For each basket the k products that complete it, best first, none of it among them; customers where they are known, -1 else."""
        people = [-1] * len(baskets) if customer_ids is None else customer_ids
        if len(people) != len(baskets):
            raise ValueError(f"{len(people)} customers for {len(baskets)} baskets.")
        blocks = self._in_blocks(baskets, people)
        return [answer for some, owners in blocks for answer in self._complete(some, owners, k)]

    def for_customers(
        self, customer_ids: Sequence[int], k: int, *, include_bought: bool = False, candidates: Collection[int] | None = None
    ) -> list[list[int]]:
        """For each customer the k best products, best first: ones never bought before, or with `include_bought` any.

        `candidates`: only these. A customer without orders gets what newcomers buy now.
        """
        among = None if candidates is None else np.isin(self.neighbours.product_ids, list(candidates))
        blocks = self._in_blocks(customer_ids)
        return [answer for (people,) in blocks for answer in self._for_customers(people, k, include_bought, among)]

    def _in_blocks(self, *asked: Sequence[Any]) -> Iterator[tuple[Sequence[Any], ...]]:
        size = max(1, CELLS // max(len(self.neighbours.product_ids), 1))
        return (tuple(each[start : start + size] for each in asked) for start in range(0, len(asked[0]), size))

    def _complete(self, baskets: Sequence[Sequence[int]], customer_ids: Sequence[int], k: int) -> list[list[int]]:
        given, (history, own) = self._as_rows(baskets), self._of(customer_ids)
        parts = {"baskets": given @ self.completing, "alike": given @ self._table("customers"), "customers": history, "own": own}
        scores = _blend("basket", parts)
        scores[given.nonzero()] = HIDDEN
        return self._best(scores, k)

    def _for_customers(self, customer_ids: Sequence[int], k: int, include_bought: bool, among: Any) -> list[list[int]]:
        history, own = self._of(customer_ids)
        if include_bought:
            scores = _blend("repeats", {"own": own, "customers": history, "popular": np.log1p(self.popular)[None, :]})
        else:
            scores = _blend("new", {"customers": history}) + self.season * standardised(self.newcomers[None, :])
            scores[own.nonzero()] = HIDDEN
        if among is not None:
            scores[:, ~among] = HIDDEN
        return self._best(scores, k)

    def _of(self, customer_ids: Sequence[int]) -> tuple[Floats, Floats]:
        """(what customers alike say, how often they bought it themselves), one row each; zeros for somebody we do not know."""
        at = np.searchsorted(self.histories.row_ids, customer_ids)
        row = np.minimum(at, max(len(self.histories.row_ids) - 1, 0))
        is_known = self.histories.row_ids[row] == customer_ids if len(self.histories.row_ids) else np.zeros(len(row), dtype=bool)
        chosen = csr_array(
            (np.ones(int(is_known.sum()), dtype=np.float32), (np.flatnonzero(is_known), row[is_known])), shape=self._shape(at)
        )
        history = chosen @ self.histories.matrix
        own = np.log1p(np.asarray((chosen @ self.purchases).toarray(), dtype=np.float64))
        return self._with_unsold(history, np.asarray((history @ self._table("customers")).toarray(), dtype=np.float64)), own

    def _with_unsold(self, history: Any, scores: Floats) -> Floats:
        """A product that nobody bought is worth what those nearest to it in words are, bought ones included."""
        if self.nearest.nnz:
            held = np.asarray(history.toarray(), dtype=np.float64) + scores
            scores[:, self.unsold] = (self.nearest @ held.T).T / (1.0 + np.asarray(self.nearest.sum(axis=1)).ravel())
        return scores

    def _shape(self, asked: Integers) -> tuple[int, int]:
        return len(asked), len(self.histories.row_ids)

    def _as_rows(self, baskets: Sequence[Sequence[int]]) -> Any:
        """Baskets × products, each product of a basket once; those that we do not know count for nothing."""
        found = [(row, self.neighbours.find_index(product)) for row, basket in enumerate(baskets) for product in set(basket)]
        known = [(row, column) for row, column in found if column is not None]
        rows, columns = ([each[side] for each in known] for side in (0, 1))
        shape = (len(baskets), len(self.neighbours.product_ids))
        return csr_array((np.ones(len(known), dtype=np.float32), (rows, columns)), shape=shape)

    def _table(self, name: str) -> Any:
        table = self.neighbours.tables[name]
        n = len(table.indptr) - 1
        return csr_array((table.scores, table.indices, table.indptr), shape=(n, n))

    def _best(self, scores: Floats, k: int) -> list[list[int]]:
        """Equal ones in the order of the catalogue."""
        catalogue = self.neighbours.catalogue
        ordered = scores[:, catalogue]
        best = np.argsort(-ordered, axis=1, kind="stable")[:, : max(k, 0)]
        ids = self.neighbours.product_ids[catalogue]
        return [[int(ids[at]) for at in row if ordered[position, at] > HIDDEN] for position, row in enumerate(best)]


def standardised(rows: Floats) -> Floats:
    """Rows as z-scores; a constant row becomes zeros."""
    if rows.shape[1] == 0:
        return rows
    centred = rows - rows.mean(axis=1, keepdims=True)
    spread = rows.std(axis=1, keepdims=True)
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0), dtype=np.float64)


def _blend(name: str, parts: dict[str, Any]) -> Floats:
    weighed = (weight * standardised(_dense(parts[part])) for part, weight in BLENDS[name].items())
    return np.asarray(sum(weighed), dtype=np.float64)


def _dense(part: Any) -> Floats:
    return np.asarray(part if isinstance(part, np.ndarray) else part.toarray(), dtype=np.float64)
