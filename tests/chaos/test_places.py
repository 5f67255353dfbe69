"""Places are read as they are kept: packed tracebacks are unpacked, bytes stay bytes."""

from __future__ import annotations

import base64
import os
import zlib
from pathlib import Path

import psycopg
import redis

from chaos import places
from chaos.canaries import Canary, search
from tests.servers import Addresses

CANARY = Canary("planted", "KpWvTzRqYxLmNbHd")


def test_valkey_is_read_in_every_kind_of_value_packed_or_not(servers: Addresses) -> None:
    value = CANARY.value.encode()
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as valkey:
        valkey.set("text", value)
        valkey.hset("hash", "exc_info", zlib.compress(value))
        valkey.xadd("stream", {"exc_string": base64.b64encode(zlib.compress(value))})
        valkey.rpush("list", value)
        valkey.sadd("set", value)
        valkey.zadd("sorted", {value: 1})
        valkey.set("noise", "nothing")
        seen = {sighting.place for sighting in search([CANARY], places.valkey(os.environ["REDIS_URL"]))}
        valkey.flushdb()

    assert seen == {f"valkey:{key}" for key in ("text", "hash", "stream", "list", "set", "sorted")}


def test_every_column_of_every_store_is_read(servers: Addresses) -> None:
    url = f"{servers.admin_url.rpartition('/')[0]}/{os.environ['DATABASE_URL'].rpartition('/')[2]}"
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("create table planted (id int, kept bytea, said jsonb)")
        database.execute(
            "insert into planted values (1, %s, '{}'), (2, '', %s)", (CANARY.value.encode(), f'{{"words": ["{CANARY.value}"]}}')
        )
        try:
            seen = {sighting.place for sighting in search([CANARY], places.postgres(url))}
        finally:
            database.execute("drop table planted")

    assert seen == {"postgres:planted.kept", "postgres:planted.said"}


def test_the_servers_own_files_are_raw(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    (tmp_path / "postgres" / "data" / "16384").write_bytes(b"rows")
    (tmp_path / "web.log").write_bytes(b"lines")

    assert {place.name: place.is_raw for place in places.files(tmp_path)} == {"file:postgres/data/16384": True, "file:web.log": False}
