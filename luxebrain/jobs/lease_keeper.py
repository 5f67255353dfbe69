"""Holds a job's lease for as long as its worker lives, however long a step takes.

Without it a page of a slow store, or the learning of a large one, outlasts the lease: a second worker takes over, the first one's result
is refused, the second is too slow as well, and so on. A killed or stopped worker takes its keeper along, so its lease runs out as ever.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app

from luxebrain import config
from luxebrain.database.tenancy import transaction
from luxebrain.errors import LeaseLost
from luxebrain.services import leases

log = logging.getLogger(__name__)
JOIN_S = 10.0


@contextmanager
def kept_lease(kind: str, store_id: int, fence: int) -> Iterator[None]:
    """Renews the lease three times in its length until the block ends. A lease that was lost stays lost: the next step finds out."""
    stop = threading.Event()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    keeper = threading.Thread(target=_keep, args=(app, kind, store_id, fence, stop), name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join(JOIN_S)


def _keep(app: Flask, kind: str, store_id: int, fence: int, stop: threading.Event) -> None:
    while not stop.wait(config.current().lease_s / 3):
        try:
            with app.app_context(), transaction(store_id):
                leases.hold_lease(kind, fence)
        except LeaseLost:
            return
        except Exception as error:  # noqa: BLE001 - a database that is away for a moment: try again while the lease lasts
            log.warning("lease not renewed", extra={"job": kind, "store_id": store_id, "error": type(error).__name__})
