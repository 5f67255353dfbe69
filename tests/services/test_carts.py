"""Checkouts that were begun: kept apart until they become an order, never mistaken for one, and nobody's address for long."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from lab.woocommerce.documents import Document
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import CartRecord
from luxebrain.models.orders import Cart, Contact, Order
from luxebrain.services import carts
from luxebrain.services.carts import LeftCarts
from tests.live import Connected, make_other_store, make_product

BILLING = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace", "country": "GB"}


def begin(connected: Connected, price: str = "10.00") -> tuple[object, Document]:
    """A shopper opens the block checkout: (their cart, the draft)."""
    store = connected.lab.store
    product = make_product(connected.lab, price=price)
    cart = store.carts.create()
    cart.add(store, product["id"], 2)
    return cart, store.draft_order(cart, BILLING)


def kept(connected: Connected) -> list[tuple[int, str, Decimal]]:
    with connected.app.app_context(), transaction(connected.store_id):
        return [(cart.id, cart.email, cart.total) for cart in session.query(Cart).order_by(Cart.id)]


def orders(connected: Connected) -> list[int]:
    with connected.app.app_context(), transaction(connected.store_id):
        return [order.id for order in session.query(Order)]


@pytest.mark.parametrize("is_live", [False, True])
def test_checkout_that_was_begun_is_a_cart_by_sync_and_by_webhook(connected: Connected, is_live: bool) -> None:
    if is_live:
        connected.sync()
    _, draft = begin(connected)

    connected.apply_deliveries() if is_live else connected.sync()

    assert kept(connected) == [(draft["id"], "ada@example.com", Decimal("20.00"))]
    assert orders(connected) == []


def test_whoever_left_a_cart_is_no_contact(connected: Connected) -> None:
    begin(connected)

    connected.sync()

    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Contact).filter_by(email="ada@example.com").count() == 0


def test_cart_that_became_an_order_is_one_no_more_whatever_comes_late(connected: Connected) -> None:
    connected.sync()
    cart, draft = begin(connected)
    connected.apply_deliveries()
    connected.lab.store.place_order(cart, BILLING)  # type: ignore[arg-type]

    connected.apply_deliveries()
    with connected.app.app_context(), transaction(connected.store_id):
        late = CartRecord(
            id=draft["id"],
            email="ada@example.com",
            first_name="Ada",
            last_name="Lovelace",
            currency="GBP",
            total=Decimal(20),
            created_at=utcnow(),
            modified_at=utcnow(),
            lines=(),
        )
        carts.apply_carts([late], is_current=False)

    assert kept(connected) == []
    assert orders(connected) == [draft["id"]]


def test_left_ones_are_counted_after_an_hour_and_forgotten_after_a_season(connected: Connected, merchant_id: int) -> None:
    begin(connected)
    connected.sync()
    now = utcnow()

    with connected.app.app_context():
        other_id = make_other_store(owner_id=merchant_id)
        with transaction(other_id):
            assert carts.find_left(now=now + timedelta(hours=2)) == LeftCarts(0, Decimal(0))
        with transaction(connected.store_id):
            assert carts.find_left(now=now) == LeftCarts(0, Decimal(0))
            assert carts.find_left(now=now + timedelta(hours=2)) == LeftCarts(1, Decimal(20))
            carts.forget_old(now=now + timedelta(days=89))
            assert session.query(Cart).count() == 1
            carts.forget_old(now=now + timedelta(days=91))
            assert session.query(Cart).count() == 0
