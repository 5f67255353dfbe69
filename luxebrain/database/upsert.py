"""Newer wins, whatever arrives when. A page of rows goes in one statement; many by COPY into a temporary table and the same statement.

Every synced table has `modified_at` (the platform's) and `deleted_at` (a tombstone). A row is applied where it is not older than what
is there; a row that is known to be current (`is_current`: just read from the platform) also revives a tombstone, a late delivery does
not. A time from the future counts as now: it would be the newest for as long, and nothing newer would be applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Executable, Result, Select, Table, column, select, table, text
from sqlalchemy.dialects.postgresql import Insert, insert

from luxebrain.clock import is_ahead, utcnow
from luxebrain.database.session import Base, session, table_of
from luxebrain.database.tenancy import current_store_id

MANY = 1_000  # rows from which on a temporary table is worth its making
Row = dict[str, Any]
Write = Callable[[Insert], Executable]


def upsert_newer(model: type[Base], rows: Sequence[Row], *, is_current: bool = False) -> set[int]:
    """Returns the ids that were applied. All rows have the same keys; of two with one id the newest counts, then the last."""
    if not rows:
        return set()
    target = table_of(model)
    newest_last = sorted(_dated(rows), key=lambda row: row["modified_at"])
    write = _upsert(target, tuple(rows[0]), is_current)
    return set(execute_rows(write, target, list({row["id"]: row for row in newest_last}.values())).scalars())


def execute_rows(write: Write, target: Table, rows: Sequence[Row]) -> Result[Any]:
    """What `write` makes of an insert into `target`, for these rows: beside the statement as parameters, or, where they are MANY, by COPY.

    All rows have the same keys. `write` must be the same object each time: a statement for a page is built and compiled once.
    """
    if len(rows) < MANY:
        return session.execute(_for_parameters(write, target), rows)
    current_store_id()  # COPY goes past SQLAlchemy, which would name this error
    columns = list(rows[0])
    session.execute(text(f"create temporary table incoming (like {target.name} including defaults) on commit drop"))
    _copy(rows, target, columns)
    scoped = ["store_id", *columns]
    incoming: Select[*tuple[Any, ...]] = select(*(column(name) for name in scoped)).select_from(table("incoming"))
    result = session.execute(write(insert(target).from_select(scoped, incoming)))
    session.execute(text("drop table incoming"))
    return result


def as_they_are(statement: Insert) -> Executable:
    """Plain rows that cannot be there yet."""
    return statement


@cache
def _for_parameters(write: Write, target: Table) -> Executable:
    return write(insert(target))


@cache
def _upsert(target: Table, columns: tuple[str, ...], is_current: bool) -> Write:
    """Once for each shape of row: a delivery brings one row."""

    def write(statement: Insert) -> Executable:
        changes = {name: statement.excluded[name] for name in columns if name not in ("store_id", "id")}
        is_newer = statement.excluded.modified_at >= target.c.modified_at
        if not is_current:
            is_newer &= target.c.deleted_at.is_(None) | (statement.excluded.modified_at > target.c.deleted_at)
        newer_wins = statement.on_conflict_do_update(index_elements=["store_id", "id"], set_=changes | {"deleted_at": None}, where=is_newer)
        return newer_wins.returning(target.c.id)

    return write


def _copy(rows: Iterable[Row], target: Table, columns: list[str]) -> None:
    connection = session.connection()
    names = ", ".join(f'"{name}"' for name in columns)
    dialect = connection.dialect
    as_sent = {name: convert for name in columns if (convert := target.c[name].type.dialect_impl(dialect).bind_processor(dialect))}
    values = itemgetter(*columns)
    with connection.connection.cursor().copy(f"copy incoming ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row(values(row | {name: convert(row[name]) for name, convert in as_sent.items()} if as_sent else row))


def row_of(record: Any) -> Row:
    """The fields of a record by name, as they are: dataclasses.asdict copies each value, which takes longer than to store it."""
    return {name: getattr(record, name) for name in record.__slots__}


def _dated(rows: Iterable[Row]) -> Iterator[Row]:
    now = utcnow()
    for row in rows:
        yield row | {"modified_at": now} if is_ahead(row["modified_at"], now) else row
