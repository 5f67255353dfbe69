"""Who is in which segment, worked out from a store's own orders alone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.segments import ContactSegment
from luxebrain.services import segments
from luxebrain.services.segments import SegmentFigures
from tests.services import mailing
from tests.services.mailing import NOW

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def store_id() -> int:
    """Ten people; beside it a store in which the least of them is the best."""
    ours, theirs = mailing.make_store("ours"), mailing.make_store("theirs")
    mailing.add_ten_customers(ours)
    mailing.add_order(theirs, 1, "person10@example.com", days_ago=1, total="9999")
    return ours


def compute(store_id: int) -> int:
    with transaction(store_id):
        return segments.compute_segments(now=NOW)


def figures(store_id: int) -> dict[str, SegmentFigures]:
    with transaction(store_id):
        return {row.key: row for row in segments.list_segments()}


def test_the_best_customer_is_a_champion_and_the_worst_is_lost(store_id: int) -> None:
    assert compute(store_id) == 10

    with transaction(store_id):
        champions, lost = segments.list_members("champions", page=1), segments.list_members("lost", page=1)
    assert champions[0].email == "person1@example.com"
    assert (champions[0].frequency, champions[0].monetary) == (10, Decimal(100))
    assert "10 orders worth 100.00 GBP" in champions[0].explanation
    assert "person10@example.com" in {member.email for member in lost}


def test_figures_add_up_to_all_people_and_all_revenue(store_id: int) -> None:
    compute(store_id)

    rows = figures(store_id)

    assert list(rows) == ["champions", "loyal", "promising", "at risk", "lost"]
    assert sum(row.people for row in rows.values()) == 10
    assert sum(row.spent for row in rows.values()) == 550
    assert sum(row.share for row in rows.values()) == pytest.approx(1)


def test_computing_again_replaces_what_was(store_id: int) -> None:
    compute(store_id)
    mailing.add_order(store_id, 900, "person10@example.com", days_ago=0, total="500")

    assert compute(store_id) == 10

    with transaction(store_id):
        (row,) = [row for key in figures_keys() for row in segments.list_members(key, page=1) if row.email == "person10@example.com"]
    assert (row.frequency, row.recency_days) == (2, 0)


def test_who_came_and_went_in_four_weeks_is_counted(store_id: int) -> None:
    compute(store_id)
    before = figures(store_id)
    mailing.add_order(store_id, 901, "person10@example.com", days_ago=0, total="5000")
    mailing.add_order(store_id, 902, "new@example.com", days_ago=1, total="5")

    compute(store_id)

    now = figures(store_id)
    for key, row in now.items():
        assert row.joined - row.left == row.people - sum(each.segment_before == key for each in rows_of(store_id))
    assert sum(row.joined for row in now.values()) == sum(each.segment_before != each.segment for each in rows_of(store_id)) > 0
    assert sum(row.left for row in now.values()) < sum(row.joined for row in now.values())  # somebody is new
    assert before.keys() == now.keys()


def rows_of(store_id: int) -> list[ContactSegment]:
    with transaction(store_id):
        return session.query(ContactSegment).all()


def figures_keys() -> list[str]:
    return [key for key in segments.WORDS if key != segments.EVERYONE]


def test_whoever_unsubscribed_is_listed_but_not_counted_as_reachable(store_id: int) -> None:
    compute(store_id)
    mailing.withdraw(store_id, "person1@example.com")

    champions = figures(store_id)["champions"]

    assert champions.reachable == champions.people - 1
    with transaction(store_id):
        assert not segments.list_members("champions", page=1)[0].can_be_written_to


def test_too_few_customers_leave_no_segments_rather_than_odd_ones(store_id: int) -> None:
    other = mailing.make_store("tiny")
    mailing.add_order(other, 1, "only@example.com", days_ago=3)

    assert compute(other) == 0
    assert figures(other) == {}


def test_amounts_in_another_currency_do_not_count(store_id: int) -> None:
    mailing.add_order(store_id, 901, "person10@example.com", days_ago=0, total="100000", currency="JPY")

    compute(store_id)

    assert sum(row.spent for row in figures(store_id).values()) == 550


def test_members_come_in_pages(store_id: int) -> None:
    compute(store_id)
    with transaction(store_id):
        everybody = segments.list_members("lost", page=1)

        pages = [segments.list_members("lost", page=page, size=1) for page in range(1, len(everybody) + 2)]

    assert [member for page in pages for member in page] == everybody
    assert pages[-1] == []
