"""Orders are credited to the widgets that were clicked, whatever a browser wrote."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import OrderRecord
from luxebrain.models.orders import Order
from luxebrain.models.recommendations import Credit
from luxebrain.services import credits, orders
from tests.widgets.made import NOW, Made, make_store, order

pytestmark = pytest.mark.usefixtures("context")
AT = NOW - timedelta(hours=1)


def click(clicked: Any, *, minutes_before: float = 30, **more: Any) -> dict[str, Any]:
    """As the script leaves it on the order: times are Date.now()."""
    at = int((AT - timedelta(minutes=minutes_before)).timestamp() * 1000)
    return {
        "click_id": f"click-{clicked}",
        "recommendation_id": "4f" * 12,
        "placement": "similar",
        "product_id": clicked,
        "at": at,
    } | more


def apply(made: Made, *records: OrderRecord) -> list[Credit]:
    with transaction(made.store_id):
        orders.apply_orders(records, is_current=True, now=NOW)
    return credits_of(made)


def credits_of(made: Made) -> list[Credit]:
    with transaction(made.store_id):
        return session.query(Credit).order_by(Credit.order_id, Credit.line_id).all()


def test_a_line_that_followed_a_click_is_credited_to_its_placement() -> None:
    made, other = make_store("ours"), make_store("noise")
    apply(other, order(1, (7, 8), at=AT))

    found = apply(made, order(1, (7, 8), at=AT, clicks=(click(7, placement="bought_together"),)))

    assert [(credit.order_id, credit.product_id, credit.placement, credit.amount) for credit in found] == [
        (1, 7, "bought_together", Decimal(10))
    ]
    assert found[0].recommendation_id == "4f" * 12
    assert credits_of(other) == []


def test_saying_it_again_changes_nothing() -> None:
    made = make_store("ours")
    apply(made, order(1, (7,), at=AT, clicks=(click(7),)), order(2, (8,), at=AT, clicks=(click(8),)))

    with transaction(made.store_id):
        credits.credit_orders([1, 2])
        credits.credit_orders([1])

    assert [credit.order_id for credit in credits_of(made)] == [1, 2]


def test_an_order_that_lost_its_line_loses_the_credit() -> None:
    made = make_store("ours")
    apply(made, order(1, (7,), at=AT, clicks=(click(7),)))

    found = apply(made, order(1, (8,), at=AT, clicks=(click(7),)))

    assert found == []


@pytest.mark.parametrize(
    "forged",
    [
        {"placement": "nowhere"},
        {"placement": ["similar"]},
        {"click_id": "x' or 1=1"},
        {"click_id": None},
        {"click_id": "x" * 65},
        {"recommendation_id": {"a": 1}},
        {"product_id": "seven"},
        {"product_id": True},
        {"product_id": 2**70},
        {"at": "yesterday"},
        {"at": None},
        {"at": 10**18},
        {"at": -5},
    ],
    ids=str,
)
def test_what_does_not_look_like_a_click_of_ours_is_left_out(forged: dict[str, Any]) -> None:
    assert credits.read_clicks([click(7, **forged)], ordered_at=AT) == []


@pytest.mark.parametrize("garbage", [None, "clicks", 7, {}, {"clicks": 1}, [1, None, "x", []]], ids=str)
def test_garbage_in_place_of_clicks_credits_nothing(garbage: Any) -> None:
    assert credits.read_clicks(garbage, ordered_at=AT) == []


def test_a_placement_that_is_no_text_is_no_error() -> None:
    assert credits.read_clicks([click(7, placement={"a": []})], ordered_at=AT) == []


@pytest.mark.parametrize(
    ("minutes_before", "is_credited"), [(0, True), (-5, True), (-11, False), (7 * 24 * 60 - 1, True), (7 * 24 * 60 + 1, False)]
)
def test_a_click_counts_for_a_week_and_a_fast_clock_is_forgiven(minutes_before: float, is_credited: bool) -> None:
    made = make_store("ours")

    found = apply(made, order(1, (7,), at=AT, clicks=(click(7, minutes_before=minutes_before),)))

    assert bool(found) is is_credited


def test_a_click_may_say_its_time_in_words() -> None:
    made = make_store("ours")

    found = apply(made, order(1, (7,), at=AT, clicks=(click("7", at=(AT - timedelta(hours=1)).isoformat()),)))

    assert [credit.clicked_at for credit in found] == [AT - timedelta(hours=1)]


def test_the_last_click_wins() -> None:
    made = make_store("ours")
    clicks = (click(7, click_id="early1", minutes_before=60), click(7, click_id="late01", minutes_before=5, placement="cart"))

    found = apply(made, order(1, (7,), at=AT, clicks=clicks))

    assert [(credit.click_id, credit.placement) for credit in found] == [("late01", "cart")]


def test_what_widgets_brought_counts_orders_that_are_revenue_only() -> None:
    made = make_store("ours")
    apply(made, order(1, (7, 9), at=AT, clicks=(click(7), click(9))), order(2, (8,), at=AT, clicks=(click(8),)))
    with transaction(made.store_id):
        session.get_one(Order, (made.store_id, 2)).status = "cancelled"

    with transaction(made.store_id):
        brought = credits.sum_credits(since=NOW - timedelta(days=1))

    assert brought == credits.CreditTotals(orders=1, revenue=Decimal(20))
