"""Whether the lab's store is connected yet, asked of the application's own tables: its id and its public key belong on the card."""

from __future__ import annotations

import psycopg

FIND = "select store.id, public_key.key from store left join public_key on public_key.store_id = store.id where store.url = %s"


def find_connected(database_url: str, store_url: str) -> tuple[int | None, str | None]:
    """(store_id, public_key), each None until there is one; also while the database is away."""
    try:
        with psycopg.connect(database_url.replace("+psycopg", "", 1), connect_timeout=2) as connection:
            row = connection.execute(FIND, (store_url,)).fetchone()
    except psycopg.Error:
        return None, None
    return (row[0], row[1]) if row else (None, None)
