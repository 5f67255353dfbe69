"""The plugin in the storefront: seen by each sync, and what is said of it."""

from __future__ import annotations

import pytest

from lab.woocommerce import plugin
from lab.woocommerce.faults import FaultRule
from luxebrain.database.tenancy import transaction
from luxebrain.services import extensions, stores, syncs
from luxebrain.services.extensions import Presence, Sighting
from luxebrain.services.plugin_zip import plugin_version
from tests.live import Connected, make_other_store


def sighting(connected: Connected, store_id: int = 0) -> Sighting:
    with connected.app.app_context(), transaction(store_id or connected.store_id):
        return extensions.find_sighting()


def install(connected: Connected, *, version: str = "", public_key: str = "") -> None:
    with connected.app.app_context(), transaction():
        own = stores.public_key_of(connected.store_id)
    plugin.install(connected.lab.store, version=version or plugin_version(), public_key=public_key or own)


def sync_again(connected: Connected) -> None:
    with connected.app.app_context(), transaction(connected.store_id):
        syncs.start_sync()
    assert connected.sync().state == "done"


def test_store_without_it_was_never_seen_with_it(connected: Connected) -> None:
    assert connected.sync().state == "done"

    assert sighting(connected) == Sighting(Presence.UNSEEN, offered=plugin_version())


@pytest.mark.parametrize(
    ("version", "public_key", "presence"),
    [("", "", Presence.ALIVE), ("0.0.9", "", Presence.OUTDATED), ("", "pk_another", Presence.FOREIGN)],
)
def test_each_sync_looks_at_it(connected: Connected, version: str, public_key: str, presence: Presence) -> None:
    connected.sync()
    install(connected, version=version, public_key=public_key)

    sync_again(connected)

    found = sighting(connected)
    assert (found.presence, found.version) == (presence, version or plugin_version())
    assert found.seen_at is not None


def test_one_that_was_there_and_is_no_more_is_silent_since(connected: Connected) -> None:
    install(connected)
    connected.sync()
    seen_at = sighting(connected).seen_at
    plugin.remove(connected.lab.store)

    sync_again(connected)

    assert (sighting(connected).presence, sighting(connected).seen_at) == (Presence.SILENT, seen_at)


@pytest.mark.parametrize(
    "fault", [FaultRule(path="/wp-json/luxebrain/", status=500, times=50), FaultRule(path="/wp-json/luxebrain/", html=True, times=50)]
)
def test_one_that_breaks_does_not_keep_the_store_from_being_read(connected: Connected, fault: FaultRule) -> None:
    install(connected)
    connected.lab.lab.faults.add(fault)

    assert connected.sync().state == "done"
    assert sighting(connected).presence == Presence.UNSEEN


def test_other_store_knows_nothing_of_it(connected: Connected, merchant_id: int) -> None:
    with connected.app.app_context():
        other_id = make_other_store(owner_id=merchant_id)
    install(connected)

    connected.sync()

    assert sighting(connected, other_id).presence == Presence.UNSEEN
