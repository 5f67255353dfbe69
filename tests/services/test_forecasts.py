"""Stock: what a store sold week by week becomes what it will sell, when it is sold out and what to order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import OrderStatus, ProductStatus
from luxebrain.models.catalog import Variant
from luxebrain.models.forecasts import ProductForecast
from luxebrain.models.stores import Store
from luxebrain.services import catalog, forecast_training, forecasts, orders, trainings
from luxebrain.services.forecasts import StockFigures, StockOutlook
from luxebrain.services.learners import TooLittle
from luxebrain.services.trainings import Engine
from tests.widgets.made import NOW, Made, make_shop, make_store, order, product, train

pytestmark = pytest.mark.usefixtures("context")
STEADY, RARE, UNCOUNTED, NEW = 1, 2, 3, 4
WEEKS = 20
MONDAY = (NOW - timedelta(days=NOW.weekday())).replace(hour=12, minute=0, second=0)


def make_seller(name: str = "seller") -> Made:
    """STEADY sells ten a week and has twelve; RARE one in four weeks and has forty; nobody counts UNCOUNTED; NEW came last week."""
    made = make_store(name)
    listed = [product(id, f"Product {id}", created_at=NOW - timedelta(weeks=WEEKS + 4)) for id in (STEADY, RARE, UNCOUNTED)]
    bought = {STEADY: range(1, WEEKS + 1), RARE: range(2, WEEKS, 4), UNCOUNTED: range(1, WEEKS + 1)}
    made_orders = [
        order(1000 * id + week, (id,) * (10 if id == STEADY else 1), at=MONDAY - timedelta(weeks=week))
        for id, weeks in bought.items()
        for week in weeks
    ]
    with transaction(made.store_id):
        catalog.apply_products([*listed, product(NEW, "New", created_at=MONDAY - timedelta(weeks=1))], is_current=True, now=NOW)
        orders.apply_orders(made_orders, is_current=True, now=NOW)
        for id, stock in ((STEADY, 12), (RARE, 40), (NEW, 0)):
            session.query(Variant).filter_by(id=id).update({"stock_quantity": stock})
    return made


def outlooks(made: Made, *, only_to_order: bool = False) -> dict[int, StockOutlook]:
    with transaction(made.store_id):
        return {row.product_id: row for row in forecasts.list_outlooks(only_to_order=only_to_order, page=1)}


def test_what_sells_ten_a_week_is_expected_to_and_ordered_before_it_is_gone() -> None:
    made = make_seller()
    make_shop("noise")

    train(made)

    found = outlooks(made)
    assert set(found) == {STEADY, RARE, UNCOUNTED, NEW}
    steady = found[STEADY]
    assert steady.weekly == pytest.approx(10, rel=0.15)
    assert steady.sold_out_on is not None
    assert timedelta(weeks=1) <= steady.sold_out_on - MONDAY.date() <= timedelta(weeks=3)
    assert steady.reorder_point >= 20
    assert 15 <= steady.quantity <= 40


def test_what_lasts_is_not_ordered_and_what_nobody_counts_is_only_forecast() -> None:
    made = make_seller()

    train(made)

    found = outlooks(made)
    assert (found[RARE].sold_out_on, found[RARE].quantity) == (None, 0)
    assert found[UNCOUNTED].weekly == pytest.approx(1, rel=0.2)
    assert (found[UNCOUNTED].on_hand, found[UNCOUNTED].sold_out_on, found[UNCOUNTED].quantity) == (None, None, 0)
    assert STEADY in outlooks(made, only_to_order=True)
    assert RARE not in outlooks(made, only_to_order=True)
    with transaction(made.store_id):
        figures = forecasts.count_outlooks()
    assert isinstance(figures, StockFigures)
    assert figures.products == 4


def test_the_card_says_how_far_off_it_was_beside_last_week_again() -> None:
    made = make_seller()

    train(made)

    with transaction(made.store_id):
        card = trainings.latest_card(Engine.FORECASTS)
    assert card is not None
    assert (card.card["products"], card.card["weeks"]) == (4, WEEKS)
    assert card.card["accuracy"][card.card["method"]]["wape"] <= card.card["accuracy"]["naive"]["wape"]
    assert len(card.card["total"]["mean"]) == forecast_training.HORIZON


def test_the_week_that_runs_and_orders_that_were_cancelled_are_no_demand() -> None:
    made = make_seller()
    with transaction(made.store_id):
        now = datetime.now(UTC)
        cancelled = order(90_001, (STEADY,) * 50, at=MONDAY - timedelta(weeks=1))
        running = order(90_002, (STEADY,) * 50, at=now)
        orders.apply_orders([running], is_current=True, now=now)
        orders.apply_orders([replace(cancelled, status=OrderStatus.CANCELLED)], is_current=True, now=now)
        demand = forecast_training.read(now)

    assert {units for id, _week, units in demand.sold if id == STEADY} == {10.0}


def test_a_week_is_one_of_the_store_s_own_clock() -> None:
    made = make_seller()

    sunday = MONDAY.replace(hour=11, minute=30) - timedelta(days=7)  # Monday half past midnight in Auckland
    with transaction():
        session.query(Store).filter_by(id=made.store_id).update({"timezone": "Pacific/Auckland"})
    with transaction(made.store_id):
        orders.apply_orders([order(90_003, (RARE,) * 7, at=sunday)], is_current=True, now=NOW)
        demand = forecast_training.read(NOW)

    assert (RARE, (MONDAY - timedelta(days=7)).date(), 7.0) in demand.sold


def test_too_few_weeks_are_refused_with_their_number() -> None:
    made = make_store("young")
    with transaction(made.store_id):
        catalog.apply_products([product(1)], is_current=True, now=NOW)
        orders.apply_orders([order(1, (1,), at=MONDAY - timedelta(weeks=2))], is_current=True, now=NOW)
        demand = forecast_training.read(NOW)

    with pytest.raises(TooLittle, match="there are 2"):
        forecast_training.learn(demand)


def test_a_forecast_is_replaced_whole_by_the_next() -> None:
    made = make_seller()
    train(made)
    with transaction(made.store_id):
        later = NOW + timedelta(hours=1)
        catalog.apply_products([product(RARE, status=ProductStatus.DRAFT, modified_at=later)], is_current=True, now=later)

    train(made)

    with transaction(made.store_id):
        assert set(session.scalars(session.query(ProductForecast.product_id).statement)) == {STEADY, UNCOUNTED, NEW}
