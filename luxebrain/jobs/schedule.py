"""What runs when: one table. Two clocks may run at once; everything here only asks for work that is asked for once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta

from luxebrain import config
from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.queue import ring
from luxebrain.services import admin, dead_letters, stores, syncs, trainings

log = logging.getLogger(__name__)
REFRESH_AGE = timedelta(hours=1)
TRAIN_AGE = timedelta(days=1)
BODY_AGE = timedelta(days=30)
DAY_S = 86_400
MOST_TRAININGS = 20  # asked for at a time: one that waits for longer than an hour is given up


def sweep() -> None:
    """Rings for what waits: its ring was lost, its worker was killed, or its time to be tried again has come."""
    for call in admin.find_overdue_work():
        ring(call)


def refresh_stores() -> None:
    ask_each(admin.find_stores_to_refresh(REFRESH_AGE), syncs.start_sync)


def train_stores() -> None:
    ask_each(admin.find_stores_to_train(TRAIN_AGE, most=MOST_TRAININGS), trainings.start_training)


def empty_old_bodies() -> None:
    with transaction():
        store_ids = [store.id for store in stores.list_stores()]
    ask_each(store_ids, lambda: dead_letters.empty_bodies(before=utcnow() - BODY_AGE))


def ask_each(store_ids: Iterable[int], ask: Callable[[], object]) -> None:
    """In a transaction each; a store that it goes wrong for is logged and does not stand in the way of the next."""
    for store_id in store_ids:
        try:
            with transaction(store_id):
                ask()
        except Exception:
            log.exception("store skipped", extra={"store_id": store_id})


def timetable() -> list[tuple[float, Callable[[], None]]]:
    """(every so many seconds, what)."""
    return [(config.current().sweep_s, sweep), (60, refresh_stores), (60, train_stores), (DAY_S, empty_old_bodies)]
