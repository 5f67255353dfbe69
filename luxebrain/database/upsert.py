"""Newer wins, whatever arrives when. A page of rows in one statement; a first sync by COPY into a temporary table and one merge.

Every synced table has `modified_at` (the platform's) and `deleted_at` (a tombstone). A row is applied where it is not older than what
is there; a row that is known to be current (`is_current`: just read from the platform) also revives a tombstone, a late delivery does
not. A time from the future counts as now: it would be the newest for as long, and nothing newer would be applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, cast

from sqlalchemy import CursorResult, Table, column, select, table, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.dml import ReturningInsert

from luxebrain.clock import is_ahead, utcnow
from luxebrain.database.session import Base, session, table_of
from luxebrain.database.tenancy import current_store_id

Row = dict[str, Any]


def upsert_newer(model: type[Base], rows: Sequence[Row], *, is_current: bool = False) -> set[int]:
    """Returns the ids that were applied. All rows have the same keys; of two with one id the newest counts, then the last."""
    if not rows:
        return set()
    target = table_of(model)
    newest_last = sorted(_dated(rows), key=lambda row: row["modified_at"])
    statement = _upsert(target, tuple(rows[0]), is_current)
    # Rows beside the statement, not in it: so it is compiled once, not for every page.
    return set(session.scalars(statement, list({row["id"]: row for row in newest_last}.values())))


@cache
def _upsert(target: Table, columns: tuple[str, ...], is_current: bool) -> ReturningInsert[tuple[int]]:
    """Built once for each shape of row: a delivery brings one row."""
    return _newer_wins(insert(target), target, columns=columns, is_current=is_current).returning(target.c.id)


def copy_newer(model: type[Base], rows: Iterable[Row], *, is_current: bool = False) -> int:
    """For many rows at once: COPY, then merge. Ids must be distinct. Returns how many were applied."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return 0
    current_store_id()  # COPY goes past SQLAlchemy, which would name this error
    target, columns = table_of(model), list(first)
    session.execute(text(f"create temporary table incoming (like {target.name} including defaults) on commit drop"))
    _copy(chain([first], rows), target, columns)
    scoped = ["store_id", *columns]
    merge = insert(target).from_select(scoped, select(*(column(name) for name in scoped)).select_from(table("incoming")))
    merge = _newer_wins(merge, target, columns=columns, is_current=is_current).execution_options(preserve_rowcount=True)
    result = cast("CursorResult[Any]", session.execute(merge))
    session.execute(text("drop table incoming"))
    return result.rowcount


def _copy(rows: Iterable[Row], target: Table, columns: list[str]) -> None:
    connection = session.connection()
    names = ", ".join(f'"{name}"' for name in columns)
    as_sent = [target.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect) or _as_it_is for name in columns]
    with connection.connection.cursor().copy(f"copy incoming ({names}) from stdin") as copy:
        for row in _dated(rows):
            copy.write_row([convert(row[name]) for name, convert in zip(columns, as_sent, strict=True)])


def _dated(rows: Iterable[Row]) -> Iterator[Row]:
    now = utcnow()
    for row in rows:
        yield row | {"modified_at": now} if is_ahead(row["modified_at"], now) else row


def _as_it_is(value: object) -> object:
    return value


def _newer_wins(statement: Insert, target: Table, *, columns: Iterable[str], is_current: bool) -> Insert:
    changes = {name: statement.excluded[name] for name in columns if name not in ("store_id", "id")}
    is_newer = statement.excluded.modified_at >= target.c.modified_at
    if not is_current:
        is_newer &= target.c.deleted_at.is_(None) | (statement.excluded.modified_at > target.c.deleted_at)
    return statement.on_conflict_do_update(index_elements=["store_id", "id"], set_=changes | {"deleted_at": None}, where=is_newer)
