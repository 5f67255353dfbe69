"""What a visitor looks at next, from the visits most like this one: STAN (Garg, Gupta, Malhotra, Vig, Shroff, SIGIR 2019).

Nearest visits, not parameters: a visit is like another where they share products, those looked at last above all; recent visits count more;
and in a visit that is alike, what stands close to the shared product counts most. Learning is only sorting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DAY_S = 86_400.0
LAST_CLICKS = 1.02  # clicks of this visit: how fast those before the last lose weight
RECENT_DAYS = 5.0  # how fast visits lose weight
CLOSE_CLICKS = 2.05  # clicks of a visit that is alike: how fast those further from the shared product lose weight
NEIGHBOURS = 500
SAMPLE = 5_000  # visits of one product that are compared, the latest


@dataclass(frozen=True, slots=True, eq=False)
class SessionModel:
    """`product_ids` (n_products,) sorted. Visits by their last click, the latest first: `starts` (n_visits + 1,) into `products` and
    `places`, of each visit every product once at the place of its last click. `by_product` (n_products + 1,) into `visits`, the latest
    first, and `shared_places`. `ages_days` (n_visits,) before the latest. `ranks` (n_products,): 0 for the most looked at."""

    product_ids: NDArray[np.str_]
    starts: Integers
    products: Integers
    places: Integers
    by_product: Integers
    visits: Integers
    shared_places: Integers
    ages_days: Floats
    ranks: Integers

    def next(self, prefixes: Sequence[Sequence[str]], k: int) -> list[list[str]]:
        """For each visit so far, oldest click first, the k products most likely to be looked at next, best first.

        What was looked at before may be looked at again and is among them. Products nobody looked at count for nothing; where that is
        all there is, and where likely ones run out, the most looked at follow.
        """
        orders = (np.lexsort((self.ranks, -self._scores(self._weigh(prefix)))) for prefix in prefixes)
        return [[str(self.product_ids[each]) for each in order[: max(k, 0)]] for order in orders]

    def _weigh(self, prefix: Sequence[str]) -> list[tuple[int, float]]:
        """(product, weight) of each known product of a visit by its last click, the latest last."""
        places = {product: place for place, product in enumerate(prefix)}
        known = [(place, index) for product, place in places.items() if (index := self._find(product)) is not None]
        return [(index, float(np.exp((place + 1 - len(prefix)) / LAST_CLICKS))) for place, index in sorted(known)]

    def _find(self, product_id: str) -> int | None:
        index = int(np.searchsorted(self.product_ids, product_id))
        return index if index < len(self.product_ids) and self.product_ids[index] == product_id else None

    def _scores(self, weighed: Sequence[tuple[int, float]]) -> Floats:
        """(n_products,) of likelihoods beside one another; 0 for what no visit like this one holds."""
        if not weighed:
            return np.zeros(len(self.product_ids))
        slices = [slice(self.by_product[index], min(self.by_product[index + 1], self.by_product[index] + SAMPLE)) for index, _ in weighed]
        visits, at = np.unique(np.concatenate([self.visits[each] for each in slices]), return_inverse=True)
        weights = np.repeat([weight for _, weight in weighed], [each.stop - each.start for each in slices])
        lengths = np.diff(self.starts)[visits]
        alike = np.bincount(at, weights, len(visits)) / np.sqrt(lengths) * np.exp(-self.ages_days[visits] / RECENT_DAYS)
        shared = np.zeros(len(visits), dtype=np.int64)
        shared[at] = np.concatenate([self.shared_places[each] for each in slices])  # of several the last stays: the latest looked at
        nearest = np.argsort(-alike, kind="stable")[:NEIGHBOURS]
        clicks = np.concatenate([np.arange(self.starts[visit], self.starts[visit + 1]) for visit in visits[nearest]])
        close = np.exp(-np.abs(self.places[clicks] - np.repeat(shared[nearest], lengths[nearest])) / CLOSE_CLICKS)
        likely = np.repeat(alike[nearest], lengths[nearest]) * close
        return np.bincount(self.products[clicks], likely, len(self.product_ids)).astype(np.float64)


def fit(clicks: pd.DataFrame) -> SessionModel:
    """clicks: DataFrame[session_id (int), product_id (str), at (int seconds or datetime64)], in any order.

    Rows with a gap count for nothing. Raises ValueError where a column is missing.
    """
    if missing := {"session_id", "product_id", "at"} - set(clicks.columns):
        raise ValueError(f"Clicks need the columns session_id, product_id and at; there is no {', '.join(sorted(missing))}.")
    clicks = clicks[["session_id", "product_id", "at"]].dropna()
    table = pd.DataFrame({"visit": clicks["session_id"], "product": clicks["product_id"].astype(str), "at": _seconds(clicks["at"])})
    table = table.sort_values(["at", "visit", "product"], kind="stable")
    table["place"] = table.groupby("visit").cumcount()
    product_ids, counts = np.unique(table["product"].to_numpy(dtype=np.str_), return_counts=True)
    ranks = np.argsort(np.argsort(-counts, kind="stable"))
    ended = table.groupby("visit")["at"].max().reset_index().sort_values(["at", "visit"], ascending=False)
    newest = {visit: row for row, visit in enumerate(ended["visit"])}
    once = table.drop_duplicates(["visit", "product"], keep="last")
    visit = once["visit"].map(newest).to_numpy(dtype=np.int64)
    product, place = np.searchsorted(product_ids, once["product"].to_numpy(dtype=np.str_)), once["place"].to_numpy(dtype=np.int64)
    rows, columns = np.lexsort((place, visit)), np.lexsort((visit, product))
    ends = ended["at"].to_numpy(dtype=np.float64)
    return SessionModel(
        product_ids=product_ids,
        starts=np.searchsorted(visit[rows], np.arange(len(ends) + 1)),
        products=product[rows],
        places=place[rows],
        by_product=np.searchsorted(product[columns], np.arange(len(product_ids) + 1)),
        visits=visit[columns],
        shared_places=place[columns],
        ages_days=(ends.max(initial=-np.inf) - ends) / DAY_S,
        ranks=ranks,
    )


def _seconds(at: "pd.Series[Any]") -> Floats:
    if not pd.api.types.is_numeric_dtype(at):
        at = (pd.to_datetime(at, utc=True) - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    return np.asarray(at, dtype=np.float64)
