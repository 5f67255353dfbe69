"""The timetable asks once for what is due, for every store that is due and for no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from luxebrain import config
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.jobs import schedule
from luxebrain.models.recommendations import TrainingRun
from luxebrain.models.stores import Store
from luxebrain.models.work import RunState, SyncRun
from luxebrain.services import admin, stores, syncs, trainings
from tests.database.rows import make_store

pytestmark = pytest.mark.usefixtures("context")


def connected(name: str) -> int:
    store_id = make_store(name)
    with transaction():
        session.execute(update(Store).where(Store.id == store_id).values(connected_at=utcnow()))
    return store_id


def runs(store_id: int, table: type[SyncRun] | type[TrainingRun] = SyncRun) -> int:
    with transaction(store_id):
        return session.scalar(select(func.count()).select_from(table)) or 0


def finish_sync(store_id: int, *, age: timedelta) -> None:
    with transaction(store_id):
        began = utcnow() - age
        session.execute(update(SyncRun).values(state=RunState.DONE, started_at=began, finished_at=began))


def test_a_connected_store_is_read_again_when_its_last_reading_is_old() -> None:
    fresh, old, running = connected("fresh"), connected("old"), connected("running")
    schedule.refresh_stores()
    finish_sync(fresh, age=schedule.REFRESH_AGE / 2)
    finish_sync(old, age=schedule.REFRESH_AGE * 2)

    schedule.refresh_stores()

    assert {name: runs(store_id) for name, store_id in (("fresh", fresh), ("old", old), ("running", running))} == {
        "fresh": 1,
        "old": 2,
        "running": 1,
    }


def test_a_store_that_is_paused_or_not_connected_is_left_alone() -> None:
    paused, unconnected = connected("paused"), make_store("unconnected")
    with transaction():
        stores.pause(paused, "The key was refused.")

    schedule.refresh_stores()

    assert (runs(paused), runs(unconnected)) == (0, 0)


def test_training_begins_after_the_first_reading_and_once_a_day() -> None:
    read, unread = connected("read"), connected("unread")
    schedule.refresh_stores()
    finish_sync(read, age=timedelta(minutes=5))

    schedule.train_stores()
    schedule.train_stores()

    assert (runs(read, TrainingRun), runs(unread, TrainingRun)) == (1, 0)


def test_no_more_trainings_are_asked_for_than_an_hour_can_hold() -> None:
    for name in ("one", "two", "three"):
        store_id = connected(name)
        schedule.refresh_stores()
        finish_sync(store_id, age=timedelta(minutes=5))

    at_first = admin.find_stores_to_train(schedule.TRAIN_AGE, most=2)
    schedule.ask_each(at_first, trainings.start_training)

    assert len(at_first) == 2
    assert admin.find_stores_to_train(schedule.TRAIN_AGE, most=2) == []
    assert len(admin.find_stores_to_train(schedule.TRAIN_AGE, most=20)) == 1


def test_a_store_that_it_goes_wrong_for_does_not_stand_in_the_others_way() -> None:
    erased, ours = 999, connected("ours")

    schedule.ask_each([erased, ours], syncs.start_sync)

    assert runs(ours) == 1


def test_two_clocks_at_once_ask_once() -> None:
    store_id = connected("ours")

    for run in (schedule.refresh_stores, schedule.refresh_stores, schedule.sweep, schedule.sweep):
        run()

    assert runs(store_id) == 1


def test_the_sweep_comes_as_often_as_the_settings_say() -> None:
    assert (config.current().sweep_s, schedule.sweep) in schedule.timetable()
