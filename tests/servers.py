"""The servers of a test run: one private PostgreSQL and Valkey, a migrated template, and a clone of it per xdist worker.

The process that pytest is started in owns the servers; workers only clone. Cloning takes some 30 ms, migrating once some seconds.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from demo.embedded import Servers

ROLE, ROLE_PASSWORD = "luxebrain", "for-tests-only"
TEMPLATE = "template_luxebrain"
SETTINGS = {"SECRET_KEY": "only-for-tests-" * 3, "PUBLIC_URL": "http://localhost", "SMTP_URL": "smtp://127.0.0.1:9", "LOG_LEVEL": "WARNING"}


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a worker needs to know; travels to it as a dict of strings."""

    admin_url: str
    valkey_url: str

    def database_url(self, name: str) -> str:
        place = self.admin_url.rpartition("@")[2].partition("/")[0]
        return f"postgresql+psycopg://{ROLE}:{ROLE_PASSWORD}@{place}/{name}"

    def redis_url(self, number: int) -> str:
        return f"{self.valkey_url.rpartition('/')[0]}/{number}"

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@contextmanager
def running_servers() -> Iterator[Addresses]:
    home = Path(tempfile.mkdtemp(prefix="luxebrain-tests-", dir="/var/tmp"))
    home.chmod(0o755)
    try:
        with Servers(home, is_durable=False, max_connections=150) as servers:
            addresses = Addresses(servers.postgres.url(), servers.valkey.url())
            _make_template(addresses)
            yield addresses
    finally:
        shutil.rmtree(home, ignore_errors=True)


def use_database(addresses: Addresses, worker: str) -> None:
    """Gives this process a database and a Valkey number of its own and points the settings at them. `worker`: "gw0", or "main"."""
    name = f"test_{worker}"
    with psycopg.connect(addresses.admin_url, autocommit=True) as connection:
        command = "create database {} template {} owner {} strategy file_copy"
        connection.execute(sql.SQL(command).format(*map(sql.Identifier, (name, TEMPLATE, ROLE))))
    number = int(worker[2:]) + 1 if worker.startswith("gw") else 0
    os.environ |= SETTINGS | {"DATABASE_URL": addresses.database_url(name), "REDIS_URL": addresses.redis_url(number)}


def _make_template(addresses: Addresses) -> None:
    import flask_migrate

    from luxebrain.app import make_app
    from luxebrain.cli import add_commands
    from luxebrain.database.prepare import prepare
    from luxebrain.database.session import db

    url = addresses.database_url(TEMPLATE)
    prepare(addresses.admin_url, url)
    os.environ |= SETTINGS | {"DATABASE_URL": url, "REDIS_URL": addresses.redis_url(0)}
    app = make_app()
    add_commands(app)
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()  # a template that somebody is connected to cannot be cloned
