"""Where a record or a deletion goes: one table from the platform's entities to the rooms that keep them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import cast

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, delete
from sqlalchemy.dialects.postgresql import insert

from luxebrain.database.session import session, table_of
from luxebrain.integrations.platform import BadRow, CartRecord, CollectionRecord, CustomerRecord, Entity, OrderRecord, ProductRecord, Record
from luxebrain.models.work import QuarantinedRow
from luxebrain.services import arrivals, carts, catalog, orders


def apply_records(entity: Entity, records: Sequence[Record], *, is_current: bool, now: datetime) -> None:
    """`is_current`: just read from the platform, so that what is a tombstone here is alive again."""
    if not records:
        return
    match entity:
        case Entity.COLLECTIONS:
            catalog.apply_collections(cast("Sequence[CollectionRecord]", records), now=now)
        case Entity.PRODUCTS:
            catalog.apply_products(cast("Sequence[ProductRecord]", records), is_current=is_current, now=now)
        case Entity.CUSTOMERS:
            orders.apply_customers(cast("Sequence[CustomerRecord]", records), is_current=is_current)
        case Entity.ORDERS:
            orders.apply_orders([each for each in records if isinstance(each, OrderRecord)], is_current=is_current, now=now)
            carts.apply_carts([each for each in records if isinstance(each, CartRecord)], is_current=is_current)
    release(entity, [record.id for record in records])


_DELETE: dict[Entity, Callable[..., None]] = {
    Entity.COLLECTIONS: catalog.delete_collections,
    Entity.PRODUCTS: catalog.delete_products,
    Entity.CUSTOMERS: orders.delete_customers,
    Entity.ORDERS: orders.delete_orders,
}


def record_deletions(entity: Entity, ids: Sequence[int], *, now: datetime) -> None:
    """Raises nothing for what is gone already, or was never seen."""
    if ids:
        _DELETE[entity](ids, now=now)
        arrivals.bury(entity, ids, now=now)
        release(entity, ids)


def set_aside(bad_rows: Sequence[BadRow], *, now: datetime) -> None:
    """Keeps rows that cannot become records, with their reasons."""
    if not bad_rows:
        return
    statement = insert(QuarantinedRow).values([asdict(row) | {"seen_at": now} for row in bad_rows])
    latest = {"reason": statement.excluded.reason, "payload": statement.excluded.payload, "seen_at": statement.excluded.seen_at}
    session.execute(statement.on_conflict_do_update(index_elements=["store_id", "entity", "platform_id"], set_=latest))


_QUARANTINED = table_of(QuarantinedRow)
_RELEASE = delete(_QUARANTINED).where(
    _QUARANTINED.c.entity == bindparam("entity"), _QUARANTINED.c.platform_id == any_(bindparam("ids", type_=ARRAY(BigInteger)))
)


def release(entity: Entity, ids: Collection[int]) -> None:
    """Out of quarantine: they were read well, or are gone from the store."""
    session.execute(_RELEASE, {"entity": entity, "ids": list(ids)})


def release_unseen(entity: Entity, *, since: datetime) -> None:
    """What a whole reading, begun at `since`, did not come across any more, rows without an id included."""
    session.execute(delete(_QUARANTINED).where(_QUARANTINED.c.entity == entity, _QUARANTINED.c.seen_at < since))


def entity_of(record: Record) -> Entity:
    match record:
        case CollectionRecord():
            return Entity.COLLECTIONS
        case ProductRecord():
            return Entity.PRODUCTS
        case CustomerRecord():
            return Entity.CUSTOMERS
        case OrderRecord() | CartRecord():
            return Entity.ORDERS
