"""Settings from the environment, checked once at start. `.env.example` explains each; ConfigError lists every problem together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from luxebrain.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Settings:
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    public_url: str
    sealing_keys: tuple[str, ...] = field(repr=False)
    ssrf_allow: frozenset[str]
    ca_bundle: str | None
    smtp_url: str = field(repr=False)
    mail_from: str
    log_level: str
    trusted_proxies: int
    lease_s: float
    sweep_s: float
    slice_s: float
    is_development: bool

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def secrets(self) -> list[str]:
        """Everything in here that must not be read anywhere."""
        addresses = (self.database_url, self.redis_url, self.smtp_url)
        passwords = [unquote(password) for address in addresses if (password := urlsplit(address).password)]
        return [self.secret_key, *self.sealing_keys, *passwords]


_current: Settings | None = None


def use(settings: Settings) -> None:
    """One process, one configuration: whoever starts the process sets it."""
    global _current
    _current = settings


def current() -> Settings:
    if _current is None:
        raise ConfigError(["nothing was configured: make the application first (luxebrain.app.make_app)"])
    return _current


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Raises ConfigError naming every setting that is missing or cannot be read."""
    environ = os.environ if environ is None else environ
    problems: list[str] = []
    values: dict[str, Any] = {}
    for name, (parse, default) in _SETTINGS.items():
        text = environ.get(name, "").strip() or default
        try:
            if text is None:
                raise ValueError("is missing")
            values[name.lower()] = parse(text)
        except ValueError as error:
            problems.append(f"{name} {error}")
    if problems:
        raise ConfigError(problems)
    values["sealing_keys"] = values["sealing_keys"] or (values["secret_key"],)
    return Settings(**{field.name: values[field.name] for field in fields(Settings)})


def _url(text: str, *, schemes: tuple[str, ...]) -> str:
    parts = urlsplit(text)
    if parts.scheme not in schemes or not parts.hostname or parts.port == 0:
        raise ValueError(f"must be an address starting with {' or '.join(s + '://' for s in schemes)}, not {parts.scheme or 'one without'}")
    return text.rstrip("/")


def _database_url(text: str) -> str:
    for prefix in ("postgres://", "postgresql://"):
        if text.startswith(prefix):
            text = "postgresql+psycopg://" + text.removeprefix(prefix)
    return _url(text, schemes=("postgresql+psycopg",))


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("must be at least 32 characters of chance: python3 -c 'import secrets; print(secrets.token_hex(32))'")
    return text


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _host_ports(text: str) -> frozenset[str]:
    for pair in _list(text):
        host, _, port = pair.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"must be a comma list of host:port, not {pair!r}")
    return frozenset(_list(text))


def _file_or_none(text: str) -> str | None:
    if text and not Path(text).is_file():
        raise ValueError(f"names a file that is not there: {text}")
    return text or None


def _number(text: str, *, lowest: float) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"must be a number, not {text!r}") from None
    if not lowest <= number < inf:
        raise ValueError(f"must be at least {lowest:g}, not {text}")
    return number


def _level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError(f"must be DEBUG, INFO, WARNING or ERROR, not {text!r}")
    return text.upper()


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(f"must be 0 or 1, not {text!r}")
    return text == "1"


# name → (how to read it, default; None: must be given)
_SETTINGS: dict[str, tuple[Callable[[str], Any], str | None]] = {
    "DATABASE_URL": (_database_url, None),
    "REDIS_URL": (partial(_url, schemes=("redis", "rediss")), None),
    "SECRET_KEY": (_secret, None),
    "PUBLIC_URL": (partial(_url, schemes=("http", "https")), None),
    "SEALING_KEYS": (_list, ""),
    "SSRF_ALLOW": (_host_ports, ""),
    "CA_BUNDLE": (_file_or_none, ""),
    "SMTP_URL": (partial(_url, schemes=("smtp", "smtps")), "smtp://127.0.0.1:25"),
    "MAIL_FROM": (str, "hello@luxebrain.example"),
    "LOG_LEVEL": (_level, "INFO"),
    "TRUSTED_PROXIES": (lambda text: int(_number(text, lowest=0)), "0"),
    "LEASE_S": (partial(_number, lowest=1), "60"),
    "SWEEP_S": (partial(_number, lowest=0.5), "5"),
    "SLICE_S": (partial(_number, lowest=0.5), "20"),
    "IS_DEVELOPMENT": (_flag, "0"),
}
SETTING_NAMES = tuple(_SETTINGS)
