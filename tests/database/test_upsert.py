"""Newer wins, whatever arrives when and however often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from luxebrain.database import upsert
from luxebrain.database.session import Base, session
from luxebrain.database.tenancy import NoStoreChosen, transaction
from luxebrain.database.upsert import Row, upsert_newer
from luxebrain.models.catalog import Product
from luxebrain.models.orders import Order
from tests.database.rows import NOON, add_product, make_store, order_row, product_row

pytestmark = pytest.mark.usefixtures("context")
in_pages = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
Apply = Callable[[list[Row]], object]
PAGES = st.dictionaries(st.integers(1, 4), st.integers(0, 3))  # product → hour of modification
# (product, hour of modification, which page it comes with)
DELIVERIES = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=12)


@pytest.fixture
def store_id(app: Flask) -> int:
    theirs = make_store("theirs")
    add_product(theirs, 1, "Theirs")
    return make_store("ours")


def apply(store_id: int, *rows: Row, is_current: bool = False) -> set[int]:
    with transaction(store_id):
        return upsert_newer(Product, rows, is_current=is_current)


def copy_newer(model: type[Base], rows: list[Row]) -> set[int]:
    """As many rows are written, however few these are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upsert, "MANY", 1)
        return upsert_newer(model, rows)


def stored(store_id: int) -> dict[int, str]:
    with transaction(store_id):
        return {product.id: product.title for product in session.scalars(select(Product)) if product.deleted_at is None}


def bury(store_id: int, *, hours: int) -> None:
    with transaction(store_id):
        session.execute(update(Product).values(deleted_at=NOON + timedelta(hours=hours)))


@in_pages
@given(deliveries=DELIVERIES)
def test_any_order_and_duplication_ends_with_the_newest(store_id: int, deliveries: list[tuple[int, int, int]]) -> None:
    with transaction(store_id):
        session.execute(delete(Product))

    for page in range(4):
        apply(store_id, *(product_row(number, f"{hour}", hours=hour) for number, hour, its_page in deliveries if its_page == page))

    newest = {number: max(hour for other, hour, _ in deliveries if other == number) for number, _, _ in deliveries}
    assert stored(store_id) == {number: f"{hour}" for number, hour in newest.items()}


@in_pages
@given(
    before=st.dictionaries(st.integers(1, 4), st.integers(0, 3)), after=st.dictionaries(st.integers(1, 4), st.integers(0, 3), min_size=1)
)
def test_copying_many_rows_does_what_applying_pages_does(store_id: int, before: dict[int, int], after: dict[int, int]) -> None:
    def play(write: Apply) -> tuple[object, dict[int, str]]:
        with transaction(store_id):
            session.execute(delete(Product))
            upsert_newer(Product, [product_row(number, f"before {hour}", hours=hour) for number, hour in before.items()])
            applied = write([product_row(number, f"after {hour}", hours=hour) for number, hour in after.items()])
        return applied, stored(store_id)

    by_page, by_copy = play(lambda rows: upsert_newer(Product, rows)), play(lambda rows: copy_newer(Product, rows))

    assert by_page == by_copy


def test_an_older_row_is_not_applied_and_not_reported(store_id: int) -> None:
    apply(store_id, product_row(1, "new", hours=2))

    applied = apply(store_id, product_row(1, "old", hours=1), product_row(2, "other"))

    assert applied == {2}
    assert stored(store_id) == {1: "new", 2: "other"}


def test_a_row_of_the_same_time_is_applied_again(store_id: int) -> None:
    apply(store_id, product_row(1, "one"))

    assert apply(store_id, product_row(1, "two")) == {1}
    assert stored(store_id) == {1: "two"}


def test_a_late_delivery_does_not_bring_back_what_was_deleted(store_id: int) -> None:
    apply(store_id, product_row(1, "alive", hours=1))
    bury(store_id, hours=3)

    assert apply(store_id, product_row(1, "late", hours=2)) == set()
    assert stored(store_id) == {}


def test_a_row_modified_after_its_deletion_is_back(store_id: int) -> None:
    apply(store_id, product_row(1, "alive", hours=1))
    bury(store_id, hours=3)

    assert apply(store_id, product_row(1, "restored", hours=4)) == {1}
    assert stored(store_id) == {1: "restored"}


def test_a_row_just_read_from_the_platform_revives_a_tombstone_but_is_not_older(store_id: int) -> None:
    apply(store_id, product_row(1, "alive", hours=1))
    bury(store_id, hours=3)

    assert apply(store_id, product_row(1, "older", hours=0), is_current=True) == set()
    assert apply(store_id, product_row(1, "read again", hours=1), is_current=True) == {1}
    assert stored(store_id) == {1: "read again"}


def test_look_alike_rows_of_another_store_stay_as_they_are(store_id: int) -> None:
    theirs = store_id - 1

    apply(store_id, product_row(1, "Ours", hours=9))
    with transaction(store_id):
        copy_newer(Product, [product_row(1, "Ours copied", hours=10)])

    assert stored(theirs) == {1: "Theirs"}
    assert stored(store_id) == {1: "Ours copied"}


def test_copied_json_and_lists_read_back_as_they_were(store_id: int) -> None:
    clicks = [{"click_id": "c1", "placement": "similar"}, {"note": 'tab\t"quote" \\'}]

    with transaction(store_id):
        copy_newer(Product, [product_row(1, "tab\tand\nline \\ end") | {"tags": ["a b", 'c"d'], "collection_ids": [5, 6]}])
        copy_newer(Order, [order_row(1, clicks=clicks)])

    with transaction(store_id):
        product, order = session.scalars(select(Product)).one(), session.scalars(select(Order)).one()
    assert (product.title, product.tags, product.collection_ids) == ("tab\tand\nline \\ end", ["a b", 'c"d'], [5, 6])
    assert order.clicks == clicks


def test_nothing_to_apply_is_nothing(store_id: int) -> None:
    with transaction(store_id):
        assert upsert_newer(Product, []) == set()
        assert copy_newer(Product, []) == set()


@pytest.mark.parametrize("write", [upsert_newer, copy_newer])
def test_rows_without_a_store_are_refused(app: Flask, write: Callable[..., object]) -> None:
    with pytest.raises(NoStoreChosen), transaction():
        write(Product, [product_row(1, "nobody's")])
