"""`make bench-sync`: 100,000 products and 1,000,000 order lines, from parsed Records to rows, beside the database's own pace.

That pace is bare_copy's: the same rows, ready made, by `Cursor.copy` and the same merge, so many at a time. Both write to empty tables, and
making up the records counts for neither. `python -m bench.sync 100` takes in a hundred records at a time, as pages of WooCommerce do.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import Any

import psycopg
from sqlalchemy import func, select

from bench.bare_copy import BareCopy, bare_rows
from chaos.house import House
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import (
    OrderLineRecord,
    OrderRecord,
    OrderStatus,
    ProductRecord,
    ProductStatus,
    VariantRecord,
)
from luxebrain.models.catalog import Variant
from luxebrain.models.orders import Contact, OrderLine
from luxebrain.models.stores import Store
from luxebrain.services import records

PRODUCTS, ORDERS, LINES_EACH, PEOPLE = 100_000, 250_000, 4, 60_000
LOT = 5_000
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
EMPTY = "truncate product, orders, contact cascade"
Made = Sequence[ProductRecord] | Sequence[OrderRecord]


def as_they_are(made: Made) -> Made:
    return made


def main() -> int:
    lot = int(sys.argv[1]) if sys.argv[1:] else LOT
    with House(workers=0) as house:
        admin_url = house.admin_url("luxebrain")
        with house.app.app_context():
            store_id = _open_store()
            with psycopg.connect(admin_url) as connection:
                copy_s = _measure(BareCopy(connection, store_id).write, lot, ready=bare_rows)
                connection.execute(EMPTY)
                connection.commit()
            seconds = _measure(lambda made: _apply(store_id, made), lot)
            _check(store_id)
    peak_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    figures = {"at_once": lot, "ratio": round(copy_s / seconds, 2), "seconds": round(seconds, 1), "copy_s": round(copy_s, 1)}
    print(json.dumps({"name": "sync", **figures, "peak_mb": peak_mb}), flush=True)
    return 0


def _open_store() -> int:
    with transaction():
        store = Store(
            platform="woocommerce", url="https://bench.example", name="Bench", currency="EUR", timezone="UTC", prices_include_tax=True
        )
        session.add(store)
        session.flush()
        return store.id


def _measure(write: Callable[[Any], None], lot: int, *, ready: Callable[[Made], Any] = as_they_are) -> float:
    """Seconds inside `write`, of what `ready` made of the records."""
    spent = 0.0
    for made in chain(_in_lots(_products(), lot), _in_lots(_orders(), lot)):
        rows = ready(made)
        began = time.perf_counter()
        write(rows)
        spent += time.perf_counter() - began
    return spent


def _apply(store_id: int, made: Made) -> None:
    with transaction(store_id):
        records.apply_records(records.entity_of(made[0]), made, is_current=True, now=utcnow())


def _check(store_id: int) -> None:
    with transaction(store_id):
        counted = tuple(session.scalar(select(func.count()).select_from(model)) for model in (Variant, Contact, OrderLine))
    assert counted == (PRODUCTS, PEOPLE, ORDERS * LINES_EACH), counted


def _in_lots(made: Iterable[Any], size: int) -> Iterator[list[Any]]:
    made = iter(made)
    while lot := list(islice(made, size)):
        yield lot


def _products() -> Iterator[ProductRecord]:
    for number in range(1, PRODUCTS + 1):
        changed = BEGAN + timedelta(seconds=number)
        variant = VariantRecord(
            id=number,
            title="",
            sku=f"SKU-{number:06}",
            price=Decimal(number % 9_000 + 99) / 100,
            compare_at_price=None,
            unit_cost=None,
            stock_quantity=number % 50,
            is_in_stock=number % 50 > 0,
            image_url="",
            modified_at=changed,
        )
        yield ProductRecord(
            id=number,
            title=f"Product {number} of oak and linen",
            url=f"https://bench.example/product/{number}/",
            status=ProductStatus.ACTIVE,
            description="Made by hand in small numbers, and meant to be used every day for years. " * 3,
            image_url=f"https://bench.example/wp-content/uploads/{number}.jpg",
            tags=("oak", "linen"),
            collection_ids=(number % 40 + 1,),
            variants=(variant,),
            created_at=BEGAN,
            modified_at=changed,
        )


def _orders() -> Iterator[OrderRecord]:
    for number in range(1, ORDERS + 1):
        placed, person = BEGAN + timedelta(minutes=number), number % PEOPLE + 1
        lines = tuple(_line(number * LINES_EACH + position) for position in range(LINES_EACH))
        yield OrderRecord(
            id=1_000_000 + number,
            number=str(number),
            status=OrderStatus.FULFILLED,
            customer_id=person,
            email=f"customer{person}@bench.example",
            first_name="Ada",
            last_name=f"Byron {person}",
            phone="",
            currency="EUR",
            total=sum((line.total for line in lines), Decimal(0)),
            created_at=placed,
            modified_at=placed,
            lines=lines,
            refunds=(),
        )


def _line(number: int) -> OrderLineRecord:
    product = number * 7919 % PRODUCTS + 1
    quantity = number % 3 + 1
    return OrderLineRecord(
        id=number,
        product_id=product,
        variant_id=product,
        title=f"Product {product} of oak and linen",
        sku=f"SKU-{product:06}",
        quantity=quantity,
        total=quantity * Decimal(product % 9_000 + 99) / 100,
    )


if __name__ == "__main__":
    sys.exit(main())
