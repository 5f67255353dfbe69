"""What a database holds, column by column, and how its rows are protected: taken before and after, compared by plain code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

Column = tuple[str, str]
PLANTED_IDS = 10**9  # what comes in meanwhile has an id of ours, which is larger
OTHER_IDS = ("user_account", "widget_event")  # accounts are numbered by the database, events by the browser
_COLUMNS = """select table_name, array_agg(column_name::text order by ordinal_position) from information_schema.columns
    where table_schema = 'public' and table_name <> 'alembic_version' group by table_name"""
_KEYS = """select c.relname, array_agg(a.attname::text order by a.attnum) from pg_index i join pg_class c on c.oid = i.indrelid
    join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
    where i.indisprimary and c.relnamespace = 'public'::regnamespace group by c.relname"""
_PROTECTION = """select relname, relrowsecurity, relforcerowsecurity,
    (select string_agg(format('%s %s %s %s %s', polname, polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid)), ';'
        order by polname) from pg_policy where polrelid = pg_class.oid)
    from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'alembic_version'"""


@dataclass(frozen=True, slots=True)
class Held:
    """`sums`: (rows, checksum) of every column, its row's key included. `protection`: of every table, as PostgreSQL says it."""

    sums: Mapping[Column, tuple[int, int]]
    protection: Mapping[str, tuple[object, ...]]


def look(admin_url: str) -> Held:
    with psycopg.connect(admin_url) as connection:
        keys: dict[str, list[str]] = dict(connection.execute(_KEYS).fetchall())
        sums: dict[Column, tuple[int, int]] = {}
        for table, columns in connection.execute(_COLUMNS).fetchall():
            row = connection.execute(_sum(table, columns, keys[table])).fetchone()
            assert row is not None
            sums |= {(table, column): (int(row[0]), int(row[number] or 0)) for number, column in enumerate(columns, 1)}
        protection = {table: rest for table, *rest in connection.execute(_PROTECTION)}
    return Held(sums, {table: tuple(rest) for table, rest in protection.items()})


def _sum(table: str, columns: list[str], key: list[str]) -> sql.Composed:
    """Adding hashes up needs no order, and no sort of a million rows."""
    parts = sql.SQL(", ").join(map(sql.Identifier, key))
    one = sql.SQL("sum(hashtextextended(concat_ws('|', {}, coalesce({}::text, '~')), 0)::numeric)")
    sums = sql.SQL(", ").join(one.format(parts, sql.Identifier(column)) for column in columns)
    planted = sql.SQL(" where id <= {}").format(PLANTED_IDS) if "id" in columns and table not in OTHER_IDS else sql.SQL("")
    return sql.SQL("select count(*), {} from {}").format(sums, sql.Identifier(table)) + planted


def differences(before: Held, between: Held, after: Held) -> list[str]:
    """Of what is there at both ends of the way: rows lost or changed, at its lowest point or at its end, and rows no longer protected."""
    found = [f"{table}.{column} was {sums} and is {between.sums[table, column]} at the lowest step"
        for (table, column), sums in before.sums.items() if between.sums.get((table, column), sums) != sums]  # fmt: skip
    kept = before.sums.keys() & between.sums.keys()
    found += [f"{table}.{column} was {before.sums[table, column]} and is {after.sums.get((table, column))}"
        for table, column in sorted(kept) if after.sums.get((table, column)) != before.sums[table, column]]  # fmt: skip
    found += [
        f"{table} is no longer protected as it was"
        for table in before.protection
        if before.protection[table] != after.protection.get(table)
    ]
    return found
