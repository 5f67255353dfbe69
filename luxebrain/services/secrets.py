"""Sealed values and the key they hang on: what is sealed is found by its name, so a new `sealed_` column is rotated without being listed.

One batch is one transaction. A value is replaced only where it is still the one that was read, so that this runs while the product does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Column, MetaData, Table, null, select, tuple_, update

from luxebrain.crypto import vault
from luxebrain.database.session import Base, session
from luxebrain.database.tenancy import UNPROTECTED

BATCH = 500


class Seal(StrEnum):
    CURRENT = "current"  # hangs on the first key
    OLD = "old"  # hangs on another one
    RESEALED = "resealed"  # hung on another one until now
    UNREADABLE = "unreadable"  # none of the keys opens it


@dataclass(frozen=True, slots=True)
class Place:
    """A column of sealed values. `is_per_store`: its rows are seen by acting for their store."""

    table: Table
    column: Column[Any]

    @property
    def is_per_store(self) -> bool:
        return "store_id" in self.table.columns and self.table.name not in UNPROTECTED

    def __str__(self) -> str:
        return f"{self.table.name}.{self.column.name}"


Key = tuple[Any, ...]


@dataclass(slots=True)
class Batch:
    """`unreadable`: where, never what. `last`: the key of the last row, None where nothing is left."""

    seals: Counter[Seal] = field(default_factory=Counter)
    unreadable: list[dict[str, Any]] = field(default_factory=list)
    last: Key | None = None


def sealed_places(metadata: MetaData = Base.metadata) -> Iterator[Place]:
    for table in metadata.sorted_tables:
        yield from (Place(table, column) for column in table.columns if column.name.startswith("sealed_"))


def check_batch(place: Place, after: Key | None) -> Batch:
    """Which key the next values hang on."""
    return _walk(place, after, lambda _key, sealed: _seal_of(sealed))


def reseal_batch(place: Place, after: Key | None) -> Batch:
    """The next values, each sealed with the first key where another one sealed it."""
    return _walk(place, after, partial(_reseal, place))


def _walk(place: Place, after: Key | None, judge: Callable[[Key, bytes], Seal | None]) -> Batch:
    batch = Batch()
    rows = _read(place, after)
    for store_id, sealed, *key in rows:
        seal = judge(tuple(key), sealed)
        batch.seals.update([seal] if seal else [])
        if seal is Seal.UNREADABLE:
            batch.unreadable.append({"store_id": store_id, "column": str(place)})
    batch.last = rows[-1][2:] if len(rows) == BATCH else None
    return batch


def _read(place: Place, after: Key | None) -> list[tuple[Any, ...]]:
    """(store id if any, sealed value, the parts of its key)."""
    key = place.table.primary_key.columns
    query = select(place.table.columns.get("store_id", null()), place.column, *key).order_by(*key).limit(BATCH)
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    return [tuple(row) for row in session.execute(query.where(place.column.is_not(None)))]


def _seal_of(sealed: bytes) -> Seal:
    if vault().is_current(sealed):
        return Seal.CURRENT
    try:
        vault().open(sealed)
    except ValueError:
        return Seal.UNREADABLE
    return Seal.OLD


def _reseal(place: Place, key: Key, sealed: bytes) -> Seal | None:
    """None where the row is gone meanwhile."""
    seal = _seal_of(sealed)
    if seal is not Seal.OLD:
        return seal
    row = [column == value for column, value in zip(place.table.primary_key.columns, key, strict=True)]
    unchanged = update(place.table).where(*row, place.column == sealed).values({place.column: vault().rotate(sealed)})
    if session.execute(unchanged.returning(place.column)).first() is not None:
        return Seal.RESEALED
    newer = session.scalar(select(place.column).where(*row))  # somebody was faster: what they wrote is looked at in its turn
    return None if newer is None else _reseal(place, key, newer)
