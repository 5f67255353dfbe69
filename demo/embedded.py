"""The pair of private servers that the demo, the tests and the benchmarks start: nothing to install, nothing left behind.

with Servers(home) as servers:
    servers.postgres.url(), servers.valkey.url()
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from demo.postgres import Postgres
from demo.valkey import Valkey


class Servers:
    """Both or none: when one does not start, the other is stopped again. `is_durable=False` trades safety for speed (tests)."""

    def __init__(self, home: Path, *, is_durable: bool = True, max_connections: int = 60) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.postgres = Postgres(home, is_durable=is_durable, max_connections=max_connections)
        self.valkey = Valkey(home, is_durable=is_durable)

    def start(self) -> Servers:
        try:
            self.postgres.start()
            self.valkey.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop()

    def __enter__(self) -> Servers:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
