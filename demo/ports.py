"""Which ports a demo listens on: the same ones at every start, because the connected store and its webhooks remember them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from demo.home import Home, write_private
from demo.processes import free_port, is_free

USUAL = {"web": 8000, "store": 8001, "mail": 8002, "smtp": 8003}


@dataclass(frozen=True, slots=True)
class Ports:
    web: int
    store: int
    mail: int
    smtp: int

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web}"

    @property
    def store_url(self) -> str:
        return f"http://127.0.0.1:{self.store}"

    @property
    def mail_url(self) -> str:
        return f"http://127.0.0.1:{self.mail}"


class PortTaken(Exception):
    """The port that was asked for belongs to another program."""


def choose_ports(home: Home, environ: Mapping[str, str]) -> Ports:
    """PORT chooses the web's (0: any free one for all); otherwise last time's, then the usual ones, then any that is free."""
    asked = environ.get("PORT", "")
    kept = _kept(home)
    if asked == "0":
        ports = Ports(**{name: kept.get(name) or free_port() for name in USUAL})
    else:
        ports = Ports(**{name: _first_free(kept.get(name), usual) for name, usual in USUAL.items() if name != "web"}, web=_web(asked, kept))
    write_private(home.path / "ports.json", asdict(ports))
    return ports


def _web(asked: str, kept: dict[str, int]) -> int:
    if not asked:
        return _first_free(kept.get("web"), USUAL["web"])
    if not asked.isdigit() or not 0 < int(asked) < 65536:
        raise PortTaken(f"PORT must be a number from 1 to 65535 (0 for any free one), not {asked!r}")
    if not is_free(int(asked)):
        raise PortTaken(f"Port {asked} is taken by another program; choose another with PORT=")
    return int(asked)


def _first_free(*wanted: int | None) -> int:
    return next((port for port in wanted if port and is_free(port)), None) or free_port()


def _kept(home: Home) -> dict[str, int]:
    try:
        return dict(json.loads((home.path / "ports.json").read_text()))
    except (OSError, ValueError):
        return {}
