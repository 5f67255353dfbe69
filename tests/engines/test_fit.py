"""Recommendations for callers whose ids are text: planted truths are found, and nothing that a table may hold upsets them."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from luxebrain.engines import recommendations, recommender
from luxebrain.engines.named_recommender import NamedRecommender
from tests.engines.shop import NOW, make_catalogue, make_lines


def make_orders() -> pd.DataFrame:
    """The planted shop: products 10, 11 … 70, 71 are bought in pairs."""
    lines = make_lines()
    return pd.DataFrame(
        {
            "customer_id": lines["customer"].fillna(-1).astype(int),
            "product_id": "P" + lines["product_id"].astype(str),
            "order_id": "#" + lines["order_id"].astype(str),
            "ordered_at": lines["ordered_at"],
            "quantity": lines["quantity"],
            "price": 9.5,
        }
    )


def make_products() -> pd.DataFrame:
    listed = make_catalogue()
    names = {"product_id": "P" + listed["product_id"].astype(str), "title": listed["title"]}
    return pd.DataFrame(names | {"product_type": "Gift", "vendor": None, "tags": "a, b"})


@pytest.fixture(scope="module")
def model() -> NamedRecommender:
    return recommendations.fit(make_orders(), make_products(), as_of=NOW)


def test_planted_partner_is_found_by_every_way_of_asking(model: NamedRecommender) -> None:
    assert model.bought_together(["P20", "P51"], 1) == [["P21"], ["P50"]]
    assert model.complete([["P20"], ["P51", "nothing we know"]], 1) == [["P21"], ["P50"]]
    assert model.similar(["P40"], 1) == [["P41"]]
    assert len(model.popular(3)) == 3


def test_basket_holds_nothing_of_what_completes_it_and_a_list_nothing_twice(model: NamedRecommender) -> None:
    baskets = [["P10", "P20", "P10"], [], ["unheard of"], ["P999"]]

    for basket, answer in zip(baskets, model.complete(baskets, 50, customer_ids=[3, -1, 4_000_000, 5]), strict=True):
        assert len(set(answer)) == len(answer) > 0
        assert not set(answer) & set(basket)


def test_customer_gets_what_is_new_to_them_or_with_repeats_what_they_buy(model: NamedRecommender) -> None:
    orders = make_orders()
    bought = set(orders[orders.customer_id == 3].product_id)

    (new,), (again,) = model.for_customers([3], 5), model.for_customers([3], len(bought), include_bought=True)

    assert not bought & set(new)
    assert set(again) & bought
    assert again[0] in bought


def test_only_candidates_are_recommended(model: NamedRecommender) -> None:
    answers = model.for_customers([3, 77_777], 9, include_bought=True, candidates=["P10", "P60", "elsewhere"])

    assert [set(answer) for answer in answers] == [{"P10", "P60"}] * 2


def test_product_that_nobody_bought_is_for_those_who_buy_its_like() -> None:
    """Red things and blue things, each bought by its own customers; two new ones, one of each colour."""
    rows = [
        (customer, f"{colour}{item}", customer * 10 + item)
        for customer in range(60)
        for item in range(4)
        for colour in (["red", "blue"][customer % 2],)
    ]
    orders = pd.DataFrame(rows, columns=["customer_id", "product_id", "order_id"]).assign(ordered_at=NOW, quantity=1, price=1.0)
    kinds = ("mug", "bowl", "tray", "lamp")
    listed = [(f"{colour}{item}", f"{colour} {kinds[item]}") for colour in ("red", "blue") for item in range(4)]
    products = pd.DataFrame([*listed, ("new red", "red chair"), ("new blue", "blue chair")], columns=["product_id", "title"])

    model = recommendations.fit(orders, products, as_of=NOW)

    assert model.for_customers([0, 1], 1, candidates=["new red", "new blue"]) == [["new red"], ["new blue"]]


def test_answers_depend_on_the_orders_and_not_on_their_order() -> None:
    def answers(orders: pd.DataFrame, seed: int) -> list[object]:
        model = recommendations.fit(orders, make_products(), as_of=NOW, seed=seed)
        return [model.for_customers([1, 2, 3], 10), model.complete([["P10"], ["P20", "P50"]], 10, [1, 2]), model.popular(9)]

    assert answers(make_orders(), 0) == answers(make_orders().sample(frac=1, random_state=5), 0)


def one_line(**changes: object) -> pd.DataFrame:
    row = {"customer_id": 1, "product_id": "P1", "order_id": "#1", "ordered_at": pd.Timestamp("2026-01-01"), "quantity": 1, "price": 1.0}
    return pd.DataFrame([row | changes])


NOTHING = make_orders().iloc[:0]
ODD = {
    "no orders": NOTHING,
    "one line": one_line(),
    "one customer": make_orders()[lambda orders: orders.customer_id == 3],
    "one product": make_orders()[lambda orders: orders.product_id == "P10"],
    "all returned": make_orders().assign(quantity=-1),
    "nobody is known": make_orders().assign(customer_id=-1),
    "nobody is named": make_orders().assign(customer_id=np.nan),
    "all at one time": make_orders().assign(ordered_at=NOW),
    "all in the future": make_orders().assign(ordered_at=NOW + timedelta(days=9)),
    "all for nothing": make_orders().assign(price=0.0),
    "without a price": make_orders().drop(columns="price"),
    "gaps everywhere": pd.concat([make_orders(), one_line(product_id=None), one_line(quantity=np.nan), one_line(ordered_at=pd.NaT)]),
}


@pytest.mark.parametrize("orders", ODD.values(), ids=ODD)
@pytest.mark.parametrize("products", [None, make_products()], ids=["no catalogue", "catalogue"])
def test_whatever_the_orders_are_there_is_an_answer(orders: pd.DataFrame, products: pd.DataFrame | None) -> None:
    model = recommendations.fit(orders, products, as_of=NOW)

    answers = [
        *model.for_customers([1, 3], 5),
        *model.for_customers([1, 3], 5, include_bought=True),
        *model.complete([["P1"], []], 5, [1, 2]),
    ]
    if products is not None:
        assert all(answer for answer in answers[2:])
        assert len(model.popular(5)) == 5
    assert all(len(set(answer)) == len(answer) <= 5 for answer in answers)


def test_lines_that_came_twice_and_one_absurd_order_change_next_to_nothing() -> None:
    orders = make_orders()
    absurd = one_line(customer_id=3, product_id="P10", order_id="#absurd", ordered_at=NOW - timedelta(days=1), quantity=80_995)

    usual, odd = (recommendations.fit(each, make_products(), as_of=NOW) for each in (orders, pd.concat([orders, orders, absurd])))

    assert odd.bought_together(["P20", "P40"], 1) == usual.bought_together(["P20", "P40"], 1)
    assert odd.complete([["P60"]], 1) == usual.complete([["P60"]], 1)


def test_latest_order_is_now_unless_it_is_said_and_a_date_to_come_counts_for_nothing() -> None:
    orders = make_orders()
    ahead = one_line(product_id="P1", ordered_at=pd.Timestamp("2199-01-01"))

    model = recommendations.fit(pd.concat([orders, ahead]))

    assert "P1" not in {product for answer in model.for_customers([1, 2], 99, include_bought=True) for product in answer}
    assert model.bought_together(["P20"], 1) == [["P21"]]


def test_missing_columns_and_customers_that_belong_to_no_basket_are_named(model: NamedRecommender) -> None:
    with pytest.raises(ValueError, match="there is no customer_id, quantity"):
        recommendations.fit(make_orders().drop(columns=["quantity", "customer_id"]))
    with pytest.raises(ValueError, match="Products need the column product_id"):
        recommendations.fit(make_orders(), pd.DataFrame({"title": ["Mug"]}))
    with pytest.raises(ValueError, match="1 customers for 2 baskets"):
        model.complete([["P10"], ["P20"]], 3, [1])


def test_model_says_how_far_it_can_go(model: NamedRecommender) -> None:
    assert model.tier == "collaborative"
    assert recommendations.fit(NOTHING, make_products()).tier == "content"
    assert recommendations.fit(NOTHING).tier == "cold"


def test_answers_are_the_same_in_blocks_of_any_size(model: NamedRecommender, monkeypatch: pytest.MonkeyPatch) -> None:
    customers, baskets = list(range(30)), [["P10"], ["P20", "P51"], []] * 10
    whole = [model.for_customers(customers, 5), model.complete(baskets, 5, customers)]

    monkeypatch.setattr(recommender, "CELLS", 40)

    assert [model.for_customers(customers, 5), model.complete(baskets, 5, customers)] == whole
