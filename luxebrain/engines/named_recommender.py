"""The recommender for callers whose ids are text: ids become numbers on the way in and text again on the way out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from luxebrain.engines.interactions import Integers
from luxebrain.engines.recommender import Recommender
from luxebrain.engines.serving import Placement, Strategy

ORDER_COLUMNS = ("customer_id", "product_id", "order_id", "ordered_at", "quantity")
UNKNOWN = -1
NOBODY_S = -1  # the number of a product that the model does not know


@dataclass(frozen=True, slots=True, eq=False)
class NamedRecommender:
    """`product_ids` (n_products,) sorted; a product's number is its place there."""

    product_ids: NDArray[np.str_]
    recommender: Recommender

    @property
    def tier(self) -> Strategy:
        """The best that this model can do for anybody."""
        return self.recommender.tier

    def for_customers(
        self, customer_ids: Sequence[int], k: int, include_bought: bool = False, candidates: Collection[str] | None = None
    ) -> list[list[str]]:
        """For each customer the k best products, best first: never bought before, unless `include_bought`. `candidates`: only these."""
        among = None if candidates is None else self._numbers(candidates)
        return self._names(self.recommender.for_customers(customer_ids, k, include_bought=include_bought, candidates=among))

    def complete(self, baskets: Sequence[Sequence[str]], k: int, customer_ids: Sequence[int] | None = None) -> list[list[str]]:
        """For each basket the k products that complete it, best first, none of the basket's; a customer of -1 is unknown."""
        return self._names(self.recommender.complete([self._numbers(basket) for basket in baskets], k, customer_ids))

    def similar(self, product_ids: Sequence[str], k: int) -> list[list[str]]:
        """For each product those most like it, by who buys them and by words."""
        return self._around(Placement.SIMILAR, product_ids, k)

    def bought_together(self, product_ids: Sequence[str], k: int) -> list[list[str]]:
        """For each product those that stand beside it in baskets."""
        return self._around(Placement.BOUGHT_TOGETHER, product_ids, k)

    def popular(self, k: int) -> list[str]:
        return self._names([[item.product_id for item in self.recommender.neighbours.recommend(Placement.FOR_YOU, k=k)]])[0]

    def _around(self, placement: Placement, product_ids: Sequence[str], k: int) -> list[list[str]]:
        recommend, numbers = self.recommender.neighbours.recommend, self._numbers(product_ids)
        return self._names([[item.product_id for item in recommend(placement, product_id=number, k=k)] for number in numbers])

    def _numbers(self, names: Iterable[str]) -> list[int]:
        numbers: list[int] = numbers_of(np.array([str(name) for name in names], dtype=np.str_), self.product_ids).tolist()
        return numbers

    def _names(self, answers: list[list[int]]) -> list[list[str]]:
        return [[str(self.product_ids[number]) for number in answer] for answer in answers]


def numbers_of(names: NDArray[np.str_], product_ids: NDArray[np.str_]) -> Integers:
    """The place of each name among the sorted product_ids, NOBODY_S for one that is not there."""
    if not len(product_ids):
        return np.full(len(names), NOBODY_S)
    at = np.minimum(np.searchsorted(product_ids, names), len(product_ids) - 1)
    return np.where(product_ids[at] == names, at, NOBODY_S)


def read_orders(orders: pd.DataFrame, as_of: datetime | None) -> tuple[pd.DataFrame, datetime]:
    """(lines as `interactions.order_lines` takes them, but with ids that are text; until when). Rows with a gap, or later, are left out."""
    if missing := sorted(set(ORDER_COLUMNS) - set(orders.columns)):
        raise ValueError(f"Orders need the columns {', '.join(ORDER_COLUMNS)}; there is no {', '.join(missing)}.")
    kept = orders.loc[:, list(ORDER_COLUMNS)].dropna(subset=["product_id", "order_id", "ordered_at", "quantity"])
    at = pd.to_datetime(kept["ordered_at"], utc=True)
    now = pd.Timestamp(as_of or datetime.now(UTC))
    now = now.tz_localize(UTC) if now.tz is None else now.tz_convert(UTC)
    if as_of is None and (at <= now).any():
        now = at[at <= now].max()
    customer = pd.to_numeric(kept["customer_id"], errors="coerce")
    table = pd.DataFrame(
        {
            "order_id": np.unique(kept["order_id"].astype(str).to_numpy(dtype=np.str_), return_inverse=True)[1],
            "customer": customer.mask(customer == UNKNOWN),
            "product_id": kept["product_id"].astype(str).to_numpy(dtype=np.str_),
            "quantity": pd.to_numeric(kept["quantity"], errors="coerce").to_numpy(),
            "ordered_at": at,
        },
        index=kept.index,
    )
    return table[table["ordered_at"] <= now], now.to_pydatetime()


def read_catalogue(products: pd.DataFrame | None, lines: pd.DataFrame) -> tuple[NDArray[np.str_], pd.DataFrame]:
    """(product ids, sorted; the catalogue with a product's place there as its id, in the order of `products`)."""
    if products is None:
        products = pd.DataFrame({"product_id": np.unique(lines["product_id"].to_numpy(dtype=np.str_))})
    if "product_id" not in products:
        raise ValueError("Products need the column product_id.")
    listed = products.dropna(subset=["product_id"])
    names = listed["product_id"].astype(str).to_numpy(dtype=np.str_)
    product_ids = np.unique(names)
    labels = [_labels(*row) for row in zip(*(_column(listed, name) for name in ("product_type", "vendor", "tags")), strict=True)]
    titles = _column(listed, "title")
    return product_ids, pd.DataFrame({"product_id": np.searchsorted(product_ids, names), "title": titles, "categories": labels})


def _column(table: pd.DataFrame, name: str) -> list[Any]:
    return table[name].tolist() if name in table else [""] * len(table)


def _labels(product_type: Any, vendor: Any, tags: Any) -> list[str]:
    """Each one term; a type, a vendor and a tag of one name are three."""
    listed = tags.split(",") if isinstance(tags, str) else tags if isinstance(tags, list | tuple | np.ndarray) else ()
    kinds = (("type", (product_type,)), ("vendor", (vendor,)), ("tag", listed))
    return [f"{kind} {value.strip()}" for kind, values in kinds for value in values if isinstance(value, str) and value.strip()]
