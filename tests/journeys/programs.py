"""Programs of the product as processes of their own, with a log each; they end with the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.processes import Process, end, processes_of, spawn, tail
from tests.architecture.made import CHECKOUT

BIN = Path(sys.executable).parent


@contextmanager
def program(home: Path, *command: str, **settings: str) -> Iterator[Process]:
    """`home` marks all processes that come of it, and holds the log. The first word is a program of this environment."""
    env = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "LUXEBRAIN_HOME": str(home), "PYTHONUNBUFFERED": "1"} | settings
    with (home / "log").open("ab") as log:
        process = spawn([str(BIN / command[0]), *command[1:]], env=env, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    with process:
        try:
            yield process
        finally:
            end([process], patience_s=15)


def wait_until(condition: Callable[[], object], home: Path, *, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, tail(home / "log", 4000)
        time.sleep(0.05)


def kill(process: Process) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def is_all_gone(home: Path) -> bool:
    return not processes_of(home)
