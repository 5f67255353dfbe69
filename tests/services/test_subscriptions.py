"""Webhooks in the ledger: each topic is subscribed once, whoever is killed in the middle of it, and leaving says what it left behind."""

from __future__ import annotations

from collections import Counter

import pytest

from lab.woocommerce.faults import FaultRule
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.woocommerce.webhooks import TOPICS
from luxebrain.models.outbox import Effect
from luxebrain.models.work import SyncRun
from luxebrain.services import leases, syncs
from tests.live import Connected

ONCE = dict.fromkeys(TOPICS, 1)


def topics(connected: Connected) -> Counter[str]:
    with connected.lab.store.lock:
        return Counter(webhook["topic"] for webhook in connected.lab.store.all("webhook"))


def posts(connected: Connected) -> int:
    return sum(stats.requests for name, stats in connected.lab.lab.faults.stats.items() if name.startswith("POST") and "webhooks" in name)


def effects(connected: Connected, kind: str = "webhooks.subscribe") -> list[Effect]:
    with connected.app.app_context(), transaction(connected.store_id):
        return session.query(Effect).filter_by(kind=kind).order_by(Effect.id).all()


def call_and_die(connected: Connected) -> None:
    """The first step of a sync, of which nobody records what came of it."""
    with connected.app.app_context():
        with transaction(connected.store_id):
            fence = leases.claim_lease(syncs.KIND)
        assert fence is not None
        with transaction(connected.store_id):
            task = syncs.claim_page(fence, now=utcnow())
        assert task is not None
        syncs.call_page(task)
        with transaction(connected.store_id):
            leases.release_lease(syncs.KIND, fence)


def test_a_sync_s_subscription_is_accepted_once(connected: Connected) -> None:
    connected.sync()

    assert topics(connected) == ONCE
    (effect,) = effects(connected)
    assert (effect.state, effect.attempts) == ("accepted", 1)


def test_subscription_that_nobody_recorded_is_found_whole_in_the_store_and_not_made_again(connected: Connected) -> None:
    call_and_die(connected)
    (effect,) = effects(connected)
    assert effect.state == "attempted"
    before = posts(connected)

    connected.sync()

    assert topics(connected) == ONCE
    assert posts(connected) == before
    (effect,) = effects(connected)
    assert (effect.state, effect.is_there) == ("resolved", True)


@pytest.mark.parametrize("made", [0, 1, 5, len(TOPICS) - 1])
def test_subscription_that_broke_off_is_made_whole(connected: Connected, made: int) -> None:
    call_and_die(connected)
    with connected.lab.store.lock:
        for webhook in connected.lab.store.all("webhook")[made:]:
            connected.lab.store.remove("webhook", webhook["id"])

    connected.sync()

    assert topics(connected) == ONCE
    assert effects(connected)[0].state == "resolved"


def test_store_that_fails_half_way_leaves_it_unknown_until_the_next_try(connected: Connected) -> None:
    connected.lab.lab.faults.add(FaultRule(path="/wp-json/wc/v3/webhooks", method="POST", status=503, times=1))

    connected.sync()

    (effect,) = effects(connected)
    assert effect.state == "unknown"
    with connected.app.app_context(), transaction(connected.store_id):
        session.query(SyncRun).update({"retry_at": utcnow()})
    connected.sync()
    assert topics(connected) == ONCE
    assert effects(connected)[0].state == "resolved"


def test_each_full_sync_subscribes_anew_and_revives_what_the_store_switched_off(connected: Connected) -> None:
    connected.sync()
    with connected.lab.store.lock:
        webhook = connected.lab.store.all("webhook")[0]
        connected.lab.store.put("webhook", webhook | {"status": "disabled"})

    with connected.app.app_context(), transaction(connected.store_id):
        syncs.start_sync(is_full=True)
    connected.sync()

    assert topics(connected) == ONCE
    assert {webhook["status"] for webhook in connected.lab.store.all("webhook")} == {"active"}
    assert [effect.state for effect in effects(connected)] == ["accepted", "accepted"]
