"""What a merchant chooses is kept with who chose it; leaving takes everything along that was asked for, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from luxebrain.clock import utcnow
from luxebrain.database.session import Base, session
from luxebrain.database.tenancy import UNPROTECTED, transaction
from luxebrain.engines.serving import Placement
from luxebrain.errors import InvalidInput
from luxebrain.integrations.platform import Credentials
from luxebrain.models.accounts import AuditEntry
from luxebrain.models.stores import PublicKey, SnapshotVersion, Store
from luxebrain.services import erasing, settings, snapshots, stores
from luxebrain.services.placements import PLACEMENTS
from luxebrain.services.settings import Change, Placements, PriceLimits, Sender
from luxebrain.services.snapshots import PlacementRule
from tests.live import Connected, connect, make_order, make_other_store
from tests.services.priced import found, make_approved, make_mug, make_proposal

LIMITS = PriceLimits(Decimal("0.25"), Decimal("0.05"), needs_approval=True)
PER_STORE = [table for table in Base.metadata.sorted_tables if "store_id" in table.columns and table.name not in UNPROTECTED]


def save(connected: Connected, chosen: settings.Chosen) -> list[Change]:
    with connected.app.app_context(), transaction(connected.store_id):
        return settings.save(chosen, by=7, now=utcnow())


def version(connected: Connected) -> int:
    with connected.app.app_context(), transaction():
        return session.get_one(SnapshotVersion, connected.store_id, populate_existing=True).version


def webhooks(connected: Connected) -> int:
    with connected.lab.store.lock:
        return len(connected.lab.store.all("webhook"))


def rows_of(connected: Connected, store_id: int) -> dict[str, int]:
    with connected.app.app_context(), transaction(store_id):
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in PER_STORE}


def test_change_is_said_kept_and_written_down(connected: Connected) -> None:
    before = version(connected)

    changed = save(connected, LIMITS)

    assert changed == [Change("Smallest margin", "20 %", "25 %"), Change("Largest step", "10 %", "5 %")]
    with connected.app.app_context(), transaction(connected.store_id):
        assert settings.read_price_limits() == LIMITS
        entry = session.query(AuditEntry).one()
    assert (entry.action, entry.user_id) == ("settings.saved", 7)
    assert entry.details["Largest step"] == {"before": "10 %", "after": "5 %"}
    assert version(connected) == before + 1


def test_saving_what_is_there_already_changes_nothing(connected: Connected) -> None:
    save(connected, LIMITS)
    before = version(connected)

    assert save(connected, LIMITS) == []
    assert version(connected) == before


def test_change_can_be_seen_before_it_is_saved(connected: Connected) -> None:
    with connected.app.app_context(), transaction(connected.store_id):
        assert settings.find_changes(Sender("New", stores.get_settings().sender_email, ""))[0].after == "New"
        assert settings.read_sender().name != "New"


def test_placement_that_was_switched_off_reaches_the_widgets(connected: Connected) -> None:
    rules = {placement: PlacementRule(True, "Title") for placement in Placement} | {Placement.CART: PlacementRule(False, "More")}

    save(connected, Placements({placement: rules[placement] for placement in PLACEMENTS}))

    with connected.app.app_context(), transaction(connected.store_id):
        assert snapshots.read_placements()[Placement.CART] == PlacementRule(False, "More")


def test_heading_that_cannot_be_used_changes_nothing(connected: Connected) -> None:
    with pytest.raises(InvalidInput):
        save(connected, Placements({Placement.CART: PlacementRule(True, "x" * 100)}))

    with connected.app.app_context(), transaction(connected.store_id):
        assert snapshots.read_placements()[Placement.CART].title == "Goes well with your cart"


@pytest.mark.parametrize(("floor_margin", "max_step"), [("1", "0.1"), ("-0.1", "0.1"), ("0.2", "0"), ("0.2", "0.6")])
def test_limits_out_of_range_do_not_exist(floor_margin: str, max_step: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        PriceLimits(Decimal(floor_margin), Decimal(max_step), needs_approval=True)


def test_stricter_limits_take_back_waiting_prices(connected: Connected) -> None:
    proposal_id = make_proposal(connected, make_mug(connected), "9.10")

    save(connected, LIMITS)

    assert found(connected, proposal_id).state == "superseded"


def test_other_store_s_settings_stay(connected: Connected, merchant_id: int) -> None:
    with connected.app.app_context():
        other_id = make_other_store(owner_id=merchant_id)
        with transaction(other_id):
            stores.open_store(stores.get_store(other_id), credentials())

    save(connected, LIMITS)

    with connected.app.app_context(), transaction(other_id):
        assert settings.read_price_limits().floor_margin == Decimal("0.2")


def credentials() -> Credentials:
    return Credentials(url="https://noise.example", key="ck", secret="cs")


def test_connecting_again_goes_on_with_what_was_there(connected: Connected, merchant_id: int) -> None:
    make_mug(connected)
    connected.leave()

    with connected.app.app_context():
        again = connect(connected.lab, owner_id=merchant_id)
    connected.sync()

    assert again == connected.store_id
    assert webhooks(connected) > 0
    with connected.app.app_context(), transaction():
        assert session.get_one(Store, again).paused_reason == ""


def test_erasing_leaves_no_row_of_the_store_and_every_row_of_the_others(connected: Connected, merchant_id: int) -> None:
    mug = make_mug(connected)
    make_order(connected.lab, mug)
    connected.apply_deliveries()
    make_approved(connected, mug, "9.50")
    with connected.app.app_context():
        other_id = make_other_store(owner_id=merchant_id)
        with transaction(other_id):
            stores.open_store(stores.get_store(other_id), credentials())
    before = rows_of(connected, other_id)

    connected.leave()
    with connected.app.app_context(), transaction(connected.store_id):
        erasing.record_erasure(by=merchant_id)

    assert set(rows_of(connected, connected.store_id).values()) == {0}
    assert rows_of(connected, other_id) == before
    with connected.app.app_context(), transaction():
        assert {key.store_id for key in session.query(PublicKey)} == {other_id}
        assert {store.id for store in stores.list_stores_of(merchant_id)} == {other_id}
