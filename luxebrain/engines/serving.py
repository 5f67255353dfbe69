"""What a web process asks for recommendations: neighbour tables in memory, numpy only, no pandas, scipy or scikit-learn.

The one thing to know: an answer is never empty while something is eligible (but for `recently_viewed`, which shows what it says). It
starts with what customers taught, and fills up in this order, every item naming the strategy it came from: collaborative → content →
popular → cold (catalogue order).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luxebrain.engines import packing

MINIMUM_SUPPORT = 2
SEEN_DECAY = 0.8
SEEN_LIMIT = 20
CART_LIMIT = 50
USUALLY_ENOUGH = 32

Eligible = Callable[[int], bool] | NDArray[np.bool_]


class Placement(StrEnum):
    """Where a widget stands. The last three and EMPTY_CART show what suits the shopper, each on its own page."""

    SIMILAR = "similar"
    BOUGHT_TOGETHER = "bought_together"
    CART = "cart"
    THANK_YOU = "thank_you"
    EMPTY_CART = "empty_cart"
    TRENDING = "trending"
    BEST_SELLERS = "best_sellers"
    RECENTLY_VIEWED = "recently_viewed"
    FOR_YOU = "for_you"
    NOT_FOUND = "not_found"
    NO_RESULTS = "no_results"


class Strategy(StrEnum):
    COLLABORATIVE = "collaborative"
    CONTENT = "content"
    POPULAR = "popular"
    COLD = "cold"
    SEEN = "seen"  # what the shopper looked at, nothing learned


TIERS = (Strategy.COLLABORATIVE, Strategy.CONTENT, Strategy.POPULAR, Strategy.COLD)  # of what is learned, the best first


@dataclass(frozen=True, slots=True)
class Scored:
    """A recommended product. Scores compare within one strategy only; `support`: orders that held the pair (0: not counted)."""

    product_id: int
    score: float
    strategy: Strategy
    support: int = 0


TABLE_OF = {
    Placement.SIMILAR: "similar",
    Placement.BOUGHT_TOGETHER: "baskets",
    Placement.CART: "baskets",
    Placement.THANK_YOU: "baskets",
    **dict.fromkeys((Placement.FOR_YOU, Placement.EMPTY_CART, Placement.NOT_FOUND, Placement.NO_RESULTS), "customers"),
}


@dataclass(frozen=True, slots=True)
class _Candidate:
    index: int
    score: float
    strategy: Strategy
    support: int = 0


@dataclass(frozen=True, slots=True)
class NeighbourModel:
    """A store's trained tables. `product_ids` int64 ascending; `parent_ids` aligned (at most one product per parent is shown);
    `catalogue` indices in the order to fall back on; tables and rankings by name (see packing)."""

    product_ids: NDArray[np.int64]
    parent_ids: NDArray[np.int64]
    catalogue: NDArray[np.int32]
    tables: dict[str, packing.NeighbourTable]
    rankings: dict[str, packing.Ranking]

    @classmethod
    def from_bytes(cls, data: bytes) -> "NeighbourModel":
        """Reads what `to_bytes` wrote; raises ValueError for anything else (nothing is unpickled)."""
        return cls(*packing.unpack(data))

    def to_bytes(self) -> bytes:
        return packing.pack(self.product_ids, self.parent_ids, self.catalogue, tables=self.tables, rankings=self.rankings)

    def recommend(
        self,
        placement: str,
        *,
        product_id: int | None = None,
        cart: Sequence[int] = (),
        seen: Sequence[int] = (),
        k: int = 8,
        eligible: Eligible | None = None,
    ) -> list[Scored]:
        """At most k products for a placement, best first; raises ValueError for an unknown placement.

        `product_id` is the page's product, `cart` what is in the cart, `seen` what the shopper looked at or bought, most recent first
        (the context of `for_you` and the pages without a subject; all that `recently_viewed` shows). `eligible` says what may be shown
        (published and in stock): booleans aligned with `product_ids`, or a function of a product id. The page's product and the cart are
        never shown, nor, where the answer starts from it, what was seen.
        """
        chosen = Placement(placement)
        hidden = {*cart, *(() if product_id is None else (product_id,)), *(seen if TABLE_OF.get(chosen) == "customers" else ())}
        context, weights = self._context(chosen, product_id, cart, seen)
        return self._first(self._candidates(chosen, context, weights), k, hidden=hidden, eligible=eligible)

    def find_index(self, product_id: int) -> int | None:
        """The position of a product in the tables, None for one that was not there at training."""
        index = int(np.searchsorted(self.product_ids, product_id))
        return index if index < len(self.product_ids) and self.product_ids[index] == product_id else None

    def _context(
        self, placement: Placement, product_id: int | None, cart: Sequence[int], seen: Sequence[int]
    ) -> tuple[list[int], list[float]]:
        """The products that the answer starts from, as indices, and how much each counts."""
        match placement:
            case Placement.SIMILAR | Placement.BOUGHT_TOGETHER:
                ids: Sequence[int] = () if product_id is None else (product_id,)
            case Placement.CART | Placement.THANK_YOU:
                ids = list(dict.fromkeys(cart))[-CART_LIMIT:]
            case Placement.TRENDING | Placement.BEST_SELLERS:
                ids = ()
            case _:
                ids = list(dict.fromkeys(seen))[:SEEN_LIMIT]
        decay = SEEN_DECAY if TABLE_OF.get(placement) == "customers" else 1.0
        places = self._find_indices(ids)
        known = [(index, decay**position) for position, index in enumerate(places) if index >= 0]
        return [index for index, _ in known], [weight for _, weight in known]

    def _find_indices(self, ids: Sequence[int]) -> list[int]:
        """-1 for one that was not there at training."""
        asked = np.array([id if 0 <= id < 2**63 else -1 for id in ids], dtype=np.int64)
        found = np.minimum(np.searchsorted(self.product_ids, asked), max(len(self.product_ids) - 1, 0))
        return np.where(self.product_ids[found] == asked, found, -1).tolist() if len(self.product_ids) else [-1] * len(ids)

    def _candidates(self, placement: Placement, context: list[int], weights: list[float]) -> Iterator[_Candidate]:
        """Everything that could be shown, best first; lazily, for the first k usually suffice."""
        if placement is Placement.RECENTLY_VIEWED:
            yield from (_Candidate(index, 0.0, Strategy.SEEN) for index in context)
            return
        if context:
            table = self.tables[TABLE_OF[placement]]
            strategy = Strategy.COLLABORATIVE if table.learned[context].any() else Strategy.CONTENT
            needed = MINIMUM_SUPPORT if placement is Placement.BOUGHT_TOGETHER and strategy is Strategy.COLLABORATIVE else 0
            yield from _neighbours(table, context, weights, strategy=strategy, minimum_support=needed)
            yield from _neighbours(self.tables["content"], context, weights, strategy=Strategy.CONTENT)
        own = placement.value if placement.value in self.rankings else "popular"
        for name in dict.fromkeys((own, "popular")):
            ranking = self.rankings[name]
            for index, score in zip(ranking.indices, ranking.scores, strict=True):
                yield _Candidate(int(index), float(score), Strategy.POPULAR)
        for index in self.catalogue:
            yield _Candidate(int(index), 0.0, Strategy.COLD)

    def _first(self, candidates: Iterator[_Candidate], k: int, *, hidden: set[int], eligible: Eligible | None) -> list[Scored]:
        shown: list[Scored] = []
        parents: set[int] = set()
        looked_at: set[int] = set()
        if k <= 0:
            return shown
        for candidate in candidates:
            if candidate.index in looked_at:
                continue
            looked_at.add(candidate.index)
            product_id, parent_id = int(self.product_ids[candidate.index]), int(self.parent_ids[candidate.index])
            if product_id in hidden or parent_id in hidden or parent_id in parents or not _allows(eligible, candidate.index, product_id):
                continue
            parents.add(parent_id)
            shown.append(Scored(product_id, candidate.score, candidate.strategy, candidate.support))
            if len(shown) == k:
                break
        return shown


def _neighbours(
    table: packing.NeighbourTable, context: list[int], weights: list[float], *, strategy: Strategy, minimum_support: int = 0
) -> Iterator[_Candidate]:
    """The neighbours of all context products, scores and supports added up, best first, ties by index."""
    starts, ends = table.indptr[context].tolist(), table.indptr[np.add(context, 1)].tolist()
    rows = [slice(start, end) for start, end in zip(starts, ends, strict=True)]
    indices = np.concatenate([table.indices[row] for row in rows])
    scores = np.concatenate([table.scores[row] * weight for row, weight in zip(rows, weights, strict=True)])
    support = np.concatenate([table.support[row] for row in rows])
    if minimum_support:
        enough = support >= minimum_support
        indices, scores, support = indices[enough], scores[enough], support[enough]
    if len(context) > 1:
        indices, position = np.unique(indices, return_inverse=True)
        scores = np.bincount(position, weights=scores, minlength=len(indices))
        support = np.bincount(position, weights=support, minlength=len(indices))
    for at in _best_first(indices, scores):
        yield _Candidate(int(indices[at]), float(scores[at]), strategy, int(support[at]))


def _best_first(indices: NDArray[Any], scores: NDArray[Any]) -> Iterator[int]:
    """Positions: those that an answer usually needs are sorted apart from the rest."""
    if len(scores) <= USUALLY_ENOUGH:
        yield from np.lexsort((indices, -scores)).tolist()
        return
    least = np.partition(scores, -USUALLY_ENOUGH)[-USUALLY_ENOUGH]
    for some in (np.flatnonzero(scores >= least), np.flatnonzero(scores < least)):
        yield from some[np.lexsort((indices[some], -scores[some]))].tolist()


def _allows(eligible: Eligible | None, index: int, product_id: int) -> bool:
    if eligible is None:
        return True
    return bool(eligible[index]) if isinstance(eligible, np.ndarray) else eligible(product_id)
