"""Segments: planted customers are named as they are, and neither refunds nor the clock shake the others."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from luxebrain.engines import segments as engine
from luxebrain.engines.segments import CustomerOrders, Segment

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
CHAMPION, PROMISING, AT_RISK, LOST = 1001, 1002, 1003, 1004


def make_orders() -> CustomerOrders:
    """A crowd of 100 with 2 or 3 orders in the middle of the year, and four customers with a clear story."""
    rng = np.random.default_rng(2)
    rows = [(customer, days, 40.0) for customer in range(1, 101) for days in rng.integers(60, 200, 2 + customer % 2)]
    rows += [(CHAMPION, days, 300.0) for days in (2, 9, 20, 33, 50, 71)]
    rows += [(PROMISING, 3, 10.0)]
    rows += [(AT_RISK, days, 300.0) for days in (250, 260, 280, 300, 320)]
    rows += [(LOST, 350, 10.0)]
    customer, days, paid = (np.array(column) for column in zip(*rows, strict=True))
    ordered_at = int(NOW.timestamp()) - days.astype(np.int64) * 86_400
    return CustomerOrders(customer.astype(np.int64), ordered_at, paid.astype(float), np.zeros(len(paid)))


def named(orders: CustomerOrders, now: datetime = NOW) -> dict[int, Segment]:
    return {customer.customer: customer.segment for customer in engine.segments(orders, now)}


def test_planted_customers_are_named_as_they_are() -> None:
    found = named(make_orders())

    assert found[CHAMPION] is Segment.CHAMPIONS
    assert found[PROMISING] is Segment.PROMISING
    assert found[AT_RISK] is Segment.AT_RISK
    assert found[LOST] is Segment.LOST
    assert set(found.values()) == set(Segment)


def test_explanation_names_the_figures_it_rests_on() -> None:
    by_id = {customer.customer: customer for customer in engine.segments(make_orders(), NOW, currency="GBP")}

    assert by_id[AT_RISK].explanation == (
        "At risk: used to buy often and has stayed away (5 orders worth 1500.00 GBP, the last one 250 days ago)."
    )
    assert by_id[LOST].explanation.endswith("(1 order worth 10.00 GBP, the last one 350 days ago).")


def test_order_refunded_in_full_never_happened_and_a_partial_one_counts_less() -> None:
    orders = make_orders()
    of_champion = np.flatnonzero(orders.customer == CHAMPION)
    refunded = orders.refunded.copy()
    refunded[of_champion[0]], refunded[of_champion[1]] = 300.0, 100.0

    found = engine.segments(CustomerOrders(orders.customer, orders.ordered_at, orders.paid, refunded), NOW)
    champion = next(customer for customer in found if customer.customer == CHAMPION)

    assert (champion.frequency, champion.monetary, champion.recency_days) == (5, 1400.0, 9)


def test_segments_stay_when_only_the_clock_moves() -> None:
    orders = make_orders()

    moments = [NOW + timedelta(hours=hours) for hours in (0, 5, 14, 15, 24 * 30)]

    assert all(named(orders, moment) == named(orders) for moment in moments)


def test_segments_do_not_depend_on_row_order() -> None:
    orders = make_orders()
    order = np.random.default_rng(7).permutation(len(orders.customer))
    shuffled = CustomerOrders(orders.customer[order], orders.ordered_at[order], orders.paid[order], orders.refunded[order])

    assert engine.segments(shuffled, NOW) == engine.segments(orders, NOW)


def test_quintiles_equal_pandas_without_ties_and_share_scores_with_them() -> None:
    values = np.random.default_rng(1).permutation(1_000).astype(float)

    assert engine.quintiles(values).tolist() == (pd.qcut(values, 5, labels=False) + 1).tolist()
    assert engine.quintiles(np.array([7, 7, 7, 7])).tolist() == [3, 3, 3, 3]


def test_too_few_customers_are_refused_with_the_reason() -> None:
    orders = make_orders()
    few = orders.customer <= 4

    with pytest.raises(engine.TooFewCustomers, match="there are 4"):
        engine.segments(CustomerOrders(orders.customer[few], orders.ordered_at[few], orders.paid[few], orders.refunded[few]), NOW)


def test_future_orders_and_broken_amounts_are_left_out() -> None:
    orders = make_orders()
    paid = orders.paid.copy()
    paid[orders.customer == LOST] = np.nan
    ordered_at = np.where(orders.customer == PROMISING, int(NOW.timestamp()) + 86_400, orders.ordered_at)

    found = named(CustomerOrders(orders.customer, ordered_at, paid, orders.refunded))

    assert LOST not in found
    assert PROMISING not in found


def moves(orders: CustomerOrders, since: datetime) -> list[engine.Move]:
    return engine.moves(engine.segments(orders, since), engine.segments(orders, NOW))


def test_moves_are_those_who_are_called_otherwise_than_before() -> None:
    """The champion bought it all within 71 days: nobody knew them before."""
    since = NOW - timedelta(days=100)
    before, now = named(make_orders(), since), named(make_orders())

    moved = {move.customer: (move.before, move.now) for move in moves(make_orders(), since)}

    assert moved[CHAMPION] == (None, Segment.CHAMPIONS)
    assert moved == {customer: (before.get(customer), segment) for customer, segment in now.items() if before.get(customer) is not segment}
    assert moves(make_orders(), NOW) == []


def test_everybody_is_new_where_nobody_was_in_a_segment_before() -> None:
    moved = engine.moves([], engine.segments(make_orders(), NOW))

    assert len(moved) == len(named(make_orders()))
    assert {move.before for move in moved} == {None}
