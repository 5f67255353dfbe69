"""One worker at a time for each kind of work of each store."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.errors import LeaseLost
from luxebrain.models.accounts import AuditEntry
from luxebrain.models.work import Lease
from luxebrain.queue import connection
from luxebrain.services import leases
from tests.database.rows import make_store

KIND = "sync.pages"


@pytest.fixture
def store_id(context: None) -> int:
    return make_store("ours")


def claim(store_id: int, kind: str = KIND) -> int | None:
    with transaction(store_id):
        return leases.claim_lease(kind)


def test_a_held_lease_is_not_given_twice(store_id: int) -> None:
    assert claim(store_id) == 2
    assert claim(store_id) is None


def test_other_stores_and_other_kinds_have_leases_of_their_own(store_id: int) -> None:
    claim(store_id)

    assert claim(make_store("theirs")) == 2
    assert claim(store_id, "inbox.apply") == 2


def test_a_released_lease_is_free_under_a_higher_fence(store_id: int) -> None:
    claim(store_id)
    with transaction(store_id):
        leases.release_lease(KIND, 2)

    assert claim(store_id) == 3


def test_holding_on_works_for_the_holder_only(store_id: int) -> None:
    claim(store_id)

    with transaction(store_id):
        leases.hold_lease(KIND, 2)
    for stranger in (1, 3):
        with transaction(store_id), pytest.raises(LeaseLost):
            leases.hold_lease(KIND, stranger)


def set_back(store_id: int, column: str) -> None:
    """As if so much time had passed."""
    with transaction(store_id):
        session.execute(text(f"update lease set {column} = now() - interval '1 s'"))


def lease_of(store_id: int) -> Lease:
    with transaction(store_id):
        return session.scalars(select(Lease).execution_options(populate_existing=True)).one()


def fail(store_id: int) -> None:
    fence = claim(store_id)
    assert fence is not None
    with transaction(store_id):
        leases.fail_lease(KIND, fence, ZeroDivisionError("by chance"), now=utcnow())


def test_work_that_failed_rests_ever_longer_and_then_until_somebody_asks(store_id: int) -> None:
    waits = []
    for _ in range(leases.MOST_FAILURES):
        fail(store_id)
        retry_at = lease_of(store_id).retry_at
        assert retry_at is not None
        waits.append((retry_at - utcnow()).total_seconds())
        assert claim(store_id) is None
        set_back(store_id, "retry_at")

    assert waits[:4] == pytest.approx([2, 4, 8, 16], abs=0.5)
    assert max(waits) <= leases.LONGEST_WAIT_S
    assert claim(store_id) is None
    assert lease_of(store_id).parked_at is not None
    assert lease_of(store_id).error == "ZeroDivisionError: by chance"


def test_work_over_which_workers_die_is_parked(store_id: int) -> None:
    for _ in range(leases.MOST_FAILURES):
        assert claim(store_id) is not None
        set_back(store_id, "leased_until")

    assert claim(store_id) is None
    assert lease_of(store_id).parked_at is not None
    assert lease_of(store_id).error == leases.DIED


def test_what_went_well_once_starts_counting_anew(store_id: int) -> None:
    fail(store_id)
    set_back(store_id, "retry_at")
    fence = claim(store_id)
    assert fence is not None
    with transaction(store_id):
        leases.release_lease(KIND, fence)

    assert (lease_of(store_id).failures, lease_of(store_id).error) == (0, "")


def test_parked_work_is_rung_for_only_when_somebody_takes_it_up_again(store_id: int) -> None:
    other = make_store("theirs")
    for each in (store_id, other):
        claim(each)
        with transaction(each):
            session.execute(update(Lease).values(parked_at=utcnow(), leased_until=None, failures=10))
    connection().flushdb()

    with transaction(store_id):
        leases.ring(KIND)
    assert list(connection().scan_iter("rq:job:*")) == []
    with transaction(store_id):
        assert leases.resume(KIND, by=None)
        assert not leases.resume(KIND, by=None)

    assert claim(store_id) == 3
    assert len(list(connection().scan_iter("rq:job:*"))) == 1
    assert lease_of(other).parked_at is not None
    with transaction(store_id):
        assert [(entry.action, entry.subject) for entry in session.scalars(select(AuditEntry))] == [("work.resumed", KIND)]


def test_of_many_that_claim_at_once_one_gets_it(app: Flask, store_id: int) -> None:
    fences: list[int | None] = []
    start = threading.Barrier(6)

    def compete() -> None:
        with app.app_context():
            start.wait()
            fences.append(claim(store_id))

    threads = [threading.Thread(target=compete) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(fences, key=lambda fence: fence or 0) == [None] * 5 + [2]
