"""What of ours stands in a store's storefront: the plugin as it was last seen, and what the merchant can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.integrations.platform import Extension
from luxebrain.models.stores import StoreExtension
from luxebrain.services import stores
from luxebrain.services.plugin_zip import plugin_version


class Presence(StrEnum):
    UNSEEN = "unseen"  # never there when we looked
    ALIVE = "alive"
    OUTDATED = "outdated"  # alive, and another version than the one we hand out
    FOREIGN = "foreign"  # alive, with the key of another store
    SILENT = "silent"  # it was there once


@dataclass(frozen=True, slots=True)
class Sighting:
    """`version`: seen in the store; `seen_at`: the last time."""

    presence: Presence
    version: str = ""
    seen_at: datetime | None = None
    offered: str = ""

    @property
    def is_there(self) -> bool:
        return self.presence not in (Presence.UNSEEN, Presence.SILENT)


def record_look(found: Extension | None, *, now: datetime) -> None:
    """Into the acting store."""
    if found is None:
        session.execute(update(StoreExtension).values(looked_at=now))
        return
    seen = {"version": found.version, "public_key": found.public_key, "seen_at": now, "looked_at": now}
    session.execute(insert(StoreExtension).values(seen).on_conflict_do_update(index_elements=["store_id"], set_=seen))


def find_sighting() -> Sighting:
    """Of the acting store."""
    offered = plugin_version()
    row = session.scalars(select(StoreExtension)).one_or_none()
    if row is None:
        return Sighting(Presence.UNSEEN, offered=offered)
    return Sighting(_presence(row, offered), row.version, row.seen_at, offered)


def _presence(row: StoreExtension, offered: str) -> Presence:
    if row.looked_at > row.seen_at:
        return Presence.SILENT
    if row.public_key != stores.public_key_of(current_store_id()):
        return Presence.FOREIGN
    return Presence.ALIVE if row.version == offered else Presence.OUTDATED
