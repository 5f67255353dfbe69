"""Order lines become matrices: cleaned, netted, weighted by recency."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luxebrain.engines import interactions
from tests.engines.shop import NOW, make_lines, no_lines


def lines_of(*rows: tuple[int, int | None, int, float, int]) -> interactions.OrderLines:
    """Rows (order, customer, product, quantity, days ago)."""
    table = pd.DataFrame(rows, columns=["order_id", "customer", "product_id", "quantity", "days"])
    table["ordered_at"] = [NOW - timedelta(days=days) for days in table.pop("days")]
    return interactions.order_lines(table, now=NOW)


def test_line_without_product_quantity_or_in_the_future_is_left_out() -> None:
    table = make_lines(orders=5)
    later = pd.DataFrame({"order_id": [90], "customer": [1], "product_id": [10], "quantity": [1], "ordered_at": [NOW + timedelta(days=1)]})
    broken = later.assign(ordered_at=NOW, quantity=float("nan"))
    nameless = later.assign(ordered_at=NOW, product_id=float("nan"))

    lines = interactions.order_lines(pd.concat([table, later, broken, nameless], ignore_index=True), now=NOW)

    assert len(lines) == len(table)


def test_plain_arrays_and_naive_times_are_read_as_utc() -> None:
    when = np.array(["2026-02-28T12:00:00"], dtype="datetime64[s]")

    lines = interactions.order_lines(
        {"order_id": [1], "customer": [None], "product_id": [7], "quantity": [2], "ordered_at": when}, now=NOW.replace(tzinfo=None)
    )

    assert lines.customer.tolist() == [interactions.UNKNOWN_CUSTOMER]
    assert int(NOW.timestamp()) - lines.ordered_at[0] == 86_400


def test_return_cancels_the_latest_purchase_of_that_customer_only() -> None:
    lines = lines_of((1, 5, 10, 2, 30), (2, 5, 10, 2, 10), (3, 6, 10, 2, 10), (4, 5, 10, -3, 1))

    kept = interactions.net_returns(lines)

    assert sorted(zip(kept.order_id.tolist(), kept.quantity.tolist(), strict=True)) == [(1, 1.0), (3, 2.0)]


def test_return_of_a_guest_stays_within_its_order() -> None:
    lines = lines_of((1, None, 10, 2, 30), (2, None, 10, 2, 10), (2, None, 10, -2, 10))

    kept = interactions.net_returns(lines)

    assert kept.order_id.tolist() == [1]


def test_nothing_but_returns_leaves_nothing() -> None:
    assert len(interactions.net_returns(lines_of((1, 5, 10, -2, 30), (2, None, 10, -1, 3)))) == 0


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from([None, 1, 2]), st.integers(1, 3), st.integers(-5, 5), st.integers(0, 300)), max_size=30
    )
)
def test_kept_units_are_bought_less_returned_and_never_negative(rows: list[tuple[int, int | None, int, float, int]]) -> None:
    lines = lines_of(*rows)

    kept = interactions.net_returns(lines)

    assert _units(kept) == {key: total for key, total in _units(lines).items() if total > 0}
    assert (kept.quantity > 0).all()


def _units(lines: interactions.OrderLines) -> dict[Any, float]:
    """Net units by owner and product, floored at zero."""
    totals: dict[Any, float] = {}
    for order, customer, product, quantity in zip(lines.order_id, lines.customer, lines.product_id, lines.quantity, strict=True):
        owner = ("order", int(order)) if customer == interactions.UNKNOWN_CUSTOMER else ("customer", int(customer))
        totals[(owner, int(product))] = totals.get((owner, int(product)), 0.0) + float(quantity)
    return totals


def test_weight_halves_every_ninety_days() -> None:
    ago = np.array([int((NOW - timedelta(days=days)).timestamp()) for days in (0, 90, 180)])

    assert interactions.recency_weights(ago, NOW).tolist() == pytest.approx([1.0, 0.5, 0.25])


def test_absurd_quantity_counts_at_most_double() -> None:
    assert interactions.damped(np.array([1.0, 20.0, 80_995.0])).tolist() == pytest.approx([1.0, 1.434, 2.0], abs=0.001)


def test_matrices_do_not_depend_on_row_order() -> None:
    table = make_lines()
    shuffled = table.sample(frac=1, random_state=3)

    kept = [interactions.net_returns(interactions.order_lines(rows, now=NOW)) for rows in (table, shuffled)]
    first, second = (interactions.basket_matrix(lines, NOW) for lines in kept)

    assert np.array_equal(first.matrix.toarray(), second.matrix.toarray())
    assert first.row_ids.tolist() == second.row_ids.tolist()


def test_no_orders_give_empty_matrices() -> None:
    lines = interactions.net_returns(interactions.order_lines(no_lines(), now=NOW))

    assert interactions.basket_matrix(lines, NOW).matrix.shape == (0, 0)
    assert interactions.customer_matrix(lines, NOW).matrix.shape == (0, 0)


def test_bulk_import_teaches_no_pairs() -> None:
    bulk = [(1, None, product, 1.0, 1) for product in range(interactions.BASKET_LIMIT + 1)]

    baskets = interactions.basket_matrix(lines_of(*bulk, (2, None, 7, 1.0, 1)), NOW)

    assert baskets.row_ids.tolist() == [2]
