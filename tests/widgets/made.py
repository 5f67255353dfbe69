"""A store with products and orders to learn from, planted without a platform; and a second one that looks the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from luxebrain import jobs
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import (
    Credentials,
    OrderLineRecord,
    OrderRecord,
    OrderStatus,
    ProductRecord,
    ProductStatus,
    StoreProfile,
    VariantRecord,
)
from luxebrain.jobs import training
from luxebrain.services import accounts, catalog, orders, stores, trainings

NOW = datetime.now(UTC).replace(microsecond=0)
PAIRS = ((11, 12), (21, 22), (31, 32), (41, 42))
NEVER_SOLD = 99
PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Made:
    store_id: int
    key: str


def make_store(name: str) -> Made:
    """A merchant's store without products; the merchant is merchant@<name>.example."""
    profile = StoreProfile(name=name, url=f"https://{name}.example", currency="GBP", timezone="UTC", prices_include_tax=True)
    with transaction():
        owner = accounts.sign_up(f"merchant@{name}.example", PASSWORD)
        store = stores.record_store("woocommerce", profile.url, profile, owner_id=owner.id, now=NOW)
        made = Made(store.id, stores.public_key_of(store.id))
    with transaction(store.id):
        stores.open_store(store, Credentials(url=profile.url, key="ck_never_used", secret="cs_never_used"))
    return made


def make_shop(name: str, *, order_count: int = 120) -> Made:
    """Pairs of products that are always bought together (PAIRS), and one lantern that never was."""
    made = make_store(name)
    kinds = ("mug", "candle", "cushion", "teapot")
    products = [
        product(id, f"{colour} {kind}")
        for kind, pair in zip(kinds, PAIRS, strict=True)
        for id, colour in zip(pair, ("Red", "Blue"), strict=True)
    ]
    with transaction(made.store_id):
        catalog.apply_products([*products, product(NEVER_SOLD, "Green mug")], is_current=True, now=NOW)
        orders.apply_orders([order(number, PAIRS[number % 4]) for number in range(1, order_count + 1)], is_current=True, now=NOW)
    return made


def product(id: int, title: str = "Mug", *, is_in_stock: bool = True, modified_at: datetime = NOW, **more: Any) -> ProductRecord:
    """A simple product at £10.00 with one variant."""
    price, compare_at = Decimal(more.pop("price", "10")), more.pop("compare_at_price", None)
    variant = VariantRecord(
        id=id,
        title="",
        sku=f"SKU{id}",
        price=price,
        compare_at_price=None if compare_at is None else Decimal(compare_at),
        unit_cost=None,
        stock_quantity=None,
        is_in_stock=is_in_stock,
        image_url="",
        modified_at=modified_at,
    )
    facts: dict[str, Any] = {
        "url": f"https://shop.example/product/{id}",
        "status": ProductStatus.ACTIVE,
        "description": "",
        "image_url": f"https://shop.example/{id}.svg",
        "tags": (),
        "collection_ids": (),
        "variants": (variant,),
        "created_at": NOW - timedelta(days=200),
    }
    return ProductRecord(id=id, title=title, modified_at=modified_at, **(facts | more))


def order(number: int, product_ids: tuple[int, ...], *, at: datetime | None = None, clicks: tuple[dict[str, Any], ...] = ()) -> OrderRecord:
    """Paid, a line of £10.00 for each product; without `at`, spread over the last half year."""
    lines = tuple(
        OrderLineRecord(id=number * 10 + n, product_id=id, variant_id=id, title="", sku="", quantity=1, total=Decimal(10))
        for n, id in enumerate(product_ids)
    )
    at = at or NOW - timedelta(days=180 - number % 180, hours=1)
    return OrderRecord(
        id=number,
        number=str(number),
        status=OrderStatus.PAID,
        customer_id=number % 40 + 1,
        email="",
        first_name="",
        last_name="",
        phone="",
        currency="GBP",
        total=Decimal(10) * len(lines),
        created_at=at,
        modified_at=at,
        lines=lines,
        refunds=(),
        clicks=clicks,
    )


def train(made: Made) -> None:
    with transaction(made.store_id):
        trainings.start_training()
    assert trainings.KIND in jobs.JOBS, training.__name__
    jobs.run(trainings.KIND, made.store_id)


def apply_products(made: Made, *records: ProductRecord) -> None:
    with transaction(made.store_id):
        catalog.apply_products(records, is_current=True, now=NOW)


def row_count(store_id: int, model: type[Any]) -> int:
    with transaction(store_id):
        return session.query(model).count()
