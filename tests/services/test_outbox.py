"""The ledger: an effect is asked for once, in one pair of hands at a time, and never done again while nobody knows."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask, current_app
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.outbox import Effect, EffectState
from luxebrain.services import admin, console, outbox
from luxebrain.services.outbox import Answer, Claim
from tests.database.rows import make_store

pytestmark = pytest.mark.usefixtures("context")
KIND, OTHER = "campaigns.send", "prices.push"
DONE = Answer(EffectState.ACCEPTED)
LATER = timedelta(hours=1)


@pytest.fixture
def store_id(context: None) -> int:
    """Another store has asked for the same keys."""
    ours, theirs = make_store("ours"), make_store("theirs")
    ask(theirs, "a", "b")
    return ours


def ask(store_id: int, *keys: str, kind: str = KIND) -> list[int]:
    with transaction(store_id):
        ids = outbox.ask(kind, keys, now=utcnow())
        return [ids[key] for key in keys]


def claim(store_id: int, *ids: int, fence: int, kind: str = KIND) -> dict[int, Claim]:
    with transaction(store_id):
        return outbox.claim(kind, ids, fence, now=utcnow())


def record(store_id: int, answers: dict[int, Answer], fence: int) -> set[int]:
    with transaction(store_id):
        return outbox.record(answers, fence, now=utcnow())


def give_up(store_id: int, *, can_look: bool) -> None:
    """As the successor of a dead worker does."""
    with transaction(store_id):
        outbox.give_up_on_interrupted(KIND, "interrupted", look_at=utcnow() if can_look else None, now=utcnow())


def found(store_id: int, id: int) -> Effect:
    with transaction(store_id):
        return session.scalars(select(Effect).where(Effect.id == id).execution_options(populate_existing=True)).one()


def states(store_id: int) -> dict[str, str]:
    with transaction(store_id):
        return dict(session.execute(select(Effect.key, Effect.state)).all())


def test_asking_twice_for_one_key_is_one_effect(store_id: int) -> None:
    first = ask(store_id, "a", "b")

    second = ask(store_id, "b", "a", "c")

    assert (second[1], second[0]) == tuple(first)
    assert states(store_id) == {"a": "pending", "b": "pending", "c": "pending"}


def test_one_key_of_two_kinds_is_two_effects(store_id: int) -> None:
    assert ask(store_id, "a") != ask(store_id, "a", kind=OTHER)


def test_asking_again_leaves_one_that_is_on_its_way_as_it_is(store_id: int) -> None:
    (id,) = ask(store_id, "a")
    claim(store_id, id, fence=2)

    ask(store_id, "a")

    assert (found(store_id, id).state, found(store_id, id).fence) == ("attempted", 2)


def test_accepted_effect_is_over(store_id: int) -> None:
    (id,) = ask(store_id, "a")
    claim(store_id, id, fence=2)

    assert record(store_id, {id: DONE}, 2) == {id}

    assert found(store_id, id).state == "accepted"
    assert claim(store_id, id, fence=3) == {}


def test_an_orphaned_worker_s_record_is_refused(store_id: int) -> None:
    (id,) = ask(store_id, "a")
    claim(store_id, id, fence=2)
    give_up(store_id, can_look=True)
    claim(store_id, id, fence=3)

    assert record(store_id, {id: Answer(EffectState.REFUSED, "late")}, 2) == set()

    assert (found(store_id, id).state, found(store_id, id).fence) == ("attempted", 3)


def test_killed_between_attempted_and_recorded_is_unknown_and_never_done_again(store_id: int) -> None:
    (id,) = ask(store_id, "a")
    claim(store_id, id, fence=2)

    give_up(store_id, can_look=False)

    effect = found(store_id, id)
    assert (effect.state, effect.outcome, effect.retry_at) == ("unknown", "interrupted", None)
    assert claim(store_id, id, fence=3) == {}
    assert record(store_id, {id: DONE}, 2) == set()
    assert store_id not in {call.store_id for call in admin.find_overdue_work()}


def test_one_that_can_be_looked_into_is_claimed_again_and_says_so(store_id: int) -> None:
    (id,) = ask(store_id, "a")
    claim(store_id, id, fence=2)
    give_up(store_id, can_look=True)

    assert claim(store_id, id, fence=3) == {id: Claim(id, attempts=2, was_unknown=True)}


@pytest.mark.parametrize(("answer", "is_there"), [(EffectState.ACCEPTED, True), (EffectState.REFUSED, False)])
def test_unknown_one_that_was_looked_into_is_resolved_by_what_was_found(store_id: int, answer: EffectState, is_there: bool) -> None:
    (id,) = ask(store_id, "a")
    claim(store_id, id, fence=2)
    give_up(store_id, can_look=True)
    claim(store_id, id, fence=3)

    record(store_id, {id: Answer(answer, "read")}, 3)

    assert (found(store_id, id).state, found(store_id, id).is_there, found(store_id, id).outcome) == ("resolved", is_there, "read")


def test_unknown_one_stays_unknown_where_looking_failed(store_id: int) -> None:
    (id,) = ask(store_id, "a")
    claim(store_id, id, fence=2)
    give_up(store_id, can_look=True)
    since = found(store_id, id).unknown_at
    claim(store_id, id, fence=3)

    record(store_id, {id: Answer(EffectState.PENDING, "away", utcnow() + LATER)}, 3)

    assert (found(store_id, id).state, found(store_id, id).unknown_at) == ("unknown", since)


def test_a_person_resolves_what_is_unknown_and_nothing_else(store_id: int) -> None:
    unknown, pending = ask(store_id, "a", "b")
    claim(store_id, unknown, fence=2)
    give_up(store_id, can_look=False)

    with transaction(store_id):
        resolved = outbox.resolve([unknown, pending], is_there=True, reason="asked", now=utcnow())

    assert resolved == 1
    assert states(store_id) == {"a": "resolved", "b": "pending"}


def test_what_certainly_did_not_happen_waits_for_its_time_and_may_cost_no_attempt(store_id: int) -> None:
    counted, free = ask(store_id, "a", "b")
    claim(store_id, counted, free, fence=2)

    answers = {id: Answer(EffectState.PENDING, "", utcnow() + LATER, is_try=id == counted) for id in (counted, free)}
    record(store_id, answers, 2)

    assert (found(store_id, counted).attempts, found(store_id, free).attempts) == (1, 0)
    assert claim(store_id, counted, free, fence=2) == {}


def test_what_was_put_off_is_not_due(store_id: int) -> None:
    ids = ask(store_id, "a", "b")
    (other,) = ask(store_id, "a", kind=OTHER)

    with transaction(store_id):
        outbox.put_off(KIND, until=utcnow() + LATER)

    assert claim(store_id, *ids, fence=2) == {}
    assert set(claim(store_id, other, fence=2, kind=OTHER)) == {other}


def test_only_what_has_not_left_can_be_withdrawn(store_id: int) -> None:
    waiting, leaving = ask(store_id, "a", "b")
    claim(store_id, leaving, fence=2)

    with transaction(store_id):
        assert outbox.withdraw([waiting, leaving], "changed my mind", now=utcnow()) == 1

    assert states(store_id) == {"a": "withdrawn", "b": "attempted"}


def test_stopping_a_store_withdraws_what_waits_and_lists_what_may_have_left(store_id: int) -> None:
    waiting, leaving, done, unknown = ask(store_id, "waiting", "leaving", "done", "unknown")
    claim(store_id, unknown, fence=2)
    give_up(store_id, can_look=False)
    claim(store_id, leaving, done, fence=3)
    record(store_id, {done: DONE}, 3)

    with transaction(store_id):
        outbox.stop_all(stopped="stopped", may_have_left="may have left", now=utcnow())

    assert states(store_id) == {"waiting": "withdrawn", "leaving": "unknown", "done": "accepted", "unknown": "unknown"}
    assert (found(store_id, waiting).outcome, found(store_id, leaving).outcome) == ("stopped", "may have left")
    assert found(store_id, unknown).outcome == "interrupted"
    assert record(store_id, {leaving: DONE}, 3) == set()


def test_another_store_s_effects_stay(store_id: int) -> None:
    ask(store_id, "a", "b")

    with transaction(store_id):
        outbox.stop_all(stopped="", may_have_left="", now=utcnow())

    assert {(count.state, count.count) for count in console.look_at_work().effects} == {("pending", 2)}


def test_operators_count_what_is_not_settled_in_all_stores_by_kind_and_state(store_id: int) -> None:
    (id, _) = ask(store_id, "a", "b")
    ask(store_id, "a", kind=OTHER)
    claim(store_id, id, fence=2)

    counts = console.look_at_work().effects

    assert {(count.kind, count.state): count.count for count in counts} == {
        (KIND, "attempted"): 1,
        (KIND, "pending"): 3,
        (OTHER, "pending"): 1,
    }
    assert all(count.oldest <= utcnow() for count in counts)


@pytest.mark.parametrize(("state", "is_there"), [("resolved", None), ("accepted", True), ("unknown", False)])
def test_only_a_resolved_effect_says_what_was_found_and_each_does(store_id: int, state: str, is_there: bool | None) -> None:
    with pytest.raises(IntegrityError, match="resolved_one_way"), transaction(store_id):
        session.add(Effect(kind=KIND, key="x", state=state, is_there=is_there))


def test_two_claims_at_once_never_hand_out_one_effect_twice(store_id: int) -> None:
    """Even without the lease."""
    ids = ask(store_id, *map(str, range(200)))
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    taken: list[int] = []
    together = threading.Barrier(4)

    def take(fence: int) -> None:
        with app.app_context():
            together.wait()
            for start in range(0, 200, 20):
                taken.extend(claim(store_id, *sorted(ids)[start : start + 40], fence=fence))

    threads = [threading.Thread(target=take, args=(fence,)) for fence in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == sorted(ids)


class Ledger(RuleBasedStateMachine):
    """Workers take over from dead ones, call, record, and come back late. `there`: how often the outside was told to do it."""

    store_id = 0
    can_look = False

    def __init__(self) -> None:
        super().__init__()
        with transaction(self.store_id):
            session.execute(delete(Effect))
        self.there = dict.fromkeys(ask(self.store_id, "a", "b", "c"), 0)
        self.fence = 1
        self.claims: dict[int, Claim] = {}
        self.called: set[int] = set()
        self.late: list[tuple[int, list[int]]] = []

    @rule()
    def worker_dies_and_another_takes_over(self) -> None:
        self.late.append((self.fence, list(self.claims)))
        self.fence += 1
        give_up(self.store_id, can_look=self.can_look)
        self.claims, self.called = claim(self.store_id, *self.there, fence=self.fence), set()

    @rule()
    def worker_calls_for_the_next(self) -> None:
        """One that was unknown is looked at first."""
        for id in list(self.claims.keys() - self.called)[:1]:
            self.called.add(id)
            if not (self.claims[id].was_unknown and self.there[id]):
                self.there[id] += 1

    @rule()
    def worker_records(self) -> None:
        not_tried = Answer(EffectState.PENDING, retry_at=utcnow(), is_try=False)
        answers = {id: DONE if id in self.called else not_tried for id in self.claims}
        assert record(self.store_id, answers, self.fence) == set(answers)
        self.claims, self.called = {}, set()

    @precondition(lambda self: bool(self.late))
    @rule()
    def dead_worker_comes_back_and_records(self) -> None:
        fence, ids = self.late.pop()
        assert record(self.store_id, dict.fromkeys(ids, DONE), fence) == set()

    @invariant()
    def nothing_happened_twice_and_the_ledger_is_true(self) -> None:
        for id, times in self.there.items():
            effect = found(self.store_id, id)
            assert times <= 1
            assert times == 0 or effect.state != "pending"
            assert times == 1 or not (effect.state == "accepted" or effect.is_there)


@pytest.mark.parametrize("can_look", [False, True])
def test_whoever_dies_wherever_nothing_happens_twice_and_nothing_is_claimed_that_did_not(store_id: int, can_look: bool) -> None:
    machine = type("Machine", (Ledger,), {"store_id": store_id, "can_look": can_look})

    run_state_machine_as_test(machine, settings=settings(max_examples=15, stateful_step_count=15))
