"""What runs when: one table. Several clocks may run at once, and everything here only asks for work that is asked for once.

Nothing is made up for: a row that was slept through is due once. What asks stores for work asks a few at a time, the longest waiting
first, so that a morning after an outage is no stampede.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from luxebrain import config
from luxebrain.clock import latest_local, utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.queue import ring
from luxebrain.scrub import scrub
from luxebrain.services import admin, carts, certificates, dead_letters, retention, stores, syncs, timetable, trainings, widget_events

log = logging.getLogger(__name__)
Task = Callable[[], None]
REFRESH_AGE = timedelta(minutes=10)  # and with it our webhooks, which a store switches off without a word
CHECK_HOUR = 2  # at night, by each store's own clock
TRAIN_HOUR = 3
FULL_CHECK_AGE = timedelta(days=6, hours=12)  # a week of nights
BODY_AGE = timedelta(days=30)
DAY_S = 86_400
MOST_SYNCS = 50
MOST_CHECKS = 20
MOST_TRAININGS = 20  # asked for at a time: one that waits for longer than an hour is given up


def sweep() -> None:
    """Rings for what waits: its ring was lost, its worker was killed, or its time to be tried again has come."""
    for call in admin.find_overdue_work():
        ring(call)


def refresh_stores() -> None:
    ask_each(admin.find_stores_to_refresh(REFRESH_AGE, most=MOST_SYNCS), syncs.start_sync)


def train_stores() -> None:
    """Every night of the store's own; at once where it was never learned from."""
    now = utcnow()
    idle, room = admin.find_idle_learners(most=MOST_TRAININGS)
    due = [
        store.id for store in idle if store.trained_at is None or store.trained_at < latest_local(TRAIN_HOUR, zone=store.timezone, now=now)
    ]
    ask_each(due[:room], trainings.start_training)


def check_copies() -> None:
    """Every night of the store's own what changed of late; once a week, and the first time, everything."""
    now = utcnow()
    copies, room = admin.find_unchecked_copies(most=MOST_CHECKS)
    due = [copy for copy in copies if copy.checked_at is None or copy.checked_at < latest_local(CHECK_HOUR, zone=copy.timezone, now=now)]
    for copy in due[:room]:
        is_full = copy.full_at is None or copy.full_at < now - FULL_CHECK_AGE
        ask_each([copy.id], partial(certificates.start_check, is_full=is_full, now=now))


def forget_the_old() -> None:
    """Bodies of deliveries, runs that nobody will look at again, carts that nobody comes back to, what came of widgets."""
    with transaction():
        store_ids = [store.id for store in stores.list_stores()]
    now = utcnow()
    ask_each(store_ids, lambda: dead_letters.empty_bodies(before=now - BODY_AGE))
    ask_each(store_ids, lambda: retention.forget_runs(now=now))
    ask_each(store_ids, lambda: carts.forget_old(now=now))
    ask_each(store_ids, lambda: widget_events.forget_old(now=now))


def ask_each(store_ids: Iterable[int], ask: Callable[[], object]) -> None:
    """In a transaction each; a store that it goes wrong for is logged and does not stand in the way of the next."""
    for store_id in store_ids:
        try:
            with transaction(store_id):
                ask()
        except Exception:
            log.exception("store skipped", extra={"store_id": store_id})


def times() -> dict[Task, float]:
    """What, every so many seconds."""
    return {sweep: config.current().sweep_s, refresh_stores: 60, train_stores: 60, check_copies: 60, forget_the_old: DAY_S}


def run_due() -> None:
    """Every row that is due, once. One that fails says so in the table and is tried at its next time."""
    with transaction():
        at_rest = timetable.names_at_rest()
    for task, every_s in times().items():
        if task.__name__ not in at_rest:
            _run(task, every_s)


def _run(task: Task, every_s: float) -> None:
    name = task.__name__
    with transaction():
        is_ours = timetable.take_turn(name, every_s=every_s)
    if not is_ours:
        return
    error = ""
    try:
        task()
    except Exception as problem:
        log.exception("scheduled work failed", extra={"job": name})
        error = scrub(f"{type(problem).__name__}: {problem}")
    with transaction():
        timetable.record_end(name, error=error)
