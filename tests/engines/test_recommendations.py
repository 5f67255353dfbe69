"""Training on a shop with a planted truth, from nothing to plenty."""

import numpy as np
import pandas as pd
import pytest

from luxebrain.engines import recommendations
from luxebrain.engines.recommender import Recommender
from luxebrain.engines.serving import NeighbourModel, Strategy
from tests.engines.shop import NOW, make_catalogue, make_lines, no_lines


@pytest.fixture(scope="module")
def trained() -> Recommender:
    return recommendations.train(make_lines(), make_catalogue(), now=NOW)


def test_planted_partner_is_bought_together_with_its_support(trained: Recommender) -> None:
    lines = make_lines()
    with_both = len(set(lines[lines.product_id == 30].order_id) & set(lines[lines.product_id == 31].order_id))

    for pair in range(10, 70, 10):
        best = trained.neighbours.recommend("bought_together", product_id=pair, k=1)[0]
        assert (best.product_id, best.strategy) == (pair + 1, Strategy.COLLABORATIVE)
    assert trained.neighbours.recommend("bought_together", product_id=30, k=1)[0].support == with_both


def test_cart_of_two_is_completed_by_both_partners(trained: Recommender) -> None:
    assert {frozenset(trained.complete([[20, 50]], k=2)[0])} == {frozenset({21, 51})}


def test_similar_prefers_like_words_bought_by_the_same_customers(trained: Recommender) -> None:
    assert trained.neighbours.recommend("similar", product_id=40, k=1)[0].product_id == 41


def test_product_without_orders_is_answered_through_its_words(trained: Recommender) -> None:
    similar = trained.neighbours.recommend("similar", product_id=999, k=2)
    together = trained.neighbours.recommend("bought_together", product_id=999, k=2)

    assert {item.product_id for item in similar} == {10, 11}
    assert {item.product_id for item in together} == {10, 11}
    assert {item.strategy for item in similar + together} == {Strategy.CONTENT}
    assert trained.report.products_per_tier == {"collaborative": 12, "content": 1, "popular": 0, "cold": 0}


def test_store_without_orders_recommends_by_words_then_in_catalogue_order() -> None:
    model = recommendations.train(no_lines(), make_catalogue(), now=NOW)

    similar = model.neighbours.recommend("similar", product_id=999, k=4)
    popular = model.neighbours.recommend("for_you", k=2)

    assert model.tier is Strategy.CONTENT
    assert [(item.product_id, item.strategy) for item in similar[2:]] == [(20, Strategy.COLD), (21, Strategy.COLD)]
    assert {item.product_id for item in similar[:2]} == {10, 11}
    assert [(item.product_id, item.strategy) for item in popular] == [(10, Strategy.COLD), (11, Strategy.COLD)]


@pytest.mark.parametrize("catalogue", [None, pd.DataFrame({"product_id": pd.Series(dtype="int64"), "title": pd.Series(dtype="str")})])
def test_store_with_nothing_answers_nothing(catalogue: pd.DataFrame | None) -> None:
    model = recommendations.train(no_lines(), catalogue, now=NOW)

    assert model.neighbours.recommend("for_you") == []
    assert model.for_customers([1], k=3) == [[]]
    assert model.tier is Strategy.COLD


def test_catalogue_without_words_or_orders_falls_back_on_its_order() -> None:
    catalogue = pd.DataFrame({"product_id": [7, 3, 5], "title": ["", None, "x"]})

    model = recommendations.train(no_lines(), catalogue, now=NOW)

    assert [item.product_id for item in model.neighbours.recommend("similar", product_id=3)] == [7, 5]
    assert model.tier is Strategy.COLD


def test_single_order_is_enough_to_train() -> None:
    model = recommendations.train(make_lines(orders=1), make_catalogue(), now=NOW)

    assert model.report.orders == 1
    assert len(model.neighbours.recommend("for_you", k=13)) == 13


def test_deleted_product_is_never_recommended() -> None:
    catalogue = make_catalogue().query("product_id != 31")

    model = recommendations.train(make_lines(), catalogue, now=NOW)

    assert 31 not in model.neighbours.product_ids
    assert 31 not in [item.product_id for item in model.neighbours.recommend("bought_together", product_id=30, k=13)]


def test_customer_is_not_shown_what_was_bought_and_a_stranger_gets_what_newcomers_buy(trained: Recommender) -> None:
    lines = make_lines()
    bought = set(lines[lines.customer == 3].product_id)

    known, stranger = trained.for_customers([3, 4_000], k=13)

    assert not bought & set(known)
    assert set(known) | bought == set(make_catalogue().product_id)
    assert stranger[0] == int(trained.neighbours.product_ids[np.argmax(trained.newcomers)])


def test_answers_do_not_depend_on_row_order() -> None:
    shuffled = make_lines().sample(frac=1, random_state=1)

    first, second = (recommendations.train(lines, make_catalogue(), now=NOW) for lines in (make_lines(), shuffled))

    assert first.neighbours.to_bytes() == second.neighbours.to_bytes()


def test_catalogue_beyond_the_limit_learns_by_cosine_and_still_finds_the_partner() -> None:
    model = recommendations.train(make_lines(), make_catalogue(), now=NOW, ease_limit=5)

    assert model.report.method == "cosine"
    assert model.neighbours.recommend("bought_together", product_id=20, k=1)[0].product_id == 21


def test_model_survives_its_journey_as_bytes(trained: Recommender) -> None:
    copy = NeighbourModel.from_bytes(trained.neighbours.to_bytes())

    for placement in ("similar", "bought_together", "trending", "best_sellers"):
        assert copy.recommend(placement, product_id=10) == trained.neighbours.recommend(placement, product_id=10)
