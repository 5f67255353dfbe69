"""Training: asked for once, learned from one store's own orders, measured on orders that were not learned from."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from luxebrain import jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.engines.serving import NeighbourModel
from luxebrain.errors import LeaseLost
from luxebrain.models.orders import Order
from luxebrain.models.recommendations import RecommendationModel
from luxebrain.models.training import PartState, TrainingRun
from luxebrain.models.work import RunState
from luxebrain.services import leases, orders, recommendation_training, snapshots, training, trainings
from luxebrain.services.learners import Learner, NotLearned
from luxebrain.services.trainings import Engine
from tests.widgets.made import NEVER_SOLD, PAIRS, Made, apply_products, make_shop, make_store, order, product, row_count, train

pytestmark = pytest.mark.usefixtures("context")


def latest_run(made: Made) -> TrainingRun:
    with transaction(made.store_id):
        run = trainings.latest_run()
    assert run is not None
    return run


def latest_card(made: Made, engine: Engine = Engine.RECOMMENDATIONS) -> trainings.ModelCard:
    with transaction(made.store_id):
        card = trainings.latest_card(engine)
    assert card is not None
    return card


def latest_parts(made: Made) -> dict[str, tuple[str, str]]:
    with transaction(made.store_id):
        run = trainings.latest_run()
        assert run is not None
        return {part.engine: (part.state, part.reason) for part in trainings.list_parts(run.id)}


def test_asking_twice_starts_one_run() -> None:
    made = make_store("ours")

    with transaction(made.store_id):
        first = trainings.start_training().id
    with transaction(made.store_id):
        second = trainings.start_training().id

    assert first == second
    assert row_count(made.store_id, TrainingRun) == 1


def test_a_training_learns_what_is_bought_together() -> None:
    made = make_shop("ours")
    make_shop("noise", order_count=8)

    train(made)

    assert latest_run(made).state == RunState.DONE
    with transaction(made.store_id):
        model = NeighbourModel.from_bytes(session.query(RecommendationModel).one().tables)
    best = [model.recommend("bought_together", product_id=id, k=1)[0].product_id for id in (11, 21, 32)]
    assert best == [12, 22, 31]


def test_the_model_card_says_what_was_used_and_beats_showing_what_is_popular() -> None:
    made = make_shop("ours", order_count=240)

    train(made)

    card = latest_card(made).card
    measured = card["measured"]
    assert (card["orders"], card["products"], card["tier"]) == (240, 9, "collaborative")
    assert card["seconds"] > 0
    assert measured["cases"] >= 30
    assert measured["model"]["ndcg@10"] > measured["baseline"]["ndcg@10"] + 3 * measured["difference"]["ndcg@10_se"]


def test_too_few_orders_to_measure_are_said_to_be() -> None:
    made = make_shop("ours", order_count=12)

    train(made)

    card = latest_card(made).card
    assert card["measured"] is None
    assert "12 orders are too few" in card["not_measured"]


def test_a_store_without_orders_learns_from_words() -> None:
    made = make_shop("ours", order_count=0)

    train(made)

    assert latest_card(made).card["tier"] == "content"
    with transaction(made.store_id):
        model = NeighbourModel.from_bytes(session.query(RecommendationModel).one().tables)
    assert {item.product_id for item in model.recommend("similar", product_id=NEVER_SOLD, k=2)} == {11, 12}


def test_a_store_without_products_is_told_why_nothing_was_learned() -> None:
    made = make_store("empty")

    train(made)

    run = latest_run(made)
    assert run.state == RunState.FAILED
    assert "no products" in run.error
    with transaction(made.store_id):
        assert trainings.latest_card(Engine.RECOMMENDATIONS) is None


def nothing(_learned: object, _now: datetime) -> dict[str, Any]:
    return {}


def refuse(_read: object) -> object:
    raise NotLearned("It could not be.")


def test_a_failure_leaves_the_model_before_and_the_next_training_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_shop("ours", order_count=12)
    train(made)
    before = latest_card(made).version
    monkeypatch.setitem(training.LEARNERS, Engine.RECOMMENDATIONS, Learner(keep=nothing, learn=refuse))
    train(made)
    failed, kept = latest_run(made), latest_card(made).version
    monkeypatch.undo()
    train(made)

    assert (failed.state, failed.error, kept) == (RunState.FAILED, "It could not be.", before)
    assert latest_card(made).version != before


def test_a_model_that_would_be_clearly_worse_is_not_taken_and_the_page_says_so() -> None:
    """Somebody's clean-up took the old orders: what is learned without them knows nothing of what is bought since."""
    made = make_shop("ours", order_count=120)
    names = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple")  # words say nothing of who goes with whom
    apply_products(made, *(product(id, name) for id, name in zip([id for pair in PAIRS for id in pair], names, strict=True)))
    train(made)
    in_use = latest_card(made).version
    long_ago = utcnow() - timedelta(days=3)
    with transaction(made.store_id):
        session.query(Order).update({"deleted_at": long_ago})
        later = [order(number, PAIRS[number % 4]) for number in range(1_001, 1_061)]
        orders.apply_orders([replace(each, created_at=long_ago + timedelta(days=1)) for each in later], is_current=True, now=utcnow())
        session.query(RecommendationModel).update({"trained_at": long_ago})

    train(made)

    run = latest_run(made)
    assert run.state == RunState.FAILED
    assert "suggested clearly worse" in run.error
    assert "go on as before" in run.error
    assert latest_card(made).version == in_use

    with transaction(made.store_id):  # it is not kept for ever
        session.query(RecommendationModel).update({"trained_at": utcnow() - timedelta(days=15)})
    train(made)
    assert latest_card(made).version != in_use


def test_a_trained_model_raises_the_snapshots_version() -> None:
    made = make_shop("ours", order_count=0)
    with transaction():
        before = snapshots.list_versions()[made.key].version

    train(made)

    with transaction():
        assert snapshots.list_versions()[made.key].version == before + 1


def test_a_worker_that_was_overtaken_records_nothing() -> None:
    made = make_shop("ours", order_count=0)
    fence = start(made)
    with transaction(made.store_id):
        claim = training.claim_part(fence, now=utcnow())
    assert claim is not None

    with transaction(made.store_id), pytest.raises(LeaseLost):
        training.record_part(claim, training.Outcome(PartState.SKIPPED), fence - 1, now=utcnow())

    assert latest_run(made).state == RunState.RUNNING


def start(made: Made) -> int:
    with transaction(made.store_id):
        trainings.start_training()
        fence = leases.claim_lease(trainings.KIND)
    assert fence is not None
    return fence


def test_a_run_that_never_ends_is_given_up_with_a_reason() -> None:
    made = make_store("ours")
    fence = start(made)

    with transaction(made.store_id):
        assert training.claim_part(fence, now=utcnow() + timedelta(hours=2)) is None

    assert latest_run(made).state == RunState.FAILED
    assert "longer than an hour" in latest_run(made).error


def test_an_engine_that_workers_die_over_ends_its_part_and_the_next_one_learns() -> None:
    made = make_shop("ours", order_count=12)
    fence = start(made)
    for _ in range(training.MOST_ATTEMPTS):
        with transaction(made.store_id):
            assert training.claim_part(fence, now=utcnow()) is not None
    with transaction(made.store_id):
        leases.release_lease(trainings.KIND, fence)

    jobs.run(trainings.KIND, made.store_id)

    parts = latest_parts(made)
    assert parts[Engine.SEGMENTS] == ("failed", training.DIED)
    assert parts[Engine.RECOMMENDATIONS] == ("done", "")
    assert latest_run(made).error == training.DIED


def test_an_engine_that_breaks_says_so_and_touches_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_shop("ours", order_count=12)
    monkeypatch.setitem(training.LEARNERS, Engine.LIFETIME_VALUE, Learner(keep=nothing, learn=lambda _read: 1 / 0))
    monkeypatch.setitem(training.LEARNERS, Engine.PRICES, Learner(keep=nothing, read=lambda _now: 1 / 0))
    monkeypatch.setitem(training.LEARNERS, Engine.FORECASTS, Learner(keep=lambda _learned, _now: {"never": 1 / 0}))

    train(made)

    parts = latest_parts(made)
    for engine in (Engine.LIFETIME_VALUE, Engine.PRICES, Engine.FORECASTS):  # while learning, reading, keeping
        assert parts[engine][0] == "failed"
        assert "(ZeroDivisionError). It is our mistake" in parts[engine][1]
    assert parts[Engine.RECOMMENDATIONS] == ("done", "")


def test_too_little_to_learn_from_is_no_failure_and_says_what_is_missing() -> None:
    made = make_shop("ours", order_count=12)

    train(made)

    state, reason = latest_parts(made)[Engine.LIFETIME_VALUE]
    assert (state, latest_run(made).state) == ("skipped", RunState.DONE)
    assert "needs 50 customers" in reason


def test_every_card_says_what_it_took() -> None:
    made = make_shop("ours", order_count=120)

    train(made)

    with transaction(made.store_id):
        cards = trainings.latest_cards()
    assert set(cards) >= {Engine.SEGMENTS, Engine.PRICES, Engine.RECOMMENDATIONS, Engine.FORECASTS}
    assert all(card.card["peak_mb"] > 10 and card.card["seconds"] >= 0 and card.card["method"] for card in cards.values())


def test_only_the_newest_models_are_kept() -> None:
    made = make_shop("ours", order_count=0)

    for _ in range(recommendation_training.KEPT_MODELS + 2):
        train(made)

    assert row_count(made.store_id, RecommendationModel) == recommendation_training.KEPT_MODELS
