"""A checksum of every table's rows by store, read by the server's administrator, past row security."""

from __future__ import annotations

from functools import cache

import psycopg

from chaos.tenancy.planting import store_tables
from chaos.tenancy.tenants import Tenant

Sums = dict[tuple[str, int], str]


class Ledger:
    """`turn` says what has changed since the last turn, so that a change is told once."""

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url
        self._connection = psycopg.connect(admin_url, autocommit=True)
        self._known = self._read()

    def close(self) -> None:
        self._connection.close()

    def turn(self) -> set[tuple[str, int]]:
        before, self._known = self._known, self._read()
        return {key for key in before.keys() | self._known.keys() if before.get(key) != self._known.get(key)}

    def words_of(self, tenant: Tenant) -> list[tuple[str, str]]:
        """(table, row as text) of all that is one store's."""
        return [
            (table.name, text)
            for table in store_tables()
            for (text,) in self._connection.execute(f"select t::text from {table.name} t where store_id = {tenant.store_id}".encode())
        ]

    def empty(self, tenant: Tenant) -> None:
        """Every row of a store, but not the store: as if it had never read or sold anything."""
        self._connection.execute("set session_replication_role = replica")
        for table in store_tables():
            self._connection.execute(f"delete from {table.name} where store_id = {tenant.store_id}".encode())
        self.turn()

    def execute(self, command: str) -> None:
        self._connection.execute(command.encode())

    def _read(self) -> Sums:
        return {(table, store_id): checksum for table, store_id, checksum in self._connection.execute(_sums().encode())}


@cache
def _sums() -> str:
    each = "select '{0}', {1}, md5(string_agg(t::text, '|' order by t::text)) from {0} t group by {1}"
    return " union all ".join([each.format("store", "id"), *(each.format(table.name, "store_id") for table in store_tables())])
