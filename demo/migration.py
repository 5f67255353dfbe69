"""`make migration M="what changes"`: writes a migration by comparing the models with a migrated, empty, private database."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import flask_migrate

from demo.embedded import Servers
from luxebrain.app import make_app
from luxebrain.cli import add_commands
from luxebrain.config import load_settings
from luxebrain.database.prepare import prepare

PASSWORD = "for-a-moment"  # noqa: S105


def main(message: str) -> None:
    with tempfile.TemporaryDirectory(prefix="luxebrain-migration-", dir="/var/tmp") as home:
        Path(home).chmod(0o755)
        with Servers(Path(home), is_durable=False) as servers:
            url = servers.postgres.url("luxebrain", user="luxebrain", password=PASSWORD)
            prepare(servers.postgres.url(), url)
            settings = {"DATABASE_URL": url, "REDIS_URL": servers.valkey.url(), "SECRET_KEY": "x" * 32, "PUBLIC_URL": "http://localhost"}
            app = make_app(load_settings(os.environ | settings))
            add_commands(app)
            with app.app_context():
                flask_migrate.upgrade()
                flask_migrate.migrate(message=message)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('say what changes: make migration M="add a column for ..."')
    main(sys.argv[1])
