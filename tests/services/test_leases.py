"""One worker at a time for each kind of work of each store."""

from __future__ import annotations

import threading

import pytest
from flask import Flask

from luxebrain.database.tenancy import transaction
from luxebrain.errors import LeaseLost
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
