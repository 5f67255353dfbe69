"""What a web process keeps of a store to serve its widgets from memory, and how it hears that something changed.

The one thing to know: `mark_changed` raises the store's version right before the commit (so the row is locked for a moment only) and rings
a doorbell right after it. The version is the truth; a lost ring costs half a second, not a wrong answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from redis import RedisError
from redis.client import PubSub
from sqlalchemy import event, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from luxebrain.database.session import db, session
from luxebrain.database.tenancy import current_store_id
from luxebrain.engines.packing import NeighbourTable, Ranking
from luxebrain.engines.serving import TABLE_OF, NeighbourModel, Placement
from luxebrain.integrations.platform import ProductStatus
from luxebrain.models.catalog import Product, Variant
from luxebrain.models.recommendations import RecommendationModel
from luxebrain.models.stores import PlacementSetting, PublicKey, SnapshotVersion, Store
from luxebrain.money import Money
from luxebrain.queue import connection
from luxebrain.services.placements import PLACEMENTS

MOST_VARIANTS = 30


def mark_changed() -> None:
    """Something that the acting store's widgets show has changed; web processes hear of it once this transaction is committed."""
    session().info["changed_store"] = current_store_id()


@event.listens_for(db.session.session_factory, "before_commit")
def _raise_version(current: Session) -> None:
    store_id: int | None = current.info.get("changed_store")
    if store_id is None or current.get_nested_transaction() is not None:
        return
    statement = insert(SnapshotVersion).values(store_id=store_id, version=1)
    current.execute(statement.on_conflict_do_update(index_elements=["store_id"], set_={"version": SnapshotVersion.version + 1}))


@event.listens_for(db.session.session_factory, "after_commit")
def _ring_doorbell(current: Session) -> None:
    if current.get_nested_transaction() is not None or (store_id := current.info.pop("changed_store", None)) is None:
        return
    try:
        connection().publish(_channel(), store_id)
    except RedisError:
        return  # web processes compare versions anyway


@event.listens_for(db.session.session_factory, "after_rollback")
def _forget(current: Session) -> None:
    current.info.pop("changed_store", None)


def open_doorbell() -> PubSub:
    """A subscription to every store's changes. Raises RedisError, now or when it is read."""
    doorbell: PubSub = connection().pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    doorbell.subscribe(_channel())  # type: ignore[no-untyped-call]
    return doorbell


def _channel() -> str:
    """One per database number: two installations on one server do not hear each other, though pub/sub knows no numbers."""
    return f"luxebrain:changed:{connection().connection_pool.connection_kwargs.get('db', 0)}"


@dataclass(frozen=True, slots=True)
class StoreVersion:
    store_id: int
    version: int


def list_versions() -> dict[str, StoreVersion]:
    """By public key, for every store: what a process compares with what it holds. Needs no acting store."""
    statement = select(PublicKey.key, PublicKey.store_id, SnapshotVersion.version)
    rows = session.execute(statement.join(SnapshotVersion, SnapshotVersion.store_id == PublicKey.store_id))
    return {key: StoreVersion(store_id, version) for key, store_id, version in rows}


@dataclass(frozen=True, slots=True)
class Card:
    """What a widget shows of a product; amounts as plain text. `variant_id`: what "add to cart" adds, the first that is in stock.
    `variants`: (id, title) of those in stock, where there is a choice."""

    product_id: int
    variant_id: int
    title: str
    url: str
    image: str
    price: str
    compare_at_price: str | None
    currency: str
    variants: tuple[tuple[int, str], ...] = ()

    def as_json(self) -> bytes:
        shown = asdict(self)
        shown["variants"] = [{"id": id, "title": title} for id, title in self.variants]
        if not self.variants:
            del shown["variants"]
        return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class PlacementRule:
    is_on: bool
    title: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One store's widgets at one version. `cards`: JSON by product id, of what may be shown only (on sale, in stock, with a price and an
    address); `eligible` is that again, aligned with the model's products. `model_id` 0: nothing was trained yet. `answers`: those already
    given from exactly this (see services.recommendations); all else never changes."""

    store_id: int
    version: int
    cards: dict[int, bytes]
    model_id: int
    model: NeighbourModel
    eligible: NDArray[np.bool_]
    placements: dict[Placement, PlacementRule]
    answers: dict[Any, Any] = field(default_factory=dict, compare=False)

    @property
    def size_bytes(self) -> int:
        tables = sum(table.indices.nbytes + table.scores.nbytes + table.support.nbytes for table in self.model.tables.values())
        return tables + self.model.product_ids.nbytes * 4 + sum(len(card) + 120 for card in self.cards.values())


def read_snapshot(previous: Snapshot | None = None) -> Snapshot:
    """The acting store as it is now. `previous` saves reading a model again that is still the newest.

    The version is read first: what is read after it can only be newer, and then the next comparison reads again.
    """
    store_id = current_store_id()
    version = session.scalar(select(SnapshotVersion.version).where(SnapshotVersion.store_id == store_id)) or 0
    cards = {card.product_id: card.as_json() for card in _read_cards(session.get_one(Store, store_id).currency)}
    model_id, model = _read_model(cards, previous)
    eligible = np.isin(model.product_ids, np.fromiter(cards, dtype=np.int64, count=len(cards)))
    return Snapshot(store_id, version, cards, model_id, model, eligible, read_placements())


def read_placements() -> dict[Placement, PlacementRule]:
    """What the acting store's merchant decided; a placement without a row is on, under its default title."""
    chosen = {row.placement: PlacementRule(row.is_on, row.title) for row in session.scalars(select(PlacementSetting))}
    return {placement: chosen.get(placement, PlacementRule(True, facts.title)) for placement, facts in PLACEMENTS.items()}


def _read_cards(currency: str) -> Iterable[Card]:
    texts = (Product.title, Product.url, Product.image_url, Variant.image_url)
    in_stock = (
        select(Product.id, Variant.id, Variant.title, *texts, Variant.price, Variant.compare_at_price)
        .join(Variant, (Variant.store_id == Product.store_id) & (Variant.product_id == Product.id))
        .where(Product.status == ProductStatus.ACTIVE, Product.deleted_at.is_(None), Product.url.regexp_match("^https?://"))
        .where(Variant.is_in_stock, Variant.deleted_at.is_(None), Variant.price.is_not(None))
        .order_by(Product.id, Variant.id)
    )
    for _, rows in groupby(session.execute(in_stock), key=itemgetter(0)):
        product_id, variant_id, variant_title, title, url, image, own_image, price, compare_at = next(rows)
        assert price is not None  # the statement says so
        others = [(id, name) for _, id, name, *_ in islice(rows, MOST_VARIANTS - 1)]
        shown_image = next((address for address in (image, own_image) if address.startswith(("https://", "http://"))), "")
        before = Money(compare_at, currency).plain() if compare_at is not None and compare_at > price else None
        choice = ((variant_id, variant_title), *others) if others else ()
        yield Card(product_id, variant_id, title, url, shown_image, Money(price, currency).plain(), before, currency, choice)


def _read_model(cards: dict[int, bytes], previous: Snapshot | None) -> tuple[int, NeighbourModel]:
    newest = select(RecommendationModel.id).order_by(RecommendationModel.trained_at.desc(), RecommendationModel.id.desc()).limit(1)
    model_id = session.scalar(newest)
    if model_id is None:
        return 0, untrained_model(cards)
    if previous is not None and previous.model_id == model_id:
        return model_id, previous.model
    tables = session.scalars(select(RecommendationModel.tables).where(RecommendationModel.id == model_id)).one()
    return model_id, NeighbourModel.from_bytes(tables)


def untrained_model(product_ids: Iterable[int]) -> NeighbourModel:
    """Knows no neighbours: it answers with the catalogue, newest products first."""
    ids = np.array(sorted(product_ids), dtype=np.int64)
    n = len(ids)
    nothing = np.zeros(0, dtype=np.int32)
    table = NeighbourTable(np.zeros(n + 1, dtype=np.int64), nothing, nothing.astype(np.float32), nothing, np.zeros(n, dtype=np.bool_))
    names = {*TABLE_OF.values(), "content"}
    return NeighbourModel(ids, ids, np.arange(n, dtype=np.int32)[::-1], dict.fromkeys(names, table), {"popular": _no_ranking()})


def _no_ranking() -> Ranking:
    return Ranking(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))
