"""The database keeps stores apart, whatever a query says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import ProgrammingError

from luxebrain.database.everywhere import everywhere
from luxebrain.database.session import db, session
from luxebrain.database.tenancy import NoStoreChosen, ScopeError, acting_for, current_store_id, transaction
from luxebrain.models.catalog import Product
from tests.database.rows import add_product, make_store, product_row

pytestmark = pytest.mark.usefixtures("context")
TOUCHES: dict[str, Callable[[], object]] = {
    "read": lambda: session.scalars(select(Product)).all(),
    "count": lambda: session.scalar(select(func.count()).select_from(Product)),
    "get": lambda: session.get(Product, (1, 1)),
    "update": lambda: session.execute(update(Product).values(title="taken")),
    "delete": lambda: session.execute(delete(Product)),
    "insert": lambda: session.execute(text("insert into product (id, title) values (9, 'mine')")),
    "insert naming a store": lambda: session.execute(text("insert into product (store_id, id, title) values (1, 9, 'mine')")),
}


@pytest.fixture
def two_stores() -> tuple[int, int]:
    """Both have a product 1 of the same name."""
    ours, theirs = make_store("ours"), make_store("theirs")
    for store_id in (ours, theirs):
        add_product(store_id, 1, "Lantern")
    return ours, theirs


def titles() -> list[str]:
    return list(session.scalars(select(Product.title).order_by(Product.store_id, Product.id)))


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES.keys())
def test_touching_rows_without_a_store_fails_on_a_fresh_connection(two_stores: tuple[int, int], touch: Callable[[], object]) -> None:
    session.remove()
    db.engine.dispose()

    with pytest.raises(NoStoreChosen), transaction():
        touch()


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES.keys())
def test_touching_rows_without_a_store_fails_on_a_connection_that_served_one(
    two_stores: tuple[int, int], touch: Callable[[], object]
) -> None:
    db.engine.dispose()
    with transaction(two_stores[0]):
        assert titles() == ["Lantern"]

    with pytest.raises(NoStoreChosen), transaction():
        touch()


def test_a_new_row_without_a_store_fails_before_it_is_sent() -> None:
    with transaction():
        session.add(Product(**product_row(1, "Lantern")))

        with pytest.raises(NoStoreChosen):
            session.flush()
        session.rollback()


def test_no_store_has_no_current_id() -> None:
    with pytest.raises(NoStoreChosen):
        current_store_id()


def test_a_store_reads_only_its_own_rows(two_stores: tuple[int, int]) -> None:
    ours, theirs = two_stores

    with transaction(ours):
        seen = session.scalars(select(Product)).all()
        reached_by_key = session.get(Product, (theirs, 1))

    assert [product.store_id for product in seen] == [ours]
    assert reached_by_key is None


def test_a_store_cannot_change_or_delete_rows_of_another(two_stores: tuple[int, int]) -> None:
    ours, theirs = two_stores

    with transaction(ours):
        session.execute(update(Product).where(Product.store_id == theirs).values(title="taken"))
        session.execute(delete(Product).where(Product.store_id == theirs))
        session.execute(update(Product).values(title="Bright lantern"))

    with transaction(theirs):
        assert titles() == ["Lantern"]
    with transaction(ours):
        assert titles() == ["Bright lantern"]


def test_a_store_cannot_insert_a_row_for_another(two_stores: tuple[int, int]) -> None:
    ours, theirs = two_stores

    with transaction(ours):
        session.add(Product(store_id=theirs, **product_row(2, "Planted")))

        with pytest.raises(ProgrammingError, match="row-level security"):
            session.flush()
        session.rollback()


def test_a_row_cannot_be_given_away_to_another_store(two_stores: tuple[int, int]) -> None:
    ours, theirs = two_stores

    with pytest.raises(ProgrammingError, match="row-level security"), transaction(ours):
        session.execute(update(Product).values(store_id=theirs, id=7))


def test_another_store_cannot_be_chosen_inside_a_transaction(two_stores: tuple[int, int]) -> None:
    ours, theirs = two_stores

    with transaction(ours):
        titles()
        for other in (theirs, None):
            with pytest.raises(ScopeError), acting_for(other):
                pass
        with pytest.raises(ScopeError), everywhere():
            pass
        with pytest.raises(ScopeError), transaction(ours):
            pass


def test_the_same_store_may_be_chosen_again_inside_a_transaction(two_stores: tuple[int, int]) -> None:
    with transaction(two_stores[0]):
        titles()
        with acting_for(two_stores[0]):
            assert titles() == ["Lantern"]


def test_leaving_a_scope_rolls_back_what_was_not_committed(two_stores: tuple[int, int]) -> None:
    ours, _ = two_stores

    with acting_for(ours):
        session.add(Product(**product_row(2, "Forgotten")))
        session.flush()

    with transaction(ours):
        assert titles() == ["Lantern"]


def test_an_error_rolls_a_transaction_back(two_stores: tuple[int, int]) -> None:
    ours, _ = two_stores

    def fail_half_way() -> None:
        with transaction(ours):
            session.add(Product(**product_row(2, "Never")))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    with transaction(ours):
        assert titles() == ["Lantern"]


def test_a_transaction_commits_what_another_connection_sees(two_stores: tuple[int, int]) -> None:
    ours, _ = two_stores

    with transaction(ours):
        session.add(Product(**product_row(2, "Wreath")))

    session.remove()
    db.engine.dispose()
    with transaction(ours):
        assert titles() == ["Lantern", "Wreath"]


def test_the_choice_survives_a_commit_and_a_savepoint(two_stores: tuple[int, int]) -> None:
    with acting_for(two_stores[0]):
        assert titles() == ["Lantern"]
        session.commit()
        with session.begin_nested():
            assert titles() == ["Lantern"]
        session.commit()
        assert titles() == ["Lantern"]


def test_everywhere_sees_every_store_for_one_transaction_only(two_stores: tuple[int, int]) -> None:
    with everywhere():
        assert titles() == ["Lantern", "Lantern"]

    with pytest.raises(NoStoreChosen), transaction():
        titles()
    with transaction(two_stores[0]):
        assert titles() == ["Lantern"]


def test_everywhere_ends_with_an_error_too(two_stores: tuple[int, int]) -> None:
    def fail_half_way() -> None:
        with everywhere():
            session.execute(update(Product).values(title="lost"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    with transaction(two_stores[0]):
        assert titles() == ["Lantern"]
    with pytest.raises(NoStoreChosen), transaction():
        titles()
