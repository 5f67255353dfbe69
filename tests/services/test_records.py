"""Records become the same rows however many come at once."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import pytest
from sqlalchemy import select

from luxebrain.clock import utcnow
from luxebrain.database import upsert
from luxebrain.database.session import Base, session, table_of
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import Entity, Record
from luxebrain.models.catalog import Collection, Product, Variant
from luxebrain.models.orders import Contact, Customer, Order, OrderLine, Refund
from luxebrain.services import records, stores
from luxebrain.services.outside import open_platform_of
from tests.live import Connected, make_order, make_other_store, make_product

OURS = {"store_id", "contact_id", "synced_at"}
TABLES: tuple[type[Base], ...] = (Collection, Product, Variant, Customer, Order, OrderLine, Refund)


def copied(store_id: int) -> dict[str, list[dict[str, Any]]]:
    with transaction(store_id):
        rows = {model.__tablename__: [dict(row._mapping) for row in session.execute(select(table_of(model)))] for model in TABLES}
    return {
        name: [{key: row[key] for key in row.keys() - OURS} for row in sorted(each, key=itemgetter("id"))] for name, each in rows.items()
    }


def people(store_id: int) -> list[Any]:
    columns = (Contact.email, Contact.first_name, Contact.last_name, Contact.customer_id)
    with transaction(store_id):
        return sorted(tuple(row) for row in session.execute(select(*columns)))


def test_what_comes_by_the_thousand_makes_the_rows_that_pages_make(
    connected: Connected, merchant_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    products = [make_product(connected.lab, f"Mug {number}\t“\\N” &amp;", f"{number}.50") for number in range(1, 6)]
    for number, product in enumerate(products):
        make_order(connected.lab, product, number + 1, email=f"Ada{number % 3}@example.com")
    with connected.app.app_context():
        other, now = make_other_store(owner_id=merchant_id), utcnow()
        with transaction(connected.store_id):
            platform = open_platform_of(stores.get_store(connected.store_id))
        read: dict[Entity, tuple[Record, ...]] = {entity: platform.read_page(entity).records for entity in Entity}
        for store_id, many in ((connected.store_id, 1_000), (other, 1)):
            monkeypatch.setattr(upsert, "MANY", many)
            for entity, each in (*read.items(), *read.items()):  # the second time over what is there
                with transaction(store_id):
                    records.apply_records(entity, each, is_current=True, now=now)

        assert copied(other) == copied(connected.store_id)
        assert people(other) == people(connected.store_id)
        assert [len(copied(other)[name]) for name in ("product", "variant", "orders", "order_line")] == [5, 5, 5, 5]
