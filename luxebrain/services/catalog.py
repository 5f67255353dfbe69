"""Products and collections: records from the platform become rows of the acting store; newer wins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, all_, any_, bindparam, func, select, update

from luxebrain.database.session import session, table_of
from luxebrain.database.upsert import row_of, upsert_newer
from luxebrain.integrations.platform import CollectionRecord, ProductRecord
from luxebrain.models.catalog import Collection, Product, Variant
from luxebrain.services import snapshots


def apply_collections(records: Sequence[CollectionRecord], *, now: datetime) -> None:
    """Platforms do not say when a collection changed: what was read last counts."""
    rows = [{"id": r.id, "title": r.title, "parent_id": r.parent_id, "modified_at": now} for r in records]
    upsert_newer(Collection, rows, is_current=True)


def apply_products(records: Sequence[ProductRecord], *, is_current: bool, now: datetime) -> None:
    """A product that was applied brings its variants along; those it no longer has become tombstones."""
    applied = upsert_newer(Product, [_product_row(record, now=now) for record in records], is_current=is_current)
    fresh = [record for record in records if record.id in applied]
    if not fresh:
        return
    upsert_newer(Variant, [_variant_row(record.id, variant) for record in fresh for variant in record.variants], is_current=True)
    kept = [variant.id for record in fresh for variant in record.variants]
    session.execute(_GONE, {"products": list(applied), "kept": kept, "now": now})
    snapshots.mark_changed()


_PRODUCTS, _KEPT = (bindparam(name, type_=ARRAY(BigInteger)) for name in ("products", "kept"))
_VARIANT = table_of(Variant)
_GONE = (
    update(_VARIANT)
    .where(_VARIANT.c.product_id == any_(_PRODUCTS), _VARIANT.c.id != all_(_KEPT), _VARIANT.c.deleted_at.is_(None))
    .values(deleted_at=bindparam("now"))
)


def delete_products(ids: Sequence[int], *, now: datetime) -> None:
    session.execute(update(Product).where(Product.id.in_(ids), Product.deleted_at.is_(None)).values(deleted_at=now))
    snapshots.mark_changed()


def delete_collections(ids: Sequence[int], *, now: datetime) -> None:
    session.execute(update(Collection).where(Collection.id.in_(ids), Collection.deleted_at.is_(None)).values(deleted_at=now))


def delete_unseen_collections(*, since: datetime, now: datetime) -> None:
    """Those that a whole reading, begun at `since`, did not come across: platforms say nothing when one is deleted."""
    unseen = (Collection.modified_at < since) & Collection.deleted_at.is_(None)
    session.execute(update(Collection).where(unseen).values(deleted_at=now))


def count_products() -> int:
    return session.scalars(select(func.count()).select_from(Product).where(Product.deleted_at.is_(None))).one()


def _product_row(record: ProductRecord, *, now: datetime) -> dict[str, Any]:
    row = row_of(record)
    del row["variants"]
    return row | {"tags": list(record.tags), "collection_ids": list(record.collection_ids), "synced_at": now}


def _variant_row(product_id: int, variant: Any) -> dict[str, Any]:
    return row_of(variant) | {"product_id": product_id}
