"""Child processes that never outlive us, however we end.

`spawn` ties a child to the thread that forks it: the kernel sends it a signal when that thread is gone, kill -9 included
(PR_SET_PDEATHSIG). So spawn from the main thread only; elsewhere it refuses. CPython runs the preexec_fn after dropping to another
user, which matters: a change of user clears the setting. Systems other than Linux have no such signal; there `folder_lock` finds what
was left.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

Process = subprocess.Popen[bytes]


class DidNotStart(Exception):
    """A server ended or stayed silent while starting; the message carries the end of its log."""


def spawn(command: Sequence[str], *, death: signal.Signals = signal.SIGTERM, **options: Any) -> Process:
    """A child in a process group of its own (so that Ctrl-C reaches only us) that gets `death` when we are gone."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("spawn from the main thread: the kernel ends a child when the thread that forked it ends")
    return subprocess.Popen(command, process_group=0, preexec_fn=_tie_to_parent(death, os.getpid()), **options)


def _tie_to_parent(death: signal.Signals, parent: int) -> Callable[[], None]:
    def tie() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0)
            if os.getppid() != parent:  # it ended between fork and prctl
                os._exit(1)

    return tie


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until_ready(is_ready: Callable[[], bool], process: Process, *, log: Path, timeout_s: float = 20) -> None:
    """Raises DidNotStart when the process ends or time runs out first."""
    deadline = time.monotonic() + timeout_s
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(f"{process.args!r} did not start:\n{tail(log)}")
        time.sleep(0.01)


def end(processes: Iterable[Process], *, number: signal.Signals = signal.SIGTERM, patience_s: float) -> None:
    """Asks all at once, waits together, then kills the whole group of each that is still there."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.send_signal(number)
    deadline = time.monotonic() + patience_s
    for process in running:
        try:
            process.wait(max(0.01, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def tail(log: Path, length: int = 1500) -> str:
    """The end of a log, or an empty string where there is none yet."""
    try:
        return log.read_text(errors="replace")[-length:].strip()
    except OSError:
        return ""


def processes_of(home: Path) -> list[int]:
    """Every living process that belongs to this home: ours, their children, orphans. Linux only.

    They are known by LUXEBRAIN_HOME in their environment, or, where a title has overwritten that (PostgreSQL's children), by their folder.
    """
    marker = f"LUXEBRAIN_HOME={home}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_marked = marker in (folder / "environ").read_bytes().split(b"\0")
            if is_marked or (folder / "cwd").readlink().is_relative_to(home):
                found.append(int(folder.name))
        except OSError:  # it ended meanwhile, or belongs to somebody else
            continue
    return found
