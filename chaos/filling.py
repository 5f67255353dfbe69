"""Fills the large tables of several stores with rows that fit whatever columns they have now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

# Share of all rows. A row's parent is the row of the same number, modulo how many parents there are.
SHARES = {"product": 0.05, "variant": 0.1, "orders": 0.2, "order_line": 0.4, "contact": 0.1, "message": 0.05, "delivery": 0.1}
PARENTS = {("variant", "product_id"): "product", ("order_line", "order_id"): "orders", ("order_line", "product_id"): "product"}
_FIXED = {"currency": "'EUR'", "status": "'paid'", "campaign_id": "1", "email": "'shopper' || n || '@example.com'", "deleted_at": "null"}
_BY_TYPE = {
    "text": "'row ' || n",
    "bigint": "n",
    "integer": "n",
    "smallint": "0",
    "numeric": "n % 500 + 1",
    "double precision": "n % 500 / 10.0",
    "boolean": "true",
    "bytea": "decode(md5(n::text), 'hex')",
    "jsonb": "'[]'",
    "ARRAY": "'{}'",
    "timestamp with time zone": "now() - n * interval '1 second'",
}
_COLUMNS = """select column_name, data_type from information_schema.columns
    where table_schema = 'public' and table_name = %s order by ordinal_position"""


def rows_of(total: int, stores: int) -> dict[str, int]:
    """How many of each table one store gets."""
    return {table: max(1, round(total * share / stores)) for table, share in SHARES.items()}


def fill(admin_url: str, store_ids: Sequence[int], *, rows: int) -> int:
    """Returns how many rows there are. As the superuser: this is no way through the product."""
    counts = rows_of(rows, len(store_ids))
    with psycopg.connect(admin_url) as connection:
        for store_id in store_ids:
            for table, count in {"campaign": 1, **counts}.items():
                columns: dict[str, str] = dict(connection.execute(_COLUMNS, (table,)).fetchall())
                connection.execute(_insert(table, columns, store_id, count=count, counts=counts))
        connection.commit()
        connection.autocommit = True
        connection.execute("analyze")
    return sum(counts.values()) * len(store_ids)


def _insert(table: str, columns: Mapping[str, str], store_id: int, *, count: int, counts: Mapping[str, int]) -> sql.Composed:
    values = {name: _expression(table, name, kind, store_id, counts) for name, kind in columns.items()}
    query = sql.SQL("insert into {} ({}) select {} from generate_series(1, {}) n")
    names = sql.SQL(", ").join(map(sql.Identifier, values))
    return query.format(sql.Identifier(table), names, sql.SQL(", ").join(map(sql.SQL, values.values())), sql.Literal(count))


def _expression(table: str, column: str, kind: str, store_id: int, counts: Mapping[str, int]) -> str:
    if column == "store_id":
        return str(store_id)
    if (parent := PARENTS.get((table, column))) is not None:
        return f"(n - 1) % {counts[parent]} + 1"
    if column == "state":
        return "'sent'" if table in ("message", "campaign") else "'done'"
    return _FIXED.get(column, _BY_TYPE[kind])
