"""What the database alone takes for a first sync: ready rows by `Cursor.copy` into a temporary table, and one merge for each table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter

import psycopg
from psycopg.types.json import Jsonb

from luxebrain.integrations.platform import OrderRecord, ProductRecord

Row = tuple[object, ...]
NOW = datetime.now(UTC)
COLUMNS = {
    "product": "id title url status description image_url tags collection_ids created_at modified_at synced_at",
    "variant": "id product_id title sku price compare_at_price unit_cost stock_quantity is_in_stock image_url modified_at",
    "contact": "id email first_name last_name customer_id",
    "orders": "id number status customer_id contact_id currency total refunded clicks created_at modified_at synced_at",
    "order_line": "order_id id product_id variant_id title sku quantity total",
}
KEYS = {"contact": "store_id, email", "order_line": "store_id, order_id, id"}
of_product = attrgetter(*COLUMNS["product"].split()[:6])
of_variant = attrgetter(
    "title", "sku", "price", "compare_at_price", "unit_cost", "stock_quantity", "is_in_stock", "image_url", "modified_at"
)
of_line = attrgetter(*COLUMNS["order_line"].split()[1:])


class BareCopy:
    """Writes for one store, past its row security, a transaction at a time."""

    def __init__(self, connection: psycopg.Connection, store_id: int) -> None:
        self._connection = connection
        self._store_id = store_id

    def write(self, tables: dict[str, list[Row]]) -> None:
        for name, rows in tables.items():
            self._merge(name, rows)
        self._connection.commit()

    def _merge(self, name: str, rows: Iterable[Row]) -> None:
        columns = COLUMNS[name].split()
        listed = ", ".join(columns)
        run = self._connection.cursor().execute
        run(f"create temporary table incoming (like {name} including defaults) on commit drop".encode())
        with self._connection.cursor().copy(f"copy incoming (store_id, {listed}) from stdin".encode()) as copy:
            for row in rows:
                copy.write_row((self._store_id, *row))
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns if column != "id")
        newer = f" where excluded.modified_at >= {name}.modified_at" if "modified_at" in columns else ""
        run(
            f"insert into {name} (store_id, {listed}) select store_id, {listed} from incoming "
            f"on conflict ({KEYS.get(name, 'store_id, id')}) do update set {changes}{newer}".encode()
        )
        run(b"drop table incoming")


def bare_rows(records: Sequence[ProductRecord] | Sequence[OrderRecord]) -> dict[str, list[Row]]:
    """By table, in the order to write them."""
    products = [record for record in records if isinstance(record, ProductRecord)]
    return _product_rows(products) if products else _order_rows([record for record in records if isinstance(record, OrderRecord)])


def _product_rows(records: Sequence[ProductRecord]) -> dict[str, list[Row]]:
    return {
        "product": [(*of_product(r), list(r.tags), list(r.collection_ids), r.created_at, r.modified_at, NOW) for r in records],
        "variant": [(variant.id, r.id, *of_variant(variant)) for r in records for variant in r.variants],
    }


def _order_rows(records: Sequence[OrderRecord]) -> dict[str, list[Row]]:
    """A contact has its customer's number."""
    people = {r.email: (r.customer_id, r.email, r.first_name, r.last_name, r.customer_id) for r in records}
    return {
        "contact": [people[email] for email in sorted(people)],
        "orders": [_order_row(record) for record in records],
        "order_line": [(record.id, *of_line(line)) for record in records for line in record.lines],
    }


def _order_row(record: OrderRecord) -> Row:
    amounts = (record.currency, record.total, 0, Jsonb([]))
    return (
        record.id,
        record.number,
        record.status,
        record.customer_id,
        record.customer_id,
        *amounts,
        record.created_at,
        record.modified_at,
        NOW,
    )
