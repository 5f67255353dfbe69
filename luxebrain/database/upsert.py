"""Newer wins, whatever arrives when. A page of rows in one statement; a first sync by COPY into a temporary table and one merge.

Every synced table has `modified_at` (the platform's) and `deleted_at` (a tombstone). A row is applied where it is not older than what
is there; a row that is known to be current (`is_current`: just read from the platform) also revives a tombstone, a late delivery does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Table, column, select, table, text
from sqlalchemy.dialects.postgresql import Insert, insert

from luxebrain.database.session import Base, session

Row = dict[str, Any]


def upsert_newer(model: type[Base], rows: Sequence[Row], *, is_current: bool = False) -> set[int]:
    """Returns the ids that were applied. All rows have the same keys; of two with one id the last counts."""
    if not rows:
        return set()
    target = _table(model)
    statement = insert(target).values(list({row["id"]: row for row in rows}.values()))
    statement = _newer_wins(statement, target, columns=rows[0].keys(), is_current=is_current)
    return set(session.scalars(statement.returning(target.c.id)))


def copy_newer(model: type[Base], rows: Iterable[Row], *, is_current: bool = False) -> int:
    """For many rows at once: COPY, then merge. Ids must be distinct. Returns how many were applied."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return 0
    target, columns = _table(model), list(first)
    names = ", ".join(f'"{name}"' for name in columns)
    session.execute(text(f"create temporary table incoming (like {target.name} including defaults) on commit drop"))
    cursor = session.connection().connection.cursor()
    with cursor.copy(f"copy incoming ({names}) from stdin") as copy:
        copy.write_row(tuple(first[name] for name in columns))
        for row in rows:
            copy.write_row(tuple(row[name] for name in columns))
    scoped = ["store_id", *columns]
    merge = insert(target).from_select(scoped, select(*(column(name) for name in scoped)).select_from(table("incoming")))
    result = cast("CursorResult[Any]", session.execute(_newer_wins(merge, target, columns=columns, is_current=is_current)))
    session.execute(text("drop table incoming"))
    return result.rowcount


def _newer_wins(statement: Insert, target: Table, *, columns: Iterable[str], is_current: bool) -> Insert:
    changes = {name: statement.excluded[name] for name in columns if name not in ("store_id", "id")}
    is_newer = statement.excluded.modified_at >= target.c.modified_at
    if not is_current:
        is_newer &= target.c.deleted_at.is_(None) | (statement.excluded.modified_at > target.c.deleted_at)
    return statement.on_conflict_do_update(index_elements=["store_id", "id"], set_=changes | {"deleted_at": None}, where=is_newer)


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)
