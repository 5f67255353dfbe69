"""Where the store keeps its JSON documents: in memory for reading, every change written through to one SQLite file.

A document is a plain dictionary with an `id`, because that is what the platform itself stores and answers.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Document = dict[str, Any]

KINDS = ("product", "variation", "category", "customer", "order", "refund", "webhook", "key", "plugin", "setting", "counter")

SCHEMA = (
    "create table if not exists document (kind text not null, id text not null, body text not null, primary key (kind, id)) without rowid"
)


class DocumentFile:
    """One SQLite file of JSON documents; `:memory:` when the store need not survive a restart."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.execute(SCHEMA)

    def read(self) -> dict[str, dict[int | str, Document]]:
        """Every document by kind and id."""
        tables: dict[str, dict[int | str, Document]] = {kind: {} for kind in KINDS}
        for kind, body in self._connection.execute("select kind, body from document order by kind, cast(id as integer)"):
            document = json.loads(body)
            tables[kind][document["id"]] = document
        return tables

    def write(self, kind: str, documents: Iterable[Document]) -> None:
        """Insert or replace, in one transaction."""
        rows = [(kind, str(document["id"]), json.dumps(document, ensure_ascii=False)) for document in documents]
        with self._lock:
            self._connection.execute("begin")
            self._connection.executemany("insert or replace into document (kind, id, body) values (?, ?, ?)", rows)
            self._connection.execute("commit")

    def delete(self, kind: str, document_id: int | str) -> None:
        with self._lock:
            self._connection.execute("delete from document where kind = ? and id = ?", (kind, str(document_id)))

    def close(self) -> None:
        with self._lock:
            self._connection.close()
