"""What runs when: one table. Two clocks may run at once; everything here only asks for work that is asked for once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from luxebrain import config
from luxebrain.database.tenancy import transaction
from luxebrain.queue import ring
from luxebrain.services import admin, syncs, trainings

REFRESH_AGE = timedelta(hours=1)
TRAIN_AGE = timedelta(days=1)


def sweep() -> None:
    """Rings for what waits: its ring was lost, its worker was killed, or its time to be tried again has come."""
    for call in admin.find_overdue_work():
        ring(call)


def refresh_stores() -> None:
    for store_id in admin.find_stores_to_refresh(REFRESH_AGE):
        with transaction(store_id):
            syncs.start_sync()


def train_stores() -> None:
    for store_id in admin.find_stores_to_train(TRAIN_AGE):
        with transaction(store_id):
            trainings.start_training()


def timetable() -> list[tuple[float, Callable[[], None]]]:
    """(every so many seconds, what)."""
    return [(config.current().sweep_s, sweep), (60, refresh_stores), (60, train_stores)]
