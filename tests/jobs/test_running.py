"""Work is done once at a time per store, in slices, and whoever is killed, somebody else finishes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select, update

from luxebrain import config, jobs, queue
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.errors import LeaseLost
from luxebrain.models.work import Lease
from luxebrain.queue import connection, ring
from luxebrain.services import admin, leases
from tests.architecture.made import CHECKOUT
from tests.database.rows import make_store
from tests.jobs.work import DIARY, KIND, SLOW_S, add_work, cross_one_off, states

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture(autouse=True)
def test_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registered kinds are replaced for one test by one that only crosses deliveries off."""
    monkeypatch.setattr(jobs, "JOBS", {KIND: cross_one_off})
    monkeypatch.setattr(jobs, "PATIENCE_S", 0.1)


@pytest.fixture
def short_times() -> Iterator[None]:
    before = config.current()
    config.use(replace(before, lease_s=1.0, slice_s=0.5, sweep_s=0.5))
    yield
    config.use(before)


def lease_of(store_id: int) -> tuple[int, bool]:
    """(fence, is it held)."""
    with transaction(store_id):
        lease = session.scalars(select(Lease)).one()
    return lease.fence, lease.leased_until is not None


def rings() -> list[str]:
    return Queue(queue.QUEUES[KIND], connection=connection(), serializer=JSONSerializer).job_ids


def forget_rings() -> None:
    connection().flushdb()


def test_a_run_does_all_that_waits_and_gives_the_lease_back() -> None:
    ours, theirs = make_store("ours"), make_store("theirs")
    add_work(ours, 3)
    add_work(theirs, 1)

    jobs.run(KIND, ours)

    assert states(ours) == ["done"] * 3
    assert states(theirs) == ["waiting"]
    assert lease_of(ours) == (2, False)


def test_the_fence_rises_with_every_run() -> None:
    store_id = make_store("ours")

    fences = []
    for _ in range(3):
        jobs.run(KIND, store_id)
        fences.append(lease_of(store_id)[0])

    assert fences == [2, 3, 4]


def test_what_is_left_after_a_slice_is_rung_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store_id = make_store("ours")
    add_work(store_id, 5)
    forget_rings()
    before = config.current()
    monkeypatch.setattr(config, "_current", replace(before, slice_s=0.0001))

    jobs.run(KIND, store_id)

    assert states(store_id) == ["done"] + ["waiting"] * 4
    assert rings() == [f"inbox-apply-{store_id}-2"]
    assert lease_of(store_id) == (2, False)


def test_work_that_is_done_rings_no_more() -> None:
    store_id = make_store("ours")
    add_work(store_id, 1)
    forget_rings()

    jobs.run(KIND, store_id)

    assert rings() == []


def test_somebody_else_at_it_is_left_alone() -> None:
    store_id = make_store("ours")
    add_work(store_id, 1)
    with transaction(store_id):
        assert leases.claim_lease(KIND) == 2

    jobs.run(KIND, store_id)

    assert states(store_id) == ["waiting"]
    assert lease_of(store_id) == (2, True)


def test_a_step_that_outlasts_the_lease_keeps_it(monkeypatch: pytest.MonkeyPatch, short_times: None) -> None:
    store_id = make_store("ours")
    add_work(store_id, 1)
    taken_over: list[int | None] = []

    def slow(_store_id: int, fence: int) -> bool:
        time.sleep(config.current().lease_s * 2.5)
        with transaction(store_id):
            taken_over.append(leases.claim_lease(KIND))
            leases.hold_lease(KIND, fence)
        return False

    monkeypatch.setitem(jobs.JOBS, KIND, slow)
    jobs.run(KIND, store_id)

    assert taken_over == [None]
    assert lease_of(store_id) == (2, False)


def test_an_error_gives_the_lease_back_and_does_not_ring_in_a_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    store_id = make_store("ours")
    add_work(store_id, 1)
    forget_rings()

    def fail(_store_id: int, _fence: int) -> bool:
        with transaction(store_id):
            session.execute(update(Lease).values(fence=99))
            raise ZeroDivisionError

    monkeypatch.setitem(jobs.JOBS, KIND, fail)

    with pytest.raises(ZeroDivisionError):
        jobs.run(KIND, store_id)

    assert rings() == []
    assert lease_of(store_id) == (2, False)
    assert admin.find_overdue_work() == []
    with transaction(store_id):
        session.execute(update(Lease).values(retry_at=utcnow()))
    assert [call.store_id for call in admin.find_overdue_work()] == [store_id]


def test_parked_work_is_not_swept() -> None:
    store_id = make_store("ours")
    add_work(store_id, 1)
    jobs.run(KIND, make_store("theirs"))
    with transaction(store_id):
        session.add(Lease(kind=KIND, parked_at=utcnow()))

    assert admin.find_overdue_work() == []


def test_a_worker_that_is_asked_to_stop_ends_its_step_and_hands_the_rest_on(tmp_path: Path) -> None:
    store_id = make_store("ours")
    diary = tmp_path / "diary"
    diary.touch()

    with program("tests.jobs.work", **{SLOW_S: "0.3", DIARY: str(diary)}) as worker:
        add_work(store_id, 100)
        wait_until(lambda: "done" in states(store_id))
        worker.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        assert worker.wait(20) == 0
        took_s = time.monotonic() - asked

    assert took_s < 4, "the slice has 5 seconds; it waited for its end"
    assert states(store_id).count("done") == len(diary.read_text().splitlines()), "no step was cut off"
    assert rings()
    assert not lease_of(store_id)[1]


def test_a_worker_that_lost_its_lease_stops_and_leaves_the_new_one_s_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    store_id = make_store("ours")
    add_work(store_id, 3)
    forget_rings()

    def taken_over_half_way(store_id: int, fence: int) -> bool:
        with transaction(store_id):
            session.execute(update(Lease).values(fence=Lease.fence + 1))
        return cross_one_off(store_id, fence)

    monkeypatch.setitem(jobs.JOBS, KIND, taken_over_half_way)

    jobs.run(KIND, store_id)

    assert states(store_id) == ["waiting"] * 3
    assert lease_of(store_id) == (3, True)
    assert rings() == []


def test_a_lease_that_ran_out_can_be_claimed_and_the_old_holder_cannot_write(short_times: None) -> None:
    store_id = make_store("ours")
    with transaction(store_id):
        old = leases.claim_lease(KIND)
        assert leases.claim_lease(KIND) is None
    time.sleep(1.1)

    with transaction(store_id):
        new = leases.claim_lease(KIND)

    assert (old, new) == (2, 3)
    with transaction(store_id), pytest.raises(LeaseLost):
        leases.hold_lease(KIND, 2)
    with transaction(store_id):
        leases.release_lease(KIND, 2)
    assert lease_of(store_id) == (3, True)


def test_the_sweep_rings_for_what_waits_and_not_for_what_is_being_done() -> None:
    waiting, held, idle = make_store("waiting"), make_store("held"), make_store("idle")
    add_work(waiting, 2)
    add_work(held, 2)
    with transaction(held):
        leases.claim_lease(KIND)
    forget_rings()

    for call in admin.find_overdue_work():
        ring(call)

    assert rings() == [f"inbox-apply-{waiting}-1"]
    assert idle not in {call.store_id for call in admin.find_overdue_work()}


@contextmanager
def program(*arguments: str, **extra: str) -> Iterator[subprocess.Popen[bytes]]:
    times = {"LEASE_S": "2", "SWEEP_S": "0.5", "SLICE_S": "5"}
    process = subprocess.Popen([sys.executable, "-m", *arguments], cwd=CHECKOUT, env=os.environ | times | extra)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(condition: Callable[[], bool], *, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def test_a_killed_worker_s_work_is_finished_by_another_and_nobody_works_at_once(tmp_path: Path) -> None:
    store_id = make_store("ours")
    diary = tmp_path / "diary"
    diary.touch()
    extra = {SLOW_S: "0.2", DIARY: str(diary)}

    with program("tests.jobs.work", **extra) as first:
        add_work(store_id, 8)
        wait_until(lambda: states(store_id).count("done") >= 2)
        first.kill()
        first.wait()
    done_then = states(store_id).count("done")
    with program("tests.jobs.work", **extra), program("luxebrain.clock_process"):
        wait_until(lambda: set(states(store_id)) == {"done"})

    steps = [line.split() for line in diary.read_text().splitlines()]
    fences = [int(step[2]) for step in steps]
    assert done_then < 8
    assert fences == sorted(fences), "the old worker went on after the new one began"
    assert len({step[3] for step in steps}) >= 2
    assert len(steps) <= 8 + 1, "only the step that was killed half-way may be done again"
