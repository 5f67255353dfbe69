"""Proposals follow sales and stock, stay inside the limits, and are the merchant's to decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.errors import InvalidTransition, NotFound
from luxebrain.integrations.platform import Credentials, ProductRecord
from luxebrain.models.accounts import AuditEntry
from luxebrain.models.pricing import Proposal
from luxebrain.models.stores import StoreSettings
from luxebrain.services import catalog, orders, price_limits, price_list, proposals, stores
from luxebrain.services.price_list import Tab
from luxebrain.services.proposals import Made
from tests.widgets import made
from tests.widgets.made import NOW, order

pytestmark = pytest.mark.usefixtures("context")
Shop = made.Made


@pytest.fixture
def shop() -> Shop:
    """Product 1 sells 3 a week and has 600; product 2 sells 10 a week and has 12; product 3 was never sold; product 4 is in balance."""
    return fill(make_store("ours"), [(1, 600, 3), (2, 12, 10), (3, 40, 0), (4, 50, 6)])


def make_store(name: str) -> Shop:
    store = made.make_store(name)
    with transaction(store.store_id):
        stores.open_store(stores.get_store(store.store_id), Credentials(url="https://x.example", key="k", secret="s"))
    return store


def fill(store: Shop, products: list[tuple[int, int, int]]) -> Shop:
    """(id, stock, units a week in the last twelve weeks) each; a product costs £5.00 and is sold at £10.00."""
    sold = [order(id * 1000 + week, (id,), at=NOW - timedelta(days=7 * week + 1)) for id, _, _ in products for week in range(12)]
    units = {id: a_week for id, _, a_week in products}
    with transaction(store.store_id):
        catalog.apply_products([product(id, stock) for id, stock, _ in products], is_current=True, now=NOW)
        lines = [replace(one, lines=tuple(replace(line, quantity=units[line.product_id or 0]) for line in one.lines)) for one in sold]
        orders.apply_orders([one for one in lines if one.lines[0].quantity], is_current=True, now=NOW)
    return store


def product(id: int, stock: int | None, *, price: str = "10.00", unit_cost: str | None = "5.00", **more: Any) -> ProductRecord:
    record = made.product(id, f"Mug {id}", price=price, **more)
    variant = replace(record.variants[0], stock_quantity=stock, unit_cost=Decimal(unit_cost) if unit_cost else None)
    return replace(record, variants=(variant,))


def look(shop: Shop, now: datetime = NOW) -> Made:
    with transaction(shop.store_id):
        return proposals.make_proposals(now)


def waiting(shop: Shop) -> dict[int, Proposal]:
    """By product."""
    with transaction(shop.store_id):
        found = session.query(Proposal).filter_by(state="proposed").all()
    return {proposal.product_id: proposal for proposal in found}


def ids(shop: Shop) -> list[int]:
    return [proposal.id for proposal in waiting(shop).values()]


def test_prices_follow_sales_and_stock_and_say_why(shop: Shop) -> None:
    assert look(shop) == Made(proposed=3, approved=0, withdrawn=0)

    found = waiting(shop)
    assert {id: proposal.new_price for id, proposal in found.items()} == {1: Decimal("9.5"), 2: Decimal(11), 3: Decimal(9)}
    assert (
        found[1].reason == "600 in stock, more than 2 years at this pace (3.0 a week in the last 4 weeks, 3.0 in the 8 before): 5 % less."
    )
    assert found[2].reason.startswith("Only 12 in stock, about a week at this pace (10.0 a week")
    assert found[3].reason == "40 in stock, none sold in 12 weeks: 10 % less."
    assert found[1].figures["stock"] == 600


def test_nobody_else_s_sales_count(shop: Shop) -> None:
    """Another store's product of the same number sells well."""
    fill(make_store("noise"), [(3, 10, 50)])

    look(shop)

    assert waiting(shop)[3].new_price == Decimal(9)


def test_refunded_orders_do_not_count_as_sales(shop: Shop) -> None:
    with transaction(shop.store_id):
        back = replace(order(77, (3,), at=NOW - timedelta(days=2)), status="refunded")  # type: ignore[arg-type]
        orders.apply_orders([back], is_current=True, now=NOW)

    look(shop)

    assert "none sold" in waiting(shop)[3].reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"unit_cost": None}, "without a cost no price is lowered"),
        ({"stock": None}, "stock that is not counted says nothing"),
        ({"status": "draft"}, "a draft has no price to move"),
        ({"created_at": NOW - timedelta(days=20)}, "it is too new"),
    ],
)
def test_what_is_not_known_does_not_move(shop: Shop, change: dict[str, Any], reason: str) -> None:
    stock = change.pop("stock", 40)
    with transaction(shop.store_id):
        catalog.apply_products([product(3, stock, **change)], is_current=True, now=NOW)

    look(shop)

    assert 3 not in waiting(shop), reason


def test_no_proposal_leaves_the_limits(shop: Shop) -> None:
    with transaction(shop.store_id):
        session.query(StoreSettings).update({"floor_margin": Decimal("0.48"), "max_step": Decimal("0.3")})

    look(shop)

    assert {id: proposal.new_price for id, proposal in waiting(shop).items()} == {1: Decimal("9.62"), 2: Decimal(13), 3: Decimal("9.62")}


def test_looking_twice_keeps_what_waits(shop: Shop) -> None:
    look(shop)
    before = ids(shop)

    assert look(shop) == Made(proposed=3, approved=0, withdrawn=0)
    assert ids(shop) == before


def test_proposal_that_no_longer_holds_is_withdrawn_and_cannot_be_approved(shop: Shop) -> None:
    look(shop)
    old = waiting(shop)[3].id
    with transaction(shop.store_id):
        catalog.apply_products([product(3, 40, price="12.00")], is_current=True, now=NOW)

    assert look(shop) == Made(proposed=3, approved=0, withdrawn=1)

    assert waiting(shop)[3].new_price == Decimal("10.8")
    with pytest.raises(InvalidTransition), transaction(shop.store_id):
        proposals.approve([old], by=1, now=NOW)


def test_without_approval_prices_are_approved_as_they_are_made(shop: Shop) -> None:
    with transaction(shop.store_id):
        session.query(StoreSettings).update({"needs_approval": False})

    assert look(shop) == Made(proposed=3, approved=3, withdrawn=0)

    with transaction(shop.store_id):
        assert price_list.count_proposals() == {"proposed": 0, "approved": 3, "decided": 0}
        assert {entry.action for entry in session.query(AuditEntry)} == {"price.approved_by_rule"}


@pytest.mark.parametrize("decide", [proposals.approve, proposals.reject])
def test_price_that_was_decided_is_left_alone_for_a_while(shop: Shop, decide: Callable[..., int]) -> None:
    look(shop)
    with transaction(shop.store_id):
        decide(ids(shop), by=1, now=NOW)

    assert look(shop, NOW + timedelta(days=27)).proposed == 0


def test_ceiling_does_not_climb_with_our_own_prices(shop: Shop) -> None:
    """£10.00 may become £13.00 at most, however many steps it takes."""
    price = Decimal(10)
    for step in range(6):
        later = NOW + timedelta(days=29 * step)
        with transaction(shop.store_id):
            catalog.apply_products([product(2, 12, price=str(price))], is_current=True, now=later)
            bought = order(5000 + step, (2,), at=later - timedelta(days=1))
            many = tuple(replace(line, quantity=90 + 60 * step) for line in bought.lines)
            orders.apply_orders([replace(bought, lines=many)], is_current=True, now=later)
        look(shop, later)
        proposal = waiting(shop).get(2)
        if proposal is None:
            break
        price = proposal.new_price
        with transaction(shop.store_id):
            proposals.approve([proposal.id], by=1, now=later)
            session.query(Proposal).filter_by(id=proposal.id).update({"state": "applied"})

    assert price == Decimal(13)


def test_decisions_are_written_down_with_who_made_them(shop: Shop) -> None:
    look(shop)
    one, two, three = ids(shop)

    with transaction(shop.store_id):
        assert proposals.approve([one, two], by=7, now=NOW) == 2
        assert proposals.reject([three], by=8, now=NOW) == 1

    with transaction(shop.store_id):
        written = {(entry.action, entry.subject, entry.user_id) for entry in session.query(AuditEntry)}
        assert {(row.state, row.id) for row in price_list.list_proposals(Tab.APPROVED)} == {("approved", one), ("approved", two)}
    assert written == {
        ("price.approved", f"proposal {one}", 7),
        ("price.approved", f"proposal {two}", 7),
        ("price.rejected", f"proposal {three}", 8),
    }


def test_another_store_s_proposal_is_not_there_to_be_approved(shop: Shop) -> None:
    other = fill(make_store("noise"), [(3, 40, 0)])
    look(shop)
    look(other)

    with pytest.raises(NotFound), transaction(shop.store_id):
        proposals.approve([*ids(shop), *ids(other)], by=1, now=NOW)

    assert len(waiting(shop)) == 3
    assert len(waiting(other)) == 1


def test_what_was_not_written_cannot_be_rolled_back(shop: Shop) -> None:
    look(shop)

    with pytest.raises(InvalidTransition), transaction(shop.store_id):
        proposals.roll_back(ids(shop)[:1], by=1, now=NOW)


def test_stricter_limits_take_back_what_breaks_them(shop: Shop) -> None:
    look(shop)
    with transaction(shop.store_id):
        session.query(StoreSettings).update({"max_step": Decimal("0.05")})

    with transaction(shop.store_id):
        assert price_limits.withdraw_breaking(now=NOW) == 2

    assert set(waiting(shop)) == {1}


def test_list_shows_the_largest_step_first_with_the_product_s_name(shop: Shop) -> None:
    look(shop)

    with transaction(shop.store_id):
        listed = price_list.list_proposals(Tab.PROPOSED)

    assert [row.title for row in listed] in (["Mug 2", "Mug 3", "Mug 1"], ["Mug 3", "Mug 2", "Mug 1"])
