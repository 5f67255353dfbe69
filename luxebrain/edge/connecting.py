"""What the three doors to a new store share: consent, pasted keys, the command line."""

from __future__ import annotations

from collections.abc import Callable

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import Credentials
from luxebrain.models.stores import Store
from luxebrain.services import leases, leaving, stores, syncs


def open_store(record: Callable[[], Store], credentials: Credentials) -> int:
    """Two transactions: one finds or makes the store, one acts for it. Killed in between, connecting again goes on."""
    with transaction():
        store = record()
    with transaction(store.id):
        stores.open_store(store, credentials)
        leaving.stop_leaving(now=utcnow())
        leases.forget_failures()
        syncs.start_sync(is_full=True)
    return store.id
