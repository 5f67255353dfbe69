"""Training: asked for once, learned from one store's own orders, measured on orders that were not learned from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.engines.serving import NeighbourModel
from luxebrain.errors import LeaseLost
from luxebrain.models.orders import Order
from luxebrain.models.recommendations import RecommendationModel, TrainingRun
from luxebrain.models.work import RunState
from luxebrain.services import leases, orders, snapshots, training, trainings
from tests.widgets.made import NEVER_SOLD, PAIRS, Made, apply_products, make_shop, make_store, order, product, row_count, train

pytestmark = pytest.mark.usefixtures("context")


def latest_run(made: Made) -> TrainingRun:
    with transaction(made.store_id):
        run = trainings.latest_run()
    assert run is not None
    return run


def latest_model(made: Made) -> trainings.TrainedModel:
    with transaction(made.store_id):
        model = trainings.latest_model()
    assert model is not None
    return model


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

    card = latest_model(made).card
    measured = card["measured"]
    assert (card["orders"], card["products"], card["tier"]) == (240, 9, "collaborative")
    assert card["seconds"] > 0
    assert measured["cases"] >= 30
    assert measured["model"]["ndcg@10"] > measured["baseline"]["ndcg@10"] + 3 * measured["difference"]["ndcg@10_se"]


def test_too_few_orders_to_measure_are_said_to_be() -> None:
    made = make_shop("ours", order_count=12)

    train(made)

    card = latest_model(made).card
    assert card["measured"] is None
    assert "12 orders are too few" in card["not_measured"]


def test_a_store_without_orders_learns_from_words() -> None:
    made = make_shop("ours", order_count=0)

    train(made)

    assert latest_model(made).card["tier"] == "content"
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
        assert trainings.latest_model() is None


def test_a_failure_leaves_the_model_before_and_the_next_training_runs() -> None:
    made = make_shop("ours", order_count=12)
    train(made)
    before = latest_model(made).id
    with transaction(made.store_id):
        task_fence = leases.claim_lease(trainings.KIND)
        trainings.start_training()
    assert task_fence is not None
    with transaction(made.store_id):
        task = training.claim_training(task_fence, now=utcnow())
        assert task is not None
        training.record_training(task, training.Failed("It could not be."), task_fence, now=utcnow())
        leases.release_lease(trainings.KIND, task_fence)

    failed, kept = latest_run(made), latest_model(made).id
    train(made)

    assert (failed.state, failed.error, kept) == (RunState.FAILED, "It could not be.", before)
    assert latest_model(made).id != before


def test_a_model_that_would_be_clearly_worse_is_not_taken_and_the_page_says_so() -> None:
    """Somebody's clean-up took the old orders: what is learned without them knows nothing of what is bought since."""
    made = make_shop("ours", order_count=120)
    names = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple")  # words say nothing of who goes with whom
    apply_products(made, *(product(id, name) for id, name in zip([id for pair in PAIRS for id in pair], names, strict=True)))
    train(made)
    in_use = latest_model(made).id
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
    assert latest_model(made).id == in_use

    with transaction(made.store_id):  # it is not kept for ever
        session.query(RecommendationModel).update({"trained_at": utcnow() - timedelta(days=15)})
    train(made)
    assert latest_model(made).id != in_use


def test_a_trained_model_raises_the_snapshots_version() -> None:
    made = make_shop("ours", order_count=0)
    with transaction():
        before = snapshots.list_versions()[made.key].version

    train(made)

    with transaction():
        assert snapshots.list_versions()[made.key].version == before + 1


def test_a_worker_that_was_overtaken_records_nothing() -> None:
    made = make_shop("ours", order_count=0)
    with transaction(made.store_id):
        trainings.start_training()
        fence = leases.claim_lease(trainings.KIND)
        assert fence is not None
    with transaction(made.store_id):
        task = training.claim_training(fence, now=utcnow())
    assert task is not None

    with transaction(made.store_id), pytest.raises(LeaseLost):
        training.record_training(task, training.compute_training(task), fence - 1, now=utcnow())

    assert latest_run(made).state == RunState.RUNNING


def test_a_run_that_never_ends_is_given_up_with_a_reason() -> None:
    made = make_store("ours")
    with transaction(made.store_id):
        trainings.start_training()
        fence = leases.claim_lease(trainings.KIND)
        assert fence is not None

    with transaction(made.store_id):
        assert training.claim_training(fence, now=utcnow() + timedelta(hours=2)) is None

    assert latest_run(made).state == RunState.FAILED
    assert "longer than an hour" in latest_run(made).error


def test_only_the_newest_models_are_kept() -> None:
    made = make_shop("ours", order_count=0)

    for _ in range(training.KEPT_MODELS + 2):
        train(made)

    assert row_count(made.store_id, RecommendationModel) == training.KEPT_MODELS
