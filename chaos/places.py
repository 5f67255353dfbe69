"""Everywhere that a secret could come to lie: logs and files, Valkey, every column of PostgreSQL, what was answered, command lines.

A place's name begins with its kind: "file:", "valkey:", "postgres:", "page:", "process:".
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg import sql

from chaos.canaries import Place
from demo.processes import processes_of

KINDS = ("file", "valkey", "postgres", "page", "process")
_COLUMNS = """select table_name, array_agg(column_name::text order by ordinal_position) from information_schema.columns
    where table_schema = 'public' group by table_name order by table_name"""


def files(home: Path) -> Iterator[Place]:
    """The servers' own files are raw: rows lie in them as they are, and what is written there once stays for a while."""
    for path in sorted(home.rglob("*")):
        if path.is_file():
            name = path.relative_to(home)
            yield Place(f"file:{name}", path.read_bytes(), is_raw=name.is_relative_to("postgres/data"))


def valkey(url: str) -> Iterator[Place]:
    """Every key with its value, however it is kept; RQ's jobs, results and registries among them."""
    with redis.Redis.from_url(url) as connection:
        for key in sorted(connection.scan_iter(count=1000)):
            yield Place(f"valkey:{key.decode(errors='replace')}", key + b" " + _value(connection, key))


def _value(connection: redis.Redis, key: bytes) -> bytes:
    match connection.type(key):
        case b"string":
            value: Any = connection.get(key)
        case b"hash":
            value = connection.hgetall(key)  # type: ignore[arg-type]
        case b"list":
            value = connection.lrange(key, 0, -1)
        case b"set":
            value = connection.smembers(key)
        case b"zset":
            value = connection.zrange(key, 0, -1, withscores=True)
        case b"stream":
            value = connection.xrange(key)
        case _:
            value = b""  # it ran out meanwhile
    return b" ".join(_leaves(value))


def _leaves(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
        yield from _unpacked(value)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(key)
            yield from _leaves(part)
    elif isinstance(value, list | tuple | set):
        for part in value:
            yield from _leaves(part)


def _unpacked(value: bytes) -> Iterator[bytes]:
    """RQ compresses payloads and tracebacks, the latter in Base64."""
    for packed in (value, _from_base64(value)):
        with suppress(zlib.error):
            yield zlib.decompress(packed)


def _from_base64(value: bytes) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return b""


def postgres(admin_url: str) -> Iterator[Place]:
    """One place a column, of all rows of all stores: bytes as they are, JSON as text."""
    with psycopg.connect(admin_url) as connection:
        for table, columns in connection.execute(_COLUMNS).fetchall():
            rows = connection.execute(sql.SQL("select * from {}").format(sql.Identifier(table))).fetchall()
            for number, column in enumerate(columns):
                yield Place(f"postgres:{table}.{column}", b"\n".join(_as_bytes(row[number]) for row in rows))
        settings = connection.execute("select rolname, rolconfig from pg_roles").fetchall()
        yield Place("postgres:roles", repr(settings).encode())


def _as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return json.dumps(value, default=str, ensure_ascii=False).encode() if isinstance(value, dict | list) else str(value).encode()


def processes(home: Path) -> Iterator[Place]:
    for pid in processes_of(home):
        try:
            yield Place(f"process:{pid}", Path(f"/proc/{pid}/cmdline").read_bytes())
        except OSError:  # it ended
            continue
