"""What customers will still spend: learned from one store's orders, kept per contact, shown beside the groups."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import OrderRecord
from luxebrain.models.orders import Contact
from luxebrain.models.segments import ContactValue
from luxebrain.services import catalog, lifetime_value_training, orders, segments, trainings
from luxebrain.services.trainings import Engine
from tests.widgets.made import NOW, Made, make_store, order, product, train

pytestmark = pytest.mark.usefixtures("context")
PEOPLE, REGULAR, ONCE = 150, 0, 1


def make_shop_with_people(name: str = "ours") -> Made:
    """150 people over a year. REGULAR comes every two weeks until now; ONCE came a year ago; the rest drift away at random."""
    made = make_store(name)
    lot = np.random.default_rng(3)
    bought = {person: np.cumsum(lot.exponential(30, int(lot.geometric(0.3)))) for person in range(2, PEOPLE)}
    bought |= {REGULAR: np.arange(0.0, 360, 14), ONCE: np.array([0.0])}
    made_orders: list[OrderRecord] = []
    for person, days in bought.items():
        began = 0 if person < 2 else float(lot.uniform(0, 250))
        for day in days[days - days[0] + began < 362] - days[0]:
            at = NOW - timedelta(days=364 - began - float(day))
            made_orders.append(replace(order(len(made_orders) + 1, (1, 1), at=at), customer_id=None, email=f"{person}@people.example"))
    with transaction(made.store_id):
        catalog.apply_products([product(1)], is_current=True, now=NOW)
        orders.apply_orders(made_orders, is_current=True, now=NOW)
    return made


def values(made: Made) -> dict[str, ContactValue]:
    with transaction(made.store_id):
        rows = session.query(ContactValue, Contact).join(Contact, Contact.id == ContactValue.contact_id)
        return {contact.email: value for value, contact in rows}


def test_who_comes_every_two_weeks_is_worth_more_than_who_came_once_a_year_ago() -> None:
    made = make_shop_with_people()
    make_shop_with_people("noise")

    train(made)

    found = values(made)
    assert len(found) == PEOPLE
    regular, once = found["0@people.example"], found["1@people.example"]
    assert 5 < regular.orders < 27  # people here leave after few orders, and so may they
    assert regular.amount == pytest.approx(Decimal(20) * Decimal(regular.orders), rel=Decimal("0.1"))
    assert once.orders < 2
    assert regular.probability_alive > 0.7
    assert all(value.lower <= value.amount <= value.upper for value in found.values())


def test_the_card_has_the_error_beside_each_customer_s_own_rate() -> None:
    made = make_shop_with_people()

    train(made)

    with transaction(made.store_id):
        card = trainings.latest_card(Engine.LIFETIME_VALUE)
    assert card is not None
    measured = card.card["measured"]
    assert card.card["customers"] == PEOPLE
    assert measured["rmse"] < measured["own_rate_rmse"]


def test_refunds_and_other_currencies_count_for_nothing() -> None:
    made = make_shop_with_people()
    with transaction(made.store_id):
        before = lifetime_value_training.read(NOW)
        abroad = replace(order(90_001, (1,)), currency="USD", email="0@people.example", customer_id=None)
        orders.apply_orders([abroad], is_current=True, now=NOW)

        assert lifetime_value_training.read(NOW) == before


def test_groups_of_customers_show_what_they_will_spend() -> None:
    made = make_shop_with_people()

    train(made)

    with transaction(made.store_id):
        figures = segments.list_segments()
        members = segments.list_members("champions", page=1)
    assert sum((each.expected or Decimal(0)) for each in figures) > 0
    assert all(member.value is not None for member in members)
