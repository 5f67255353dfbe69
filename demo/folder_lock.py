"""One server per data folder: the kernel's lock is held by the server itself, so it is free exactly when the server is gone.

We open the folder's lock file, hand the descriptor down to the child and close our own copy. Whoever starts next and finds the lock
taken knows that the process id written in the file is that server and no reused number, and may end it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

NAME = "server.lock"


class StillRunning(Exception):
    """An earlier server keeps the folder and does not end."""


@contextlib.contextmanager
def taken_over(folder: Path, *, number: signal.Signals, patience_s: float = 10) -> Iterator[int]:
    """The locked descriptor to pass on to the new server; ends a server that an earlier, killed owner left behind."""
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor, folder, number=number, patience_s=patience_s)
        yield descriptor
    finally:
        os.close(descriptor)


def write_owner(descriptor: int, pid: int) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(pid).encode(), 0)


def _lock(descriptor: int, folder: Path, *, number: signal.Signals, patience_s: float) -> None:
    deadline, has_asked = time.monotonic() + patience_s, False
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StillRunning(f"a server of an earlier start keeps {folder} and does not end") from None
        if not has_asked and (owner := os.pread(descriptor, 20, 0)).isdigit():
            has_asked = True
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(owner), number)
        time.sleep(0.02)
