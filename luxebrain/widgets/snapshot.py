"""The in-process copy of stores that widgets are served from. A request that finds its store here touches no database and no Redis.

One thread per process (started after the fork, or by the first request) compares all stores' versions every half second, and at once when
the doorbell rings; what changed is read again and put in place whole. While the database is away, the last good copy is served.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass, field

from flask import Flask
from redis import RedisError
from redis.client import PubSub

from luxebrain.database.tenancy import transaction
from luxebrain.errors import NotFound
from luxebrain.services import snapshots
from luxebrain.services.snapshots import Snapshot, StoreVersion

log = logging.getLogger(__name__)
COMPARE_EVERY_S = 0.5
MOST_BYTES = 256 * 1024 * 1024


@dataclass(slots=True)
class Shelf:
    """Written under `lock`, read without: values are replaced, never changed."""

    most_bytes: int = MOST_BYTES
    held: dict[str, Snapshot] = field(default_factory=dict)
    used_at: dict[str, float] = field(default_factory=dict)
    versions: dict[str, StoreVersion] | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def get(self, key: str) -> Snapshot:
        """The store of this public key. Raises NotFound; the first request for a store reads it, so the database may be away then."""
        snapshot = self.held.get(key)
        if snapshot is None:
            snapshot = self._take_in(key)
        self.used_at[key] = time.monotonic()
        return snapshot

    def refresh(self) -> None:
        """Compares every version with what is held, and reads again what changed. Needs an application context."""
        with transaction():
            versions = snapshots.list_versions()
        self.versions = versions
        for key, snapshot in list(self.held.items()):
            current = versions.get(key)
            if current is None:
                self._let_go(key)
            elif current.version != snapshot.version:
                self._read_again(key, snapshot)

    def _take_in(self, key: str) -> Snapshot:
        if self.versions is None:
            self.refresh()
        known = (self.versions or {}).get(key)
        if known is None:
            raise NotFound("There is no store with this key.")
        with self.lock:
            if key not in self.held:
                self.held[key] = _read(known.store_id)
                self._make_room(for_key=key)
            return self.held[key]

    def _read_again(self, key: str, before: Snapshot) -> None:
        """A store that cannot be read keeps its last good copy and does not stand in the others' way."""
        try:
            with self.lock:
                self.held[key] = _read(before.store_id, before)
        except Exception:
            log.exception("snapshot not refreshed", extra={"store_id": before.store_id})

    def _make_room(self, *, for_key: str) -> None:
        by_use = sorted(self.held, key=lambda key: self.used_at.get(key, 0.0))
        total = sum(snapshot.size_bytes for snapshot in self.held.values())
        for key in by_use:
            if total <= self.most_bytes:
                return
            if key != for_key:
                total -= self.held[key].size_bytes
                self._let_go(key)

    def _let_go(self, key: str) -> None:
        with self.lock:
            self.held.pop(key, None)
            self.used_at.pop(key, None)


def _read(store_id: int, before: Snapshot | None = None) -> Snapshot:
    with transaction(store_id):
        return snapshots.read_snapshot(before)


class Refresher:
    """The thread that keeps a shelf true."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._pid = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def ensure_running(self, app: Flask) -> None:
        """A thread does not survive a fork: the child starts its own."""
        if self._pid == os.getpid():
            return
        self._pid, self._stop = os.getpid(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(app, self._stop), name="snapshots", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None and self._pid == os.getpid():
            self._thread.join(timeout=5)
        self._pid = 0

    def _run(self, app: Flask, stop: threading.Event) -> None:
        doorbell: PubSub | None = None
        is_current = True
        while not stop.is_set():
            try:
                with app.app_context():
                    self._shelf.refresh()
                is_current = True
            except Exception as error:  # noqa: BLE001 - a thread that dies would leave old prices in the storefront for ever
                if is_current:
                    log.warning("snapshots cannot be compared, serving the last good ones", extra={"error": type(error).__name__})
                is_current = False
            doorbell = _wait_for_ring(doorbell, stop)


def _wait_for_ring(doorbell: PubSub | None, stop: threading.Event) -> PubSub | None:
    """Half a second, or until something changed. Without Redis the comparison alone has to do."""
    try:
        doorbell = doorbell or snapshots.open_doorbell()
        doorbell.get_message(timeout=COMPARE_EVERY_S)
        while doorbell.get_message(timeout=0) is not None:
            pass  # many rings, one look
    except RedisError:
        stop.wait(COMPARE_EVERY_S)
        return None
    return doorbell


shelf = Shelf()
refresher = Refresher(shelf)
