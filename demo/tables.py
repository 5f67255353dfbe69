"""The two things the supervisor asks of the application's tables. Starting a flask command for them would take seconds each."""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg

FIND_STORE = "select store.id, public_key.key from store left join public_key on public_key.store_id = store.id where store.url = %s"
FIND_ACCOUNT = "select id from user_account where email = %s"


def find_connected(database_url: str, store_url: str) -> tuple[int | None, str | None]:
    """(store_id, public_key) for the card, each None until there is one."""
    row = _find(database_url, FIND_STORE, store_url)
    return (row[0], row[1]) if row else (None, None)


def has_account(database_url: str, email: str) -> bool:
    """False too where there are no tables yet: this is a first start."""
    return _find(database_url, FIND_ACCOUNT, email) is not None


def _find(database_url: str, query: LiteralString, value: str) -> tuple[Any, ...] | None:
    """The first row; None also while the database is away or not migrated."""
    try:
        with psycopg.connect(database_url.replace("+psycopg", "", 1), connect_timeout=2) as connection:
            return connection.execute(query, (value,)).fetchone()
    except psycopg.Error:
        return None
