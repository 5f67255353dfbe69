"""Learns a store's recommendations: read orders and catalogue, learn and measure, keep the model and tell the widgets.

The measure is taken on the store's own latest orders, which the measured model has not seen; the model that is kept is then learned from
all orders. A model that would clearly be worse than the one in use does not take over.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import delete, select

from luxebrain.database.session import session
from luxebrain.engines import ranking, recommendations
from luxebrain.engines.recommender import Recommender
from luxebrain.engines.serving import NeighbourModel, Placement
from luxebrain.integrations.platform import OrderStatus, ProductStatus
from luxebrain.models.catalog import Collection, Product
from luxebrain.models.orders import Order, OrderLine
from luxebrain.models.recommendations import RecommendationModel
from luxebrain.services import snapshots
from luxebrain.services.learners import Learner, NotLearned

log = logging.getLogger(__name__)
COLUMNS = ("order_id", "customer", "product_id", "quantity", "ordered_at")
KEPT_STATUSES = (OrderStatus.PAID, OrderStatus.FULFILLED)
HELD_OUT_SHARE = 0.15
FEWEST_CASES = 30
MOST_CASES = 1000
K = 10
KEPT_MODELS = 3
ModelInUse = tuple[datetime, bytes]
OLDEST_IN_USE = timedelta(days=14)  # from then on a new model takes over whatever the comparison says
KEPT = (
    "What your orders teach now would have suggested clearly worse what was bought lately than your widgets did. They go on as before."
    " Look whether orders or products are missing here: the page Store compares them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases:
    """`lines`: rows of COLUMNS. `products`: (id, title, collection titles), newest first. `in_use`: (when it was trained, its tables)."""

    lines: Sequence[tuple[int, int | None, int, int, datetime]]
    products: Sequence[tuple[int, str, tuple[str, ...]]]
    in_use: ModelInUse | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One product of each of the latest baskets was hidden; how often did the first K suggestions hold it? `baseline` is the naive list of
    what is popular, without what is in the basket. Figures by `name@K`, each with its standard error as `name@K_se`."""

    cutoff: str
    cases: int
    k: int
    model: dict[str, float]
    baseline: dict[str, float]
    difference: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a model was learned from and how good it is; `measured` None: `not_measured` says why."""

    orders: int
    products: int
    customers: int
    lines: int
    recent_days: float
    method: str
    tier: str
    products_per_tier: dict[str, int]
    measured: Measured | None
    not_measured: str


@dataclass(frozen=True, slots=True)
class Learned:
    tables: bytes
    card: Card


def read(now: datetime) -> Purchases:
    return Purchases(lines=_read_lines(), products=_read_products(), in_use=_read_model(now), now=now)


def learn(purchases: Purchases) -> Learned:
    """Outside any transaction: it takes seconds for thousands of products. Raises NotLearned."""
    if not purchases.products:
        raise NotLearned("There are no products on sale to learn about. Read the store again, then train.")
    lines = pd.DataFrame(list(purchases.lines), columns=list(COLUMNS))
    products = pd.DataFrame(list(purchases.products), columns=["product_id", "title", "categories"])
    try:
        measured, reason = _measure(lines, products)
        promotion = _beside_model_in_use(lines, products, purchases.in_use)
        recommender = recommendations.train(lines, products, now=purchases.now)
    except (ValueError, ArithmeticError, MemoryError) as error:  # numpy's LinAlgError is a ValueError
        raise NotLearned(f"The orders could not be learned from ({error}). Your widgets go on as before.") from error
    if promotion is not None and not promotion.is_promoted:
        log.warning("model not promoted", extra={"reason": promotion.reason})
        raise NotLearned(KEPT)
    card = Card(**asdict(recommender.report), tier=recommender.tier.value, measured=measured, not_measured=reason)
    return Learned(recommender.neighbours.to_bytes(), card)


def keep(learned: Learned, now: datetime) -> dict[str, Any]:
    session.add(RecommendationModel(trained_at=now, tables=learned.tables))
    session.flush()
    _drop_old_models()
    snapshots.mark_changed()
    return asdict(learned.card)


def _read_lines() -> list[tuple[int, int | None, int, int, datetime]]:
    """A guest is known by the contact behind the order, negative so that it never meets a customer's number; -1 is nobody."""
    columns = select(Order.id, Order.customer_id, Order.contact_id, OrderLine.product_id, OrderLine.quantity, Order.created_at)
    statement = columns.join(OrderLine, (OrderLine.store_id == Order.store_id) & (OrderLine.order_id == Order.id))
    kept = statement.where(Order.status.in_(KEPT_STATUSES), Order.deleted_at.is_(None), OrderLine.product_id.is_not(None))
    rows = session.execute(kept.order_by(Order.created_at, Order.id, OrderLine.id))
    return [(order, _person(customer, contact), product or 0, units, at) for order, customer, contact, product, units, at in rows]


def _person(customer_id: int | None, contact_id: int | None) -> int | None:
    if customer_id is not None:
        return customer_id
    return -contact_id if contact_id is not None and contact_id > 1 else None


def _read_products() -> list[tuple[int, str, tuple[str, ...]]]:
    collections = session.execute(select(Collection.id, Collection.title).where(Collection.deleted_at.is_(None)))
    titles = {collection_id: collection_title for collection_id, collection_title in collections}  # noqa: C416 - dict() loses the types
    on_sale = select(Product.id, Product.title, Product.collection_ids).where(Product.deleted_at.is_(None))
    rows = session.execute(on_sale.where(Product.status == ProductStatus.ACTIVE).order_by(Product.created_at.desc(), Product.id.desc()))
    return [(id, title, tuple(titles[place] for place in places if place in titles)) for id, title, places in rows]


def _measure(lines: pd.DataFrame, products: pd.DataFrame) -> tuple[Measured | None, str]:
    """Hides one product of every basket after the cutoff, learns from what was before, and asks for it back."""
    orders = lines.drop_duplicates("order_id").sort_values("ordered_at", kind="stable")
    if len(orders) < FEWEST_CASES:
        return None, f"{len(orders)} orders are too few to measure by; from about {int(FEWEST_CASES / HELD_OUT_SHARE)} on it is possible."
    cutoff = orders["ordered_at"].iloc[int(len(orders) * (1 - HELD_OUT_SHARE))]
    contexts, hidden = _baskets(lines[(lines["ordered_at"] >= cutoff) & lines["product_id"].isin(products["product_id"])])
    if len(contexts) < FEWEST_CASES:
        return None, f"Only {len(contexts)} of the latest orders held two products or more; {FEWEST_CASES} are needed to measure."
    before = recommendations.train(lines[lines["ordered_at"] < cutoff], products, now=cutoff)
    truths = [[product_id] for product_id in hidden]
    figures = ranking.compare(before.serve_carts(contexts, K), _most_popular(before, contexts), truths, k=K, catalogue_size=len(products))
    return Measured(cutoff=cutoff.isoformat(), cases=len(contexts), k=K, **figures), ""


def _read_model(now: datetime) -> ModelInUse | None:
    columns = select(RecommendationModel.trained_at, RecommendationModel.tables).where(RecommendationModel.trained_at > now - OLDEST_IN_USE)
    row = session.execute(columns.order_by(RecommendationModel.trained_at.desc(), RecommendationModel.id.desc()).limit(1)).first()
    return (row.trained_at, row.tables) if row else None


def _beside_model_in_use(lines: pd.DataFrame, products: pd.DataFrame, in_use: ModelInUse | None) -> ranking.Promotion | None:
    """What would be learned now, had it been when the model in use was, beside that: by the baskets since. None: too few to tell."""
    if in_use is None:
        return None
    trained_at, tables = in_use
    contexts, hidden = _baskets(lines[(lines["ordered_at"] >= trained_at) & lines["product_id"].isin(products["product_id"])])
    if len(contexts) < FEWEST_CASES:
        return None
    try:
        model = NeighbourModel.from_bytes(tables)
    except ValueError:  # of another release
        return None
    again = recommendations.train(lines[lines["ordered_at"] < trained_at], products, now=trained_at)
    served = [[item.product_id for item in model.recommend(Placement.CART, cart=basket, k=K)] for basket in contexts]
    return ranking.decide_promotion(again.serve_carts(contexts, K), served, [[product] for product in hidden], k=K)


def _most_popular(recommender: Recommender, contexts: list[list[int]]) -> list[list[int]]:
    model = recommender.neighbours
    longest = max(len(basket) for basket in contexts)
    popular: list[int] = model.product_ids[model.rankings["popular"].indices[: K + longest]].tolist()
    return [[product_id for product_id in popular if product_id not in basket][:K] for basket in contexts]


def _baskets(lines: pd.DataFrame) -> tuple[list[list[int]], list[int]]:
    """(what is in the basket, what is hidden of it), the latest baskets last; which one is hidden hangs on the order's number alone."""
    contexts, hidden = [], []
    for order_id, products in list(lines.groupby("order_id", sort=False)["product_id"])[-MOST_CASES:]:
        basket: list[int] = np.unique(products).tolist()
        if len(basket) >= 2:
            hidden.append(basket.pop(_spread(order_id) % len(basket)))
            contexts.append(basket)
    return contexts, hidden


def _spread(order_id: Any) -> int:
    """Spreads neighbouring numbers (Knuth's multiplicative hash), the same in every process."""
    return int(order_id) * 2654435761 % 2**32 >> 8


def _drop_old_models() -> None:
    newest = select(RecommendationModel.id).order_by(RecommendationModel.trained_at.desc(), RecommendationModel.id.desc())
    old = newest.offset(KEPT_MODELS).scalar_subquery()
    session.execute(delete(RecommendationModel).where(RecommendationModel.id.in_(old)))


LEARNER = Learner(read=read, learn=learn, keep=keep)
