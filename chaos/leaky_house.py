"""The house of R20: passwords of the caller's choice, programs with a planted mistake, settings that change while it stands."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chaos.house import House
from demo.home import CHECKOUT
from demo.processes import end


class LeakyHouse(House):
    WEB, WORKER = "chaos.leaky:make_leaky_app()", "chaos.leaky"

    def __init__(self, password: str, **settings: str) -> None:
        self.PASSWORD = password
        super().__init__(workers=1, **settings)

    def __enter__(self) -> LeakyHouse:
        super().__enter__()
        return self

    def change(self, **settings: str) -> None:
        """For what is started from now on."""
        self._settings |= settings

    def restart_all(self) -> None:
        """But the clock, which opens nothing that is sealed."""
        end([self._running[name] for name in ("web", *self.worker_names)], patience_s=8)
        for name in ("web", *self.worker_names):
            self._start(name)
        self._wait_for_web()

    def run_command(self, *arguments: str) -> dict[str, object]:
        """`flask --app wsgi …`: its last line."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        with (self.home / "command.log").open("ab") as log:
            ended = subprocess.run(
                command, env=self.environment(), cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=log, timeout=60, check=False
            )
            log.write(ended.stdout)
        line: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
        return line

    @contextmanager
    def without_postgres(self) -> Iterator[None]:
        process = self.servers.postgres.process
        assert process is not None
        end([process], number=signal.SIGQUIT, patience_s=10)
        try:
            yield
        finally:
            self.servers.postgres.start()
