"""The settings that the demo hands to the application: those of the private servers, or the caller's own DATABASE_URL and REDIS_URL."""

from __future__ import annotations

from collections.abc import Mapping

from demo.home import Home, Secrets
from demo.ports import Ports
from demo.postgres import Postgres
from demo.valkey import Valkey

DATABASE = ROLE = "luxebrain"


def application_environment(
    home: Home, ports: Ports, *, postgres: Postgres | None, valkey: Valkey | None, environ: Mapping[str, str]
) -> dict[str, str]:
    secrets = home.secrets()
    env = dict(environ) | {
        "LUXEBRAIN_HOME": str(home.path),
        "SECRET_KEY": secrets.secret_key,
        "PUBLIC_URL": ports.web_url,
        "PORT": str(ports.web),
        "SSRF_ALLOW": f"127.0.0.1:{ports.store}",
        "SMTP_URL": f"smtp://127.0.0.1:{ports.smtp}",
        "MAIL_FROM": "hello@luxebrain.example",
        "IS_DEVELOPMENT": "1",
        "PYTHONUNBUFFERED": "1",
    }
    if postgres:
        env["DATABASE_URL"] = database_url(postgres, secrets)
    if valkey:
        env["REDIS_URL"] = valkey.url()
    return env


def database_url(postgres: Postgres, secrets: Secrets) -> str:
    url = postgres.url(DATABASE, user=ROLE, password=secrets.role_password)
    return url.replace("postgresql://", "postgresql+psycopg://", 1)
