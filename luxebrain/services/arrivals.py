"""What a delivered record is beside the row that is kept: newer, known, gone, or tied with another change of the same second.

A platform's clock counts whole seconds. Of two states with one time none is known to be the newer: the store is asked. A deletion of
what was never seen leaves a tombstone, so that its late creation does not bring it to life.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from luxebrain.clock import is_ahead
from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.integrations.platform import CustomerRecord, Entity, OrderRecord, ProductRecord, Record
from luxebrain.models.catalog import Product, Variant
from luxebrain.models.orders import Customer, Order, OrderLine, Refund
from luxebrain.models.work import Tombstone


class Arrival(StrEnum):
    NEWER = "newer"
    KNOWN = "known"  # the same, or older than what is kept
    GONE = "gone"
    TIED = "tied"  # the store has to be asked


Dated = ProductRecord | CustomerRecord | OrderRecord
_ROWS: dict[type[Any], type[Any]] = {ProductRecord: Product, CustomerRecord: Customer, OrderRecord: Order}
# field of a record → (its rows, the column that names the parent)
_PARTS: dict[str, tuple[type[Any], str]] = {
    "variants": (Variant, "product_id"),
    "lines": (OrderLine, "order_id"),
    "refunds": (Refund, "order_id"),
}


def compare(entity: Entity, record: Record, *, now: datetime) -> Arrival:
    """For records that a delivery carried: those just read from the platform are true whatever is kept. Where its clock runs ahead, its
    times say nothing about what came before what."""
    model = _ROWS.get(type(record))
    if model is None or not isinstance(record, Dated):
        return Arrival.NEWER  # collections say no time
    if is_ahead(record.modified_at, now):
        return Arrival.TIED
    row = session.get(model, (current_store_id(), record.id), populate_existing=True)
    if row is None:
        return Arrival.GONE if _is_buried(entity, record.id, record.modified_at) else Arrival.NEWER
    if row.deleted_at is not None and record.modified_at <= row.deleted_at:
        return Arrival.GONE
    if record.modified_at == row.modified_at:
        return Arrival.KNOWN if find_same([record], now=now) else Arrival.TIED
    return Arrival.NEWER if record.modified_at > row.modified_at else Arrival.KNOWN


def bury(entity: Entity, ids: Sequence[int], *, now: datetime) -> None:
    """Remembers that the platform has these no longer, although no row says so."""
    stones = [{"entity": entity, "id": id, "deleted_at": now} for id in ids]
    session.execute(insert(Tombstone).values(stones).on_conflict_do_nothing())


def find_same(records: Sequence[Dated], *, now: datetime) -> set[int]:
    """Ids of those (of one kind) that are kept just as they are, parts and all. A time from the future is not compared."""
    if not records:
        return set()
    ids, model = [record.id for record in records], _ROWS[type(records[0])]
    kept = select(model).where(model.id.in_(ids), model.deleted_at.is_(None)).execution_options(populate_existing=True)
    rows = {row.id: row for row in session.scalars(kept)}
    parts = {field.name: _parts_of(ids, *_PARTS[field.name]) for field in fields(records[0]) if field.name in _PARTS}
    return {record.id for record in records if record.id in rows and _is_same(record, rows[record.id], parts, now)}


def _is_buried(entity: Entity, id: int, modified_at: datetime) -> bool:
    stone = select(Tombstone.deleted_at).where(Tombstone.entity == entity, Tombstone.id == id, Tombstone.deleted_at >= modified_at)
    return session.scalar(stone) is not None


def _parts_of(ids: Sequence[int], model: type[Any], parent: str) -> dict[int, dict[int, Any]]:
    """Live parts by the parent's id and their own."""
    found: dict[int, dict[int, Any]] = {}
    for row in session.scalars(select(model).where(getattr(model, parent).in_(ids)).execution_options(populate_existing=True)):
        if not getattr(row, "deleted_at", None):
            found.setdefault(getattr(row, parent), {})[row.id] = row
    return found


def _is_same(record: Any, row: Any, parts: Mapping[str, dict[int, dict[int, Any]]], now: datetime) -> bool:
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name == "modified_at" and is_ahead(value, now):
            continue
        if field.name in ("product_id", "variant_id") and value is None and getattr(row, "linked_by", None):
            continue  # the store has forgotten the product of this line, and we have found it
        if field.name in parts:
            kept = parts[field.name].get(record.id, {})
            if kept.keys() != {part.id for part in value} or not all(_is_same(part, kept[part.id], {}, now) for part in value):
                return False
        elif hasattr(row, field.name) and _plain(getattr(row, field.name)) != _plain(value):
            return False
    return True


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
