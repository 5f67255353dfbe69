"""Versions rise with what is committed, and only then is the doorbell rung."""

from __future__ import annotations

from contextlib import suppress

import pytest
from redis.client import PubSub

from luxebrain.database.session import session
from luxebrain.database.tenancy import NoStoreChosen, transaction
from luxebrain.engines.serving import Placement
from luxebrain.errors import InvalidInput
from luxebrain.services import recommendations, snapshots
from luxebrain.services.snapshots import PlacementRule
from tests.widgets.made import Made, make_store

pytestmark = pytest.mark.usefixtures("context")


def version_of(made: Made) -> int:
    with transaction():
        return snapshots.list_versions()[made.key].version


def rings(doorbell: PubSub) -> list[int]:
    found = []
    while (message := doorbell.get_message(timeout=0.2)) is not None:
        found.append(int(message["data"]))
    return found


def open_quiet_doorbell() -> PubSub:
    doorbell = snapshots.open_doorbell()
    rings(doorbell)
    return doorbell


def test_a_change_raises_the_version_of_its_store_only() -> None:
    ours, other = make_store("ours"), make_store("other")
    before = version_of(ours), version_of(other)

    with transaction(ours.store_id):
        snapshots.mark_changed()
        snapshots.mark_changed()

    assert (version_of(ours), version_of(other)) == (before[0] + 1, before[1])


def test_the_doorbell_rings_after_the_commit() -> None:
    made, doorbell = make_store("ours"), open_quiet_doorbell()

    with transaction(made.store_id):
        snapshots.mark_changed()
        session.flush()
        assert rings(doorbell) == []

    assert rings(doorbell) == [made.store_id]
    doorbell.close()


def test_what_is_rolled_back_neither_counts_nor_rings() -> None:
    made, doorbell = make_store("ours"), open_quiet_doorbell()
    before = version_of(made)

    with suppress(RuntimeError), transaction(made.store_id):
        snapshots.mark_changed()
        version_in_hand = snapshots.list_versions()
        raise RuntimeError(str(version_in_hand))
    with transaction(made.store_id):
        snapshots.list_versions()

    assert version_of(made) == before
    assert rings(doorbell) == []
    doorbell.close()


def test_a_savepoint_does_not_ring_early() -> None:
    made, doorbell = make_store("ours"), open_quiet_doorbell()
    before = version_of(made)

    with transaction(made.store_id):
        with session.begin_nested():
            snapshots.mark_changed()
        assert rings(doorbell) == []

    assert version_of(made) == before + 1
    assert rings(doorbell) == [made.store_id]
    doorbell.close()


def test_a_change_needs_a_store() -> None:
    with transaction(), pytest.raises(NoStoreChosen):
        snapshots.mark_changed()


def test_placements_are_on_under_their_default_titles_until_the_merchant_decides() -> None:
    ours, other = make_store("ours"), make_store("other")

    with transaction(ours.store_id):
        changes = recommendations.save_placements({Placement.CART: PlacementRule(False, "  Add  these ")})

    assert [(change.before, change.after) for change in changes] == [("on", "off"), ("Goes well with your cart", "Add these")]
    with transaction(ours.store_id):
        assert snapshots.read_placements()[Placement.CART] == PlacementRule(False, "Add these")
        assert snapshots.read_placements()[Placement.SIMILAR] == PlacementRule(True, "You may also like")
    with transaction(other.store_id):
        assert snapshots.read_placements()[Placement.CART].is_on


def test_saving_what_is_there_changes_nothing() -> None:
    made = make_store("ours")
    before = version_of(made)

    with transaction(made.store_id):
        changes = recommendations.save_placements({Placement.SIMILAR: PlacementRule(True, "You may also like")})

    assert changes == []
    assert version_of(made) == before


@pytest.mark.parametrize("title", ["", "   ", "x" * 81])
def test_a_title_that_cannot_be_shown_is_refused(title: str) -> None:
    made = make_store("ours")

    with transaction(made.store_id), pytest.raises(InvalidInput) as refused:
        recommendations.save_placements({Placement.SIMILAR: PlacementRule(True, title)})

    assert refused.value.field == "similar"
