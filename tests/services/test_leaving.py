"""Leaving a store: its prices are as they were, nothing of ours is left that we can remove, and the receipt says what is true."""

from __future__ import annotations

from typing import Any

import pytest

from lab.woocommerce import plugin
from lab.woocommerce.faults import FaultRule
from luxebrain import jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.errors import InvalidTransition, LeaseLost, NotConnected
from luxebrain.integrations.platform import Unsubscribed
from luxebrain.models.catalog import Product
from luxebrain.models.outbox import Effect
from luxebrain.models.stores import Store, StoreCredential
from luxebrain.models.work import Departure, Lease
from luxebrain.services import erasing, leases, leaving, pricing, receipts, snapshots, stores, syncs
from tests.live import Connected, connect, make_order, make_other_store, make_product
from tests.services.priced import claim, edit_by_hand, found, in_lab, make_approved, make_mug, make_mugs, push, rows


def start(connected: Connected, *, restores_prices: bool = True) -> None:
    with connected.app.app_context(), transaction(connected.store_id):
        leaving.start_leaving(restores_prices=restores_prices, by=7, now=utcnow())


def line(departure: Departure, what: str) -> dict[str, Any]:
    (only,) = [each for each in departure.receipt if each["what"] == what]
    return dict(only)


def webhooks(connected: Connected) -> int:
    return len(connected.lab.store.all("webhook"))


def test_webhooks_and_keys_are_taken_away_and_the_copy_stays(connected: Connected) -> None:
    make_product(connected.lab, "Mug")
    connected.sync()
    made = webhooks(connected)
    assert made > 0

    departure = connected.leave()

    assert webhooks(connected) == 0
    assert line(departure, "webhooks") == {"what": "webhooks", "removed": made, "left": [], "more": 0}
    assert (len(rows(connected, StoreCredential)), len(rows(connected, Product))) == (0, 1)
    with connected.app.app_context(), transaction(connected.store_id):
        assert not any(rule.is_on for rule in snapshots.read_placements().values())
        store = session.get_one(Store, connected.store_id)
        assert (store.connected_at, store.paused_reason) == (None, leaving.DISCONNECTED)


def test_receipt_names_the_key_as_the_store_s_own_list_does(connected: Connected) -> None:
    departure = connected.leave()

    ending = connected.lab.store.all("key")[-1]["consumer_key"][-7:]
    assert line(departure, "key")["left"] == [f"The key that ends in {ending}."]


def test_plugin_takes_the_key_and_its_own_data_away(connected: Connected) -> None:
    key = connected.lab.store.all("key")[-1]
    plugin.install(connected.lab.store, version="0.1.0", public_key="pk_1", address="https://ours.example")
    make_order(connected.lab, make_mug(connected), meta_data=[{"key": "_luxebrain", "value": "[]"}])

    departure = connected.leave()

    assert line(departure, "key") == {"what": "key", "removed": 1, "left": [], "more": 0}
    assert key not in connected.lab.store.all("key")
    assert connected.lab.store.all("plugin") == []
    assert [entry for order in connected.lab.store.all("order") for entry in order["meta_data"]] == []


def test_key_that_was_taken_away_before_anybody_wrote_it_down_is_known_to_be_gone(connected: Connected) -> None:
    plugin.install(connected.lab.store, version="0.1.0")
    connected.sync()
    start(connected)
    with connected.app.app_context():
        for _ in range(2):  # the webhooks; then the key, whose worker is killed
            with transaction(connected.store_id):
                fence = leases.claim_lease(leaving.KIND)
                assert fence is not None
                leave = leaving.claim_leave(fence, now=utcnow())
                assert leave is not None
            result = leaving.call_leave(leave)
            with transaction(connected.store_id):
                if leave.claim is not None:
                    assert leaving.record_leave(leave, result, fence, now=utcnow())
                session.query(Lease).filter_by(kind=leaving.KIND).update({"leased_until": None})
        assert result is True
        jobs.run(leaving.KIND, connected.store_id)

    (departure,) = rows(connected, Departure)
    assert line(departure, "webhooks")["left"] == []
    assert line(departure, "key") == {"what": "key", "removed": 1, "left": [], "more": 0}


def test_prices_go_back_to_what_they_were_before_the_first_of_ours(connected: Connected) -> None:
    mug, vase = make_mugs(connected, 2)
    make_approved(connected, mug, "9.50")
    push(connected)
    make_approved(connected, mug, "9.00")
    make_approved(connected, vase, "10.50")
    push(connected)
    assert in_lab(connected, mug)[0] == "9.00"

    departure = connected.leave()

    assert [in_lab(connected, each)[0] for each in (mug, vase)] == ["10.00", "10.00"]
    assert line(departure, "prices") == {"what": "prices", "removed": 2, "left": [], "more": 0}


def test_price_that_a_person_set_meanwhile_stays_and_is_named(connected: Connected) -> None:
    mug = make_mug(connected)
    make_approved(connected, mug, "9.50")
    push(connected)
    make_approved(connected, mug, "9.00")
    push(connected)
    edit_by_hand(connected, mug, regular_price="9.80")

    departure = connected.leave()

    assert in_lab(connected, mug)[0] == "9.80"
    assert line(departure, "prices")["removed"] == 0
    assert "Mug: The price was changed by hand to" in line(departure, "prices")["left"][0]


def test_merchant_may_keep_the_prices_and_reads_which(connected: Connected) -> None:
    mug = make_mug(connected)
    make_approved(connected, mug, "9.50")
    push(connected)

    departure = connected.leave(restores_prices=False)

    assert in_lab(connected, mug)[0] == "9.50"
    assert line(departure, "prices")["left"] == [f"Mug: {receipts.KEPT}"]


def test_price_that_was_on_its_way_is_brought_back_too(connected: Connected) -> None:
    mug = make_mug(connected)
    approved = make_approved(connected, mug, "9.50")
    with connected.app.app_context():
        batch = claim(connected)
        outcomes = pricing.call_prices(batch)  # the store has it, and nobody has written that down

    departure = connected.leave()

    assert in_lab(connected, mug)[0] == "10.00"
    assert found(connected, approved).state == "rolled_back"
    assert line(departure, "prices")["removed"] == 1
    with connected.app.app_context(), pytest.raises(LeaseLost), transaction(connected.store_id):
        pricing.record_prices(batch, outcomes, 2, now=utcnow())


def test_nothing_that_waits_is_taken_up_after_leaving_began(connected: Connected) -> None:
    mug = make_mug(connected)
    approved = make_approved(connected, mug, "9.50")
    with connected.app.app_context(), transaction(connected.store_id):
        syncs.start_sync()
    make_order(connected.lab, mug)
    assert connected.lab.lab.deliveries.wait_until_idle()

    start(connected)

    with connected.app.app_context():
        for kind in ("prices.push", "sync.pages"):
            jobs.run(kind, connected.store_id)
    assert in_lab(connected, mug)[0] == "10.00"
    assert found(connected, approved).state == "rejected"
    connected.leave()
    with connected.app.app_context(), pytest.raises(NotConnected), transaction(connected.store_id):
        syncs.start_sync()


def test_worker_killed_in_the_middle_is_followed_by_another(connected: Connected) -> None:
    connected.sync()
    start(connected)
    with connected.app.app_context():
        for _ in range(2):
            with transaction(connected.store_id):
                fence = leases.claim_lease(leaving.KIND)
                assert fence is not None
                leave = leaving.claim_leave(fence, now=utcnow())
                assert leave is not None
            result = leaving.call_leave(leave)
            assert isinstance(result, Unsubscribed)
            with transaction(connected.store_id):  # killed; its lease runs out
                session.query(Lease).filter_by(kind=leaving.KIND).update({"leased_until": None})
        jobs.run(leaving.KIND, connected.store_id)

    (departure,) = rows(connected, Departure)
    assert departure.state == "done"
    assert webhooks(connected) == 0
    assert line(departure, "webhooks")["left"] == []
    (effect,) = [each for each in rows(connected, Effect) if each.kind == "webhooks.unsubscribe"]
    assert (effect.state, effect.is_there) == ("resolved", True)


def test_store_that_stays_away_is_left_all_the_same_and_the_receipt_says_what_is_there(connected: Connected) -> None:
    mug = make_mug(connected)
    make_approved(connected, mug, "9.50")
    push(connected)
    connected.lab.lab.faults.add(FaultRule(status=503, times=500))

    departure = connected.leave()

    assert departure.state == "done"
    assert line(departure, "webhooks")["left"] == [receipts.WEBHOOKS_LEFT]
    assert len(line(departure, "prices")["left"]) == 1
    assert rows(connected, StoreCredential) == []
    (effect,) = [each for each in rows(connected, Effect) if each.kind == "webhooks.unsubscribe"]
    assert (effect.state, effect.retry_at) == ("unknown", None)


def test_merchant_who_asks_again_does_not_wait_any_longer(connected: Connected) -> None:
    mug = make_mug(connected)
    make_approved(connected, mug, "9.50")
    push(connected)
    connected.lab.lab.faults.add(FaultRule(status=503, times=500))
    start(connected)
    with connected.app.app_context():
        jobs.run(leaving.KIND, connected.store_id)
        with transaction(connected.store_id):
            assert receipts.find_departing() is not None
            assert leaving.find_running() is not None

    start(connected)
    with connected.app.app_context():
        jobs.run(leaving.KIND, connected.store_id)

    (departure,) = rows(connected, Departure)
    assert departure.state == "done"
    assert line(departure, "prices")["left"] == [f"Mug: {leaving.ON_ITS_WAY}"]


def test_key_that_the_merchant_took_back_ends_it_at_once(connected: Connected) -> None:
    mug = make_mug(connected)
    make_approved(connected, mug, "9.50")
    push(connected)
    for key in connected.lab.store.all("key"):
        connected.lab.store.put("key", key | {"revoked": True})

    departure = connected.leave()

    assert line(departure, "webhooks")["left"]
    assert len(line(departure, "prices")["left"]) == 1


def test_connecting_again_meanwhile_stops_it(connected: Connected, merchant_id: int) -> None:
    mug = make_mug(connected)
    start(connected)

    with connected.app.app_context():
        connect(connected.lab, owner_id=merchant_id)
        jobs.run(leaving.KIND, connected.store_id)

    connected.sync()
    (departure,) = rows(connected, Departure)
    assert (departure.state, departure.error) == ("failed", leaving.CONNECTED_AGAIN)
    assert webhooks(connected) > 0
    assert in_lab(connected, mug)[0] == "10.00"


def test_webhooks_that_an_absent_store_kept_are_taken_out_when_it_is_connected_again(connected: Connected, merchant_id: int) -> None:
    connected.sync()
    made = webhooks(connected)
    connected.lab.lab.faults.add(FaultRule(status=503, times=500))
    connected.leave()
    connected.lab.lab.faults.clear()
    assert webhooks(connected) == made

    with connected.app.app_context():
        connect(connected.lab, owner_id=merchant_id)
    connected.sync()

    assert webhooks(connected) == made
    assert len({webhook["delivery_url"] for webhook in connected.lab.store.all("webhook")}) == 1


def test_store_that_was_left_cannot_be_left_again(connected: Connected) -> None:
    connected.leave()

    with pytest.raises(NotConnected):
        start(connected)


def test_store_is_not_erased_before_it_was_left(connected: Connected) -> None:
    for _ in range(2):
        with connected.app.app_context(), pytest.raises(InvalidTransition), transaction(connected.store_id):
            erasing.record_erasure(by=7)
        if not rows(connected, Departure):
            start(connected)


def test_other_store_is_not_left(connected: Connected, merchant_id: int) -> None:
    with connected.app.app_context():
        other_id = make_other_store(owner_id=merchant_id)

    connected.leave()

    with connected.app.app_context(), transaction(other_id):
        assert session.get_one(Store, other_id).connected_at is not None
        assert session.query(Departure).count() == 0
        assert stores.webhook_address_of(session.get_one(Store, other_id))
