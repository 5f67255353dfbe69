"""Where a record or a deletion goes: one table from the platform's entities to the rooms that keep them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, delete

from luxebrain.database.session import session, table_of
from luxebrain.integrations.platform import CollectionRecord, CustomerRecord, Entity, OrderRecord, ProductRecord, Record
from luxebrain.models.work import QuarantinedRow
from luxebrain.services import arrivals, catalog, orders


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
            orders.apply_orders(cast("Sequence[OrderRecord]", records), is_current=is_current, now=now)
    _release_from_quarantine(entity, [record.id for record in records])


_DELETE: dict[Entity, Callable[..., None]] = {
    Entity.COLLECTIONS: catalog.delete_collection,
    Entity.PRODUCTS: catalog.delete_product,
    Entity.CUSTOMERS: orders.delete_customer,
    Entity.ORDERS: orders.delete_order,
}


def record_deletion(entity: Entity, id: int, *, now: datetime) -> None:
    _DELETE[entity](id, now=now)
    arrivals.bury(entity, id, now=now)


_QUARANTINED = table_of(QuarantinedRow)
_RELEASE = delete(_QUARANTINED).where(
    _QUARANTINED.c.entity == bindparam("entity"), _QUARANTINED.c.platform_id == any_(bindparam("ids", type_=ARRAY(BigInteger)))
)


def _release_from_quarantine(entity: Entity, ids: Sequence[int]) -> None:
    session.execute(_RELEASE, {"entity": entity, "ids": list(ids)})


def entity_of(record: Record) -> Entity:
    match record:
        case CollectionRecord():
            return Entity.COLLECTIONS
        case ProductRecord():
            return Entity.PRODUCTS
        case CustomerRecord():
            return Entity.CUSTOMERS
        case OrderRecord():
            return Entity.ORDERS
