"""What a delivered record is beside the row that is kept: newer, known, gone, or tied with another change of the same second.

A platform's clock counts whole seconds. Of two states with one time none is known to be the newer: the store is asked. A deletion of
what was never seen leaves a tombstone, so that its late creation does not bring it to life.
"""

from __future__ import annotations

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
    if model is None or not isinstance(record, ProductRecord | CustomerRecord | OrderRecord):
        return Arrival.NEWER  # collections say no time
    if is_ahead(record.modified_at, now):
        return Arrival.TIED
    row = session.get(model, (current_store_id(), record.id), populate_existing=True)
    if row is None:
        return Arrival.GONE if _is_buried(entity, record.id, record.modified_at) else Arrival.NEWER
    if row.deleted_at is not None and record.modified_at <= row.deleted_at:
        return Arrival.GONE
    if record.modified_at == row.modified_at:
        return Arrival.KNOWN if _is_same(record, row) else Arrival.TIED
    return Arrival.NEWER if record.modified_at > row.modified_at else Arrival.KNOWN


def bury(entity: Entity, id: int, *, now: datetime) -> None:
    """Remembers that the platform has this no longer, although no row says so."""
    session.execute(insert(Tombstone).values(entity=entity, id=id, deleted_at=now).on_conflict_do_nothing())


def _is_buried(entity: Entity, id: int, modified_at: datetime) -> bool:
    stone = select(Tombstone.deleted_at).where(Tombstone.entity == entity, Tombstone.id == id, Tombstone.deleted_at >= modified_at)
    return session.scalar(stone) is not None


def _is_same(record: Any, row: Any) -> bool:
    """In all that is kept of it."""
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name in _PARTS:
            if not _has_same_parts(record.id, value, *_PARTS[field.name]):
                return False
        elif hasattr(row, field.name) and _plain(getattr(row, field.name)) != _plain(value):
            return False
    return True


def _has_same_parts(id: int, parts: tuple[Any, ...], model: type[Any], parent: str) -> bool:
    kept = {
        row.id: row for row in session.scalars(select(model).where(getattr(model, parent) == id)) if not getattr(row, "deleted_at", None)
    }
    return kept.keys() == {part.id for part in parts} and all(_is_same(part, kept[part.id]) for part in parts)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
