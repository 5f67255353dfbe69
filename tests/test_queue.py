"""A ring goes out after the outermost commit, never after a rollback, and losing Redis loses nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from luxebrain import config, queue
from luxebrain.database.session import session
from luxebrain.database.tenancy import NoStoreChosen, acting_for, transaction
from luxebrain.models.catalog import Product
from luxebrain.queue import Ring, connection, enqueue, ring
from tests.database.rows import make_store, product_row

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def redis_away() -> Iterator[None]:
    before = config.current()
    config.use(replace(before, redis_url="redis://127.0.0.1:1/0"))
    yield
    config.use(before)


@pytest.fixture
def redis_silent() -> Iterator[None]:
    """Takes what is sent and never answers."""
    before = config.current()
    with socket.create_server(("127.0.0.1", 0)) as server:
        config.use(replace(before, redis_url=f"redis://127.0.0.1:{server.getsockname()[1]}/0"))
        yield
        connection().close()
    config.use(before)


def waiting(name: str = "inbox.apply") -> list[str]:
    return Queue(queue.QUEUES[name], connection=connection(), serializer=JSONSerializer).job_ids


def test_a_ring_goes_out_with_the_commit_and_not_before() -> None:
    with acting_for(7):
        enqueue("inbox.apply", key=1)
        assert waiting() == []

        session.commit()

    assert waiting() == ["inbox-apply-7-1"]


def test_a_ring_is_dropped_with_a_rollback() -> None:
    with acting_for(7):
        enqueue("inbox.apply", key=1)
        session.rollback()
        enqueue("inbox.apply", key=2)

    with transaction(7):
        enqueue("inbox.apply", key=3)

    assert waiting() == ["inbox-apply-7-3"]


def test_a_released_savepoint_does_not_ring_by_itself() -> None:
    with acting_for(7):
        with session.begin_nested():
            enqueue("inbox.apply", key=1)
        assert waiting() == []

        session.rollback()

    assert waiting() == []


def test_a_savepoint_s_rings_go_out_with_the_transaction_around_it() -> None:
    with transaction(7), session.begin_nested():
        enqueue("inbox.apply", key="outer")
        with session.begin_nested():
            enqueue("inbox.apply", key="inner")

    assert sorted(waiting()) == ["inbox-apply-7-inner", "inbox-apply-7-outer"]


def test_a_rolled_back_savepoint_takes_its_rings_along_and_no_others() -> None:
    with transaction(7):
        enqueue("inbox.apply", key="kept")
        with suppress(ZeroDivisionError), session.begin_nested():
            enqueue("inbox.apply", key="dropped")
            raise ZeroDivisionError

    assert waiting() == ["inbox-apply-7-kept"]


def test_a_flush_in_between_changes_nothing() -> None:
    store_id = make_store("ours")

    with transaction(store_id):
        enqueue("inbox.apply", key=1)
        session.add(Product(**product_row(1, "Lantern")))
        session.flush()
        assert waiting() == []

    assert waiting() == [f"inbox-apply-{store_id}-1"]


def test_the_same_ring_goes_out_once_and_waits_once() -> None:
    for _ in range(2):
        with transaction(7):
            enqueue("inbox.apply", key=1)
            enqueue("inbox.apply", key=1)

    assert waiting() == ["inbox-apply-7-1"]
    assert not ring(Ring("inbox.apply", 7, "1"))


def test_two_stores_and_two_kinds_each_ring() -> None:
    for store_id in (7, 8):
        with transaction(store_id):
            enqueue("inbox.apply", key=1)
            enqueue("sync.pages", key=1)

    assert sorted(waiting()) == ["inbox-apply-7-1", "inbox-apply-8-1"]
    assert sorted(waiting("sync.pages")) == ["sync-pages-7-1", "sync-pages-8-1"]


def test_nobody_s_work_cannot_be_asked_for() -> None:
    with transaction(), pytest.raises(NoStoreChosen):
        enqueue("inbox.apply", key=1)


@pytest.mark.usefixtures("redis_away")
def test_a_commit_stands_when_redis_is_away() -> None:
    store_id = make_store("ours")

    with transaction(store_id):
        session.add(Product(**product_row(1, "Lantern")))
        enqueue("inbox.apply", key=1)

    with transaction(store_id):
        assert session.get(Product, (store_id, 1)) is not None


def test_a_failed_job_s_id_does_not_keep_the_sweep_from_ringing() -> None:
    """Tried: after a restart of PostgreSQL nothing was applied for 50 seconds."""
    overdue = Ring("inbox.apply", 7, "1", is_overdue=True)
    ring(overdue)
    Queue("live", connection=connection(), serializer=JSONSerializer).pop_job_id()  # its worker fails or is killed: the id stays taken

    assert not ring(Ring("inbox.apply", 7, "1"))
    assert ring(overdue)
    assert not ring(overdue)

    assert waiting() == ["inbox-apply-7-1-"]


@pytest.mark.usefixtures("redis_silent")
def test_a_silent_queue_keeps_nobody_waiting_for_an_answer() -> None:
    """A platform gives up after five seconds, and disables a webhook that it gave up on too often."""
    store_id = make_store("ours")
    began = time.monotonic()

    with transaction(store_id):
        session.add(Product(**product_row(1, "Lantern")))
        enqueue("inbox.apply", key=1)

    assert time.monotonic() - began < 4
    with transaction(store_id):
        assert session.get(Product, (store_id, 1)) is not None
