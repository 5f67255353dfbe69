"""The timetable asks once for what is due, for every store that is due and for no other."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from time_machine import TimeMachineFixture

from luxebrain import config
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.jobs import schedule
from luxebrain.models.stores import Store
from luxebrain.models.training import TrainingRun
from luxebrain.models.work import RunState, ScheduledTask, SyncRun
from luxebrain.services import admin, retention, stores, syncs, timetable
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


def test_the_longest_unread_stores_come_first_and_no_more_at_a_time_than_workers_can_read() -> None:
    newer, oldest = connected("newer"), connected("oldest")
    schedule.refresh_stores()
    finish_sync(newer, age=schedule.REFRESH_AGE * 2)
    finish_sync(oldest, age=schedule.REFRESH_AGE * 50)
    never = connected("never")

    assert admin.find_stores_to_refresh(schedule.REFRESH_AGE, most=2) == [never, oldest]
    schedule.ask_each([never], syncs.start_sync)
    assert admin.find_stores_to_refresh(schedule.REFRESH_AGE, most=2) == [oldest]


def test_training_begins_after_the_first_reading_and_once() -> None:
    read, unread = connected("read"), connected("unread")
    schedule.refresh_stores()
    finish_sync(read, age=timedelta(minutes=5))

    schedule.train_stores()
    schedule.train_stores()

    assert (runs(read, TrainingRun), runs(unread, TrainingRun)) == (1, 0)


def test_a_store_is_learned_from_again_after_three_at_night_by_its_own_clock(time_machine: TimeMachineFixture) -> None:
    london, auckland = connected("london"), connected("auckland")
    with transaction():
        session.execute(update(Store).where(Store.id == auckland).values(timezone="Pacific/Auckland"))
    for store_id in (london, auckland):
        with transaction(store_id):
            session.add(SyncRun(state=RunState.DONE))
            session.add(TrainingRun(state=RunState.DONE, started_at=datetime(2026, 1, 10, 12, tzinfo=UTC)))

    counts = {}
    for hour in (13, 15, 2, 4):  # UTC; three at night is 14:00 there, and 03:00 here
        time_machine.move_to(datetime(2026, 1, 10 if hour > 12 else 11, hour, tzinfo=UTC), tick=False)
        schedule.train_stores()
        counts[hour] = (runs(london, TrainingRun), runs(auckland, TrainingRun))

    assert counts == {13: (1, 1), 15: (1, 2), 2: (1, 2), 4: (2, 2)}


def test_no_more_trainings_are_asked_for_than_an_hour_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    stores_to_train = [connected(name) for name in ("one", "two", "three")]
    schedule.refresh_stores()
    for store_id in stores_to_train:
        finish_sync(store_id, age=timedelta(minutes=5))
    monkeypatch.setattr(schedule, "MOST_TRAININGS", 2)

    schedule.train_stores()
    schedule.train_stores()

    assert sum(runs(store_id, TrainingRun) for store_id in stores_to_train) == 2


def test_a_store_that_it_goes_wrong_for_does_not_stand_in_the_others_way() -> None:
    erased, ours = 999, connected("ours")

    schedule.ask_each([erased, ours], syncs.start_sync)

    assert runs(ours) == 1


def test_of_two_clocks_at_once_one_takes_the_turn(app: Flask) -> None:
    turns: list[bool] = []
    start = threading.Barrier(2)

    def compete() -> None:
        with app.app_context():
            start.wait()
            with transaction():
                turns.append(timetable.take_turn("sweep", every_s=60))

    for _ in range(3):
        clocks = [threading.Thread(target=compete) for _ in range(2)]
        for clock in clocks:
            clock.start()
        for clock in clocks:
            clock.join()
        set_due("sweep", ago=timedelta(days=3))  # both slept: it is due once, not once for every turn that was slept through

    assert turns.count(True) == 3


def test_what_is_due_runs_once_and_what_is_not_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def sweep() -> None:
        ran.append("sweep")

    def train_stores() -> None:
        ran.append("train")

    monkeypatch.setattr(schedule, "times", lambda: {sweep: 5, train_stores: 60})

    schedule.run_due()
    schedule.run_due()
    set_due("train_stores", ago=timedelta(hours=12))
    schedule.run_due()

    assert ran == ["sweep", "train", "train"]


def test_a_row_that_fails_says_so_and_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def fails() -> None:
        raise ZeroDivisionError("by chance")

    def goes_well() -> None:
        ran.append("well")

    monkeypatch.setattr(schedule, "times", lambda: {fails: 5, goes_well: 5})

    schedule.run_due()

    with transaction():
        by_name = {task.name: task for task in timetable.list_tasks()}
    assert ran == ["well"]
    assert by_name["fails"].error == "ZeroDivisionError: by chance"
    assert by_name["goes_well"].error == ""
    assert all(task.finished_at for task in by_name.values())


def test_old_runs_are_forgotten_but_the_latest_that_went_well() -> None:
    ours, theirs = connected("ours"), connected("theirs")
    for store_id in (ours, theirs):
        with transaction(store_id):
            for days in (100, 200, 300):
                began = utcnow() - timedelta(days=days)
                session.add(SyncRun(state=RunState.FAILED if days == 100 else RunState.DONE, started_at=began))
                session.add(TrainingRun(state=RunState.DONE, started_at=began))
            session.add(SyncRun(state=RunState.RUNNING, started_at=began))

    with transaction(ours):
        retention.forget_runs(now=utcnow())

    assert [(runs(store_id), runs(store_id, TrainingRun)) for store_id in (ours, theirs)] == [(2, 1), (4, 3)]


def test_the_sweep_comes_as_often_as_the_settings_say() -> None:
    assert schedule.times()[schedule.sweep] == config.current().sweep_s


def set_due(name: str, *, ago: timedelta) -> None:
    with transaction():
        session.execute(update(ScheduledTask).where(ScheduledTask.name == name).values(due_at=utcnow() - ago))
