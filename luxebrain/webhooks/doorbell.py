"""Rings for deliveries that were stored: behind the answer, and once for many. The platform waits for neither Redis nor the queue.

A process that ends before it rang loses nothing: the sweep rings for what waits.
"""

from __future__ import annotations

import logging
import os
import threading

from flask import Flask

from luxebrain.database.tenancy import transaction
from luxebrain.services import inbox, leases

log = logging.getLogger(__name__)
GATHER_S = 0.2  # a ring costs as much as three deliveries


class Doorbell:
    """One thread per process, started by the first delivery after the fork. `ring_soon` is a step into a set."""

    def __init__(self) -> None:
        self._pid = 0
        self._store_ids: set[int] = set()
        self._lock = threading.Lock()
        self._is_wanted = threading.Event()
        self._is_ending = threading.Event()
        self._thread: threading.Thread | None = None

    def ring_soon(self, app: Flask, store_id: int) -> None:
        if self._pid != os.getpid():
            self._start(app)
        self._store_ids.add(store_id)
        self._is_wanted.set()

    def stop(self) -> None:
        """Rings for what is left, and ends."""
        if self._thread is not None and self._pid == os.getpid():
            self._is_ending.set()
            self._is_wanted.set()
            self._thread.join(timeout=5)
        self._pid = 0

    def _start(self, app: Flask) -> None:
        with self._lock:
            if self._pid == os.getpid():
                return
            self._store_ids, self._is_wanted, self._is_ending = set(), threading.Event(), threading.Event()
            self._thread = threading.Thread(target=self._run, args=(app,), name="doorbell", daemon=True)
            self._thread.start()
            self._pid = os.getpid()

    def _run(self, app: Flask) -> None:
        while not self._is_ending.is_set():
            self._is_wanted.wait()
            self._is_ending.wait(GATHER_S)
            self._is_wanted.clear()
            while self._store_ids:
                _ring(app, self._store_ids.pop())


def _ring(app: Flask, store_id: int) -> None:
    try:
        with app.app_context(), transaction(store_id):
            leases.ring(inbox.KIND)
    except Exception as error:  # noqa: BLE001 - a thread that dies would leave every delivery to the sweep
        log.warning("not rung, the sweep will", extra={"store_id": store_id, "error": type(error).__name__})


doorbell = Doorbell()
