"""The programs a demo runs beside its servers: started with a log each, watched, and ended together."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from demo.home import CHECKOUT
from demo.processes import Process, end, spawn, tail

PATIENCE_S = 8


class ChildEnded(Exception):
    """A program of the demo ended by itself; the message carries its name and the end of its log."""


class Children:
    def __init__(self, logs: Path, env: Mapping[str, str]) -> None:
        self._logs, self._env = logs, dict(env)
        self._running: dict[str, Process] = {}

    def start(self, name: str, *arguments: str, death: signal.Signals = signal.SIGKILL, **extra: str) -> None:
        """`python -m <arguments>` with a fresh log. By default kill -9 of the demo is kill -9 for it too."""
        with self._log(name).open("wb") as log:
            command = [sys.executable, "-m", *arguments]
            options = {"env": self._env | extra, "cwd": CHECKOUT, "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self._running[name] = spawn(command, death=death, **options)

    def finish(self, name: str) -> None:
        """Waits for a program that is meant to end; raises ChildEnded when it fails, or when another one ends meanwhile."""
        process = self._running.pop(name)
        try:
            while (code := process.poll()) is None:
                self.check()
                time.sleep(0.02)
        finally:
            end([process], patience_s=PATIENCE_S)
        if code != 0:
            raise ChildEnded(self._story(name, code))

    def check(self) -> None:
        """Raises ChildEnded for the first that is gone."""
        for name, process in self._running.items():
            if (code := process.poll()) is not None:
                raise ChildEnded(self._story(name, code))

    def wait_for_page(self, url: str, *, timeout_s: float = 60) -> None:
        """Until the address answers 200; raises ChildEnded, or TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while not _answers(url):
            self.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{url} does not answer; the logs are in {self._logs}")
            time.sleep(0.05)

    def stop(self) -> None:
        end(self._running.values(), patience_s=PATIENCE_S)

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _story(self, name: str, code: int) -> str:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        return f"{name} {how}. The end of {self._log(name)}:\n\n{tail(self._log(name))}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False
