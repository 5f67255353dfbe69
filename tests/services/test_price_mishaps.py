"""Many prices through every mishap at once: each ends as it was approved or as a person left it, and our rows say which."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from lab.woocommerce import catalog
from lab.woocommerce.documents import Document
from lab.woocommerce.faults import FaultRule
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.pricing import Proposal
from luxebrain.services import pricing, proposals
from tests.live import Connected
from tests.services.priced import claim, edit_by_hand, found, in_lab, make_approved, make_mugs, push, push_all

FAULTS = (FaultRule(status=503), FaultRule(drop=True), FaultRule(status=429, retry_after="0"), FaultRule(method="POST", status=500))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_price_ends_as_approved_or_as_a_person_left_it(connected: Connected, seed: int) -> None:
    chance = random.Random(seed)
    mugs = make_mugs(connected, pricing.BATCH + 10)
    ids = [make_approved(connected, mug, "9.50") for mug in mugs]
    edited = hurt(connected, mugs, chance)

    push_all(connected)

    for mug, proposal_id in zip(mugs, ids, strict=True):
        state, price = found(connected, proposal_id).state, in_lab(connected, mug)[0]
        if mug["id"] in edited:
            assert price == edited[mug["id"]]
        assert (state, Decimal(price) == Decimal("9.50")) in {("applied", True), ("failed", False)}


def hurt(connected: Connected, mugs: list[Document], chance: random.Random) -> dict[int, str]:
    """Edits some by hand before, kills a worker in or after its call, edits some after that, and makes the store falter."""
    before = {mug["id"]: "11.11" for mug in chance.sample(mugs, 10)}
    for mug in mugs:
        if mug["id"] in before:
            edit_by_hand(connected, mug, regular_price="11.11")
    with connected.app.app_context():
        batch = claim(connected)
        if chance.random() < 0.7:
            pricing.call_prices(batch)  # and nobody records it
    after = {mug["id"]: "12.12" for mug in chance.sample(mugs, 10)}
    for mug in mugs:
        if mug["id"] in after:
            edit_by_hand(connected, mug, regular_price="12.12")
    for fault in chance.choices(FAULTS, k=6):
        connected.lab.lab.faults.add(fault)
    return before | after


def test_partly_refused_batch_is_told_apart_price_by_price(connected: Connected) -> None:
    kept, gone = make_mugs(connected, 2)
    kept_id, gone_id = make_approved(connected, kept, "9.50"), make_approved(connected, gone, "9.50")
    with connected.app.app_context():
        batch = claim(connected)
        with connected.lab.store.lock:
            catalog.erase(connected.lab.store, connected.lab.store.product(gone["id"]))
        outcomes = {task.id: outcome for task, outcome in pricing.call_prices(batch)}

    assert isinstance(outcomes[kept_id], pricing.Written)
    assert isinstance(outcomes[gone_id], pricing.NotWritten)


def test_what_was_applied_can_be_rolled_back_through_the_same_mishaps(connected: Connected) -> None:
    mugs = make_mugs(connected, 12)
    ids = [make_approved(connected, mug, "9.50") for mug in mugs]
    push(connected)
    with connected.app.app_context(), transaction(connected.store_id):
        proposals.roll_back(ids, by=1, now=utcnow())
    edit_by_hand(connected, mugs[0], regular_price="7.77")
    with connected.app.app_context():
        pricing.call_prices(claim(connected))
    edit_by_hand(connected, mugs[1], regular_price="6.66")
    connected.lab.lab.faults.add(FaultRule(status=503, times=4))

    push_all(connected)

    assert [in_lab(connected, mug)[0] for mug in mugs] == ["7.77", "6.66", *["10.00"] * 10]
    with connected.app.app_context(), transaction(connected.store_id):
        states = [state for (state,) in session.query(Proposal.state).order_by(Proposal.id)]
    assert states == ["failed", "failed", *["rolled_back"] * 10]
