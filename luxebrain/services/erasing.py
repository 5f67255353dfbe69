"""Erasing a store: every row of it, and the store itself."""

from __future__ import annotations

import logging

from sqlalchemy import delete

from luxebrain.database.session import Base, session
from luxebrain.database.tenancy import UNPROTECTED, current_store_id
from luxebrain.errors import InvalidTransition
from luxebrain.models.stores import Store
from luxebrain.models.work import Lease
from luxebrain.services import leaving, stores

log = logging.getLogger(__name__)
LEAVE_FIRST = "Disconnect this store first: your prices are brought back then, and you get a receipt. After that it can be erased."


def record_erasure(*, by: int) -> None:
    """Every row of the acting store, and the store. Leases go first: who is at work loses it and writes nothing behind our back.

    Raises InvalidTransition while we hold its keys: nobody could take back what is in the store once they are gone.
    """
    store_id = current_store_id()
    if stores.get_store(store_id).connected_at is not None or leaving.find_running() is not None:
        raise InvalidTransition(LEAVE_FIRST)
    session.execute(delete(Lease))
    for table in reversed(Base.metadata.sorted_tables):
        if "store_id" in table.columns and table.name not in UNPROTECTED:
            session.execute(delete(table).where(table.c.store_id == store_id))
    session.execute(delete(Store).where(Store.id == store_id))
    log.info("store erased", extra={"store_id": store_id, "user_id": by})
