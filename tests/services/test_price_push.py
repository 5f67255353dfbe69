"""An approved price is written once, read back, and never over something that a person changed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lab.woocommerce import catalog
from lab.woocommerce.faults import FaultRule
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.accounts import AuditEntry
from luxebrain.models.catalog import Variant
from luxebrain.models.pricing import PriceChange, Proposal
from luxebrain.models.stores import SnapshotVersion, Store, StoreSettings
from luxebrain.services import pricing, proposals
from tests.live import Connected, make_other_store, make_product
from tests.services.priced import (
    COST,
    claim,
    edit_by_hand,
    effect_of,
    found,
    in_lab,
    make_approved,
    make_mug,
    make_mugs,
    push,
    push_all,
    rows,
)


def roll_back(connected: Connected, proposal_id: int) -> None:
    with connected.app.app_context(), transaction(connected.store_id):
        proposals.roll_back([proposal_id], by=1, now=utcnow())


def test_approved_price_is_written_read_back_and_in_the_ledger(connected: Connected) -> None:
    mug, noise = make_mug(connected), make_product(connected.lab, "Mug", "10.00")
    proposal_id = make_approved(connected, mug, "9.50")

    push(connected)

    assert in_lab(connected, mug) == ("9.50", "9.50")
    assert in_lab(connected, noise) == ("10.00", "10.00")
    assert found(connected, proposal_id).state == "applied"
    (change,) = rows(connected, PriceChange)
    assert (change.old_price, change.new_price, change.proposal_id) == (Decimal(10), Decimal("9.5"), proposal_id)


def test_written_price_is_in_our_catalogue_and_tells_the_widgets(connected: Connected) -> None:
    mug = make_mug(connected)
    make_approved(connected, mug, "9.50")
    before = version(connected)

    push(connected)

    (variant,) = rows(connected, Variant)
    assert (variant.price, variant.compare_at_price) == (Decimal("9.5"), None)
    assert version(connected) == before + 1
    assert "price.written" in {entry.action for entry in rows(connected, AuditEntry)}


def version(connected: Connected) -> int:
    with connected.app.app_context(), transaction():
        return session.get_one(SnapshotVersion, connected.store_id, populate_existing=True).version


def test_roll_back_restores_price_and_the_price_before_a_sale(connected: Connected) -> None:
    mug = make_mug(connected, "12.00", sale_price="10.00")
    proposal_id = make_approved(connected, mug, "9.50")
    push(connected)
    assert in_lab(connected, mug) == ("9.50", "12.00")

    roll_back(connected, proposal_id)
    push(connected)

    assert in_lab(connected, mug) == ("10.00", "12.00")
    assert found(connected, proposal_id).state == "rolled_back"
    (variant,) = rows(connected, Variant)
    assert (variant.price, variant.compare_at_price) == (Decimal(10), Decimal(12))
    assert [change.new_price for change in rows(connected, PriceChange)] == [Decimal("9.5"), Decimal(10)]


def test_variation_is_written_through_its_own_product(connected: Connected) -> None:
    with connected.lab.store.lock:
        tee = catalog.create_product(connected.lab.store, {"name": "Tee", "type": "variable"})
        small, large = (catalog.create_variation(connected.lab.store, tee, {"regular_price": "9.00", "meta_data": COST}) for _ in range(2))
    connected.sync()
    proposal_id = make_approved(connected, tee, "9.90", variant_id=small["id"])

    push(connected)

    assert found(connected, proposal_id).state == "applied"
    assert (in_lab(connected, small), in_lab(connected, large)) == (("9.90", "9.90"), ("9.00", "9.00"))


def test_price_changed_by_hand_meanwhile_is_not_overwritten(connected: Connected) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug, "9.50")
    edit_by_hand(connected, mug, regular_price="11.00")

    push(connected)

    assert in_lab(connected, mug) == ("11.00", "11.00")
    failed = found(connected, proposal_id)
    assert (failed.state, failed.outcome) == ("failed", "The price was changed by hand to £11.00 meanwhile; nothing was overwritten.")


def test_sale_that_was_ended_by_hand_is_not_taken_up_again(connected: Connected) -> None:
    mug = make_mug(connected, "12.00", sale_price="10.00")
    proposal_id = make_approved(connected, mug, "9.50")
    edit_by_hand(connected, mug, regular_price="10.00", sale_price="")

    push(connected)

    assert in_lab(connected, mug) == ("10.00", "10.00")
    assert found(connected, proposal_id).outcome.startswith("The sale of this product was ended by hand")


def test_roll_back_leaves_a_price_that_was_changed_by_hand(connected: Connected) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug, "9.50")
    push(connected)
    edit_by_hand(connected, mug, regular_price="9.75")

    roll_back(connected, proposal_id)
    push(connected)

    assert in_lab(connected, mug) == ("9.75", "9.75")
    assert found(connected, proposal_id).state == "failed"


def test_product_that_is_gone_is_said_so(connected: Connected) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug)
    with connected.lab.store.lock:
        catalog.erase(connected.lab.store, connected.lab.store.product(mug["id"]))

    push(connected)

    assert found(connected, proposal_id).state == "failed"
    assert "no such product" in found(connected, proposal_id).outcome


@pytest.mark.parametrize("step", ["claimed", "written"])
def test_worker_killed_around_the_call_neither_loses_nor_repeats_the_price(connected: Connected, step: str) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug, "9.50")
    with connected.app.app_context():
        batch = claim(connected)
        if step == "written":
            pricing.call_prices(batch)  # the store has it, nobody recorded it
    assert effect_of(connected, proposal_id).state == "attempted"
    puts_before = writes(connected)

    push_all(connected)

    assert found(connected, proposal_id).state == "applied"
    assert (effect_of(connected, proposal_id).state, effect_of(connected, proposal_id).is_there) == ("resolved", True)
    assert in_lab(connected, mug) == ("9.50", "9.50")
    assert writes(connected) - puts_before == (0 if step == "written" else 1)
    assert len(rows(connected, PriceChange)) == 1


def writes(connected: Connected) -> int:
    """How many price batches the store was sent."""
    return sum(stats.requests for name, stats in connected.lab.lab.faults.stats.items() if "batch" in name)


def test_price_written_by_a_dead_worker_and_then_changed_by_hand_stays(connected: Connected) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug, "9.50")
    with connected.app.app_context():
        pricing.call_prices(claim(connected))
    edit_by_hand(connected, mug, regular_price="8.80")

    push_all(connected)

    assert in_lab(connected, mug) == ("8.80", "8.80")
    assert found(connected, proposal_id).state == "failed"


@pytest.mark.parametrize(
    "fault", [FaultRule(status=503, times=20), FaultRule(drop=True, times=20), FaultRule(status=429, retry_after="1", times=20)]
)
def test_store_that_is_away_is_tried_again_until_it_answers(connected: Connected, fault: FaultRule) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug, "9.50")
    connected.lab.lab.faults.add(fault)

    push(connected)

    waiting = effect_of(connected, proposal_id)
    assert (found(connected, proposal_id).state, waiting.state, waiting.attempts) == ("approved", "pending", 1)
    assert waiting.retry_at
    assert waiting.retry_at > utcnow()
    connected.lab.lab.faults.clear()
    push_all(connected)
    assert found(connected, proposal_id).state == "applied"


def test_answer_lost_after_the_store_took_the_price_is_found_out_by_reading(connected: Connected) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug, "9.50")
    with connected.app.app_context():
        batch = claim(connected)
        batch.platform.push_prices([pricing._push(batch.tasks[0], "GBP")])
    connected.lab.lab.faults.add(FaultRule(method="POST", status=500, times=20))

    push_all(connected)

    assert found(connected, proposal_id).state == "applied"


def test_store_that_stays_away_is_given_up_in_words(connected: Connected) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug, "9.50")
    connected.lab.lab.faults.add(FaultRule(status=503, times=500))

    push_all(connected)

    effect = effect_of(connected, proposal_id)
    assert (found(connected, proposal_id).state, effect.state, effect.attempts) == ("failed", "refused", pricing.MOST_ATTEMPTS)
    assert "Nothing was changed" in found(connected, proposal_id).outcome


def test_store_that_stays_away_after_it_may_have_taken_the_price_leaves_it_unknown_in_words(connected: Connected) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug, "9.50")
    with connected.app.app_context():
        pricing.call_prices(claim(connected))
    connected.lab.lab.faults.add(FaultRule(status=503, times=500))

    push_all(connected)

    effect = effect_of(connected, proposal_id)
    assert (found(connected, proposal_id).state, effect.state, effect.retry_at) == ("failed", "unknown", None)
    assert "Look in your store" in found(connected, proposal_id).outcome


def test_refused_key_pauses_the_store_and_keeps_the_price_for_later(connected: Connected) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug, "9.50")
    connected.lab.lab.faults.add(FaultRule(status=401, times=20))

    push(connected)

    assert (found(connected, proposal_id).state, effect_of(connected, proposal_id).attempts) == ("approved", 0)
    with connected.app.app_context(), transaction():
        assert session.get_one(Store, connected.store_id).paused_reason
    connected.lab.lab.faults.clear()
    push_all(connected)
    assert in_lab(connected, mug) == ("10.00", "10.00")


def set_limits(connected: Connected, **limits: Decimal) -> None:
    with connected.app.app_context(), transaction(connected.store_id):
        session.query(StoreSettings).update(limits)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"floor_margin": Decimal("0.48")}, "below your floor of £9.62"),
        ({"max_step": Decimal("0.04")}, "larger step than the 4 %"),
    ],
)
def test_limits_of_today_hold_a_price_that_was_approved_under_wider_ones(
    connected: Connected, limits: dict[str, Decimal], words: str
) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug, "9.50")
    set_limits(connected, **limits)

    push(connected)

    assert in_lab(connected, mug) == ("10.00", "10.00")
    assert found(connected, proposal_id).state == "failed"
    assert words in found(connected, proposal_id).outcome


def test_price_that_is_there_already_counts_as_written_whatever_the_limits(connected: Connected) -> None:
    mug = make_mug(connected)
    proposal_id = make_approved(connected, mug, "9.50")
    with connected.app.app_context():
        pricing.call_prices(claim(connected))
    set_limits(connected, floor_margin=Decimal("0.9"))

    push_all(connected)

    assert found(connected, proposal_id).state == "applied"


def test_two_open_prices_of_one_variant_go_one_after_the_other(connected: Connected) -> None:
    mug = make_mug(connected)
    first = make_approved(connected, mug, "9.50")
    second = make_approved(connected, mug, "9.80")

    push(connected)

    assert (found(connected, first).state, found(connected, second).state) == ("applied", "failed")
    assert in_lab(connected, mug) == ("9.50", "9.50")


def test_more_prices_than_a_batch_holds_are_all_written(connected: Connected) -> None:
    mugs = make_mugs(connected, pricing.BATCH + 3)
    for mug in mugs:
        make_approved(connected, mug, "9.50")

    push(connected)

    assert {proposal.state for proposal in rows(connected, Proposal)} == {"applied"}
    assert {in_lab(connected, mug) for mug in mugs} == {("9.50", "9.50")}


def test_other_store_s_prices_stay(connected: Connected, merchant_id: int) -> None:
    mug = make_mug(connected)
    with connected.app.app_context():
        other_id = make_other_store(owner_id=merchant_id)
        with transaction(other_id):
            ids = {"product_id": mug["id"], "variant_id": mug["id"]}
            session.add(Proposal(**ids, old_price=10, new_price=5, reason="", figures={}, state="approved"))
    make_approved(connected, mug, "9.50")

    push(connected)

    with connected.app.app_context(), transaction(other_id):
        assert session.query(Proposal).one().state == "approved"
