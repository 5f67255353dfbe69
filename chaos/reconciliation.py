"""R3: webhooks are lost at random, some changes never cause one; one comparison later the copy equals the store, and a certificate that
says so is never wrong.

A real lab store delivers over HTTP to a real web process. What merchants do is drawn by lot: made, changed, trashed, deleted by force,
sold, refunded, two changes in one second. Its clock begins twenty minutes ago and comes to now as the run goes on: copies of long ago and
of this moment are compared alike. The oracle reads the store's own state, not its API, and our tables, not our records.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from urllib.parse import urlsplit

from flask import Flask

from chaos.house import House
from chaos.report import Report, Result
from chaos.stores import connect
from lab.woocommerce import catalog, orders, plugin
from lab.woocommerce.context import Options
from lab.woocommerce.documents import Document
from lab.woocommerce.faults import WebhookFaults
from lab.woocommerce.server import LabServer
from luxebrain import config, jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.catalog import Product, Variant
from luxebrain.models.orders import Order
from luxebrain.services import accounts, certificate_report, certificates

SHARES = (0.05, 0.2, 1.0)
RUNS = {"check": 3, "long": 50}  # of each share
EDITS, HASTY_EDITS = 24, 3  # the last ones of one product, within a second; all but the first of them lost
BEGINS_S = 1200
STATUSES = {"pending": "pending", "processing": "paid", "completed": "fulfilled", "cancelled": "cancelled", "refunded": "refunded"}
State = dict[tuple[str, int], tuple[object, ...]]


@dataclass(slots=True)
class Tally:
    runs: int = 0
    drifted: int = 0
    healed: int = 0
    unequal: int = 0
    false_in_sync: int = 0
    not_in_sync: int = 0
    dropped: int = 0
    edits: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Shop:
    """The store of one run and the merchant in it."""

    lab: LabServer
    lot: random.Random

    def edit(self, *, is_hasty: bool) -> str:
        deed = _rename_the_newest if is_hasty else self.lot.choice(DEEDS)
        with self.lab.store.lock:
            deed(self)
        return deed.__name__.strip("_")

    def products(self) -> list[Document]:
        return [each for each in self.lab.store.all("product") if each["status"] != "trash"]

    def simple_products(self) -> list[Document]:
        """Never none of them: whoever takes one away leaves three."""
        return [each for each in self.products() if each["type"] == "simple"]

    def orders(self) -> list[Document]:
        return [each for each in self.lab.store.all("order") if each["status"] in STATUSES]

    def price(self) -> str:
        return f"{self.lot.randrange(100, 9900) / 100:.2f}"


def _make(shop: Shop) -> None:
    catalog.create_product(shop.lab.store, {"name": f"Made {shop.lot.random()}", "type": "simple", "regular_price": shop.price()})


def _make_variable(shop: Shop) -> None:
    sizes = [{"name": "Size", "variation": True, "options": ["S", "M"]}]
    made = catalog.create_product(shop.lab.store, {"name": f"Sized {shop.lot.random()}", "type": "variable", "attributes": sizes})
    for size in ("S", "M"):
        sent = {"regular_price": shop.price(), "attributes": [{"name": "Size", "option": size}]}
        catalog.create_variation(shop.lab.store, made, sent)


def _reprice(shop: Shop) -> None:
    catalog.update_product(shop.lab.store, shop.lot.choice(shop.simple_products()), {"regular_price": shop.price()})


def _reprice_a_variation(shop: Shop) -> None:
    if variations := shop.lab.store.all("variation"):
        catalog.update_product(shop.lab.store, shop.lot.choice(variations), {"regular_price": shop.price()})


def _rename_twice(shop: Shop) -> None:
    product = shop.lot.choice(shop.products())
    for _ in range(2):
        catalog.update_product(shop.lab.store, product, {"name": f"Renamed {shop.lot.random()}"})


def _rename_the_newest(shop: Shop) -> None:
    catalog.update_product(shop.lab.store, shop.simple_products()[-1], {"name": f"Renamed {shop.lot.random()}"})


def _trash(shop: Shop) -> None:
    if len(shop.simple_products()) > 3:
        catalog.trash_product(shop.lab.store, shop.lot.choice(shop.products()))


def _delete_by_force(shop: Shop) -> None:
    simple = shop.simple_products()
    if len(simple) > 3:
        catalog.erase(shop.lab.store, shop.lot.choice(simple))


def _delete_a_variation_by_force(shop: Shop) -> None:
    if variations := shop.lab.store.all("variation"):
        catalog.erase(shop.lab.store, shop.lot.choice(variations))


def _sell(shop: Shop) -> None:
    line = {"product_id": shop.lot.choice(shop.simple_products())["id"], "quantity": shop.lot.randrange(1, 4)}
    billing = {"email": f"{shop.lot.randrange(5)}@shopper.example"}
    orders.create_order(shop.lab.store, {"status": "processing", "line_items": [line], "billing": billing})


def _complete(shop: Shop) -> None:
    if sold := shop.orders():
        orders.update_order(shop.lab.store, shop.lot.choice(sold), {"status": "completed"})


def _refund(shop: Shop) -> None:
    open_orders = [each for each in shop.orders() if not orders.refunds_of(shop.lab.store, each) and orders.total_of(each) > 1]
    if open_orders:
        orders.create_refund(shop.lab.store, shop.lot.choice(open_orders), {"amount": "1.00", "reason": "chipped"})


def _delete_an_order_by_force(shop: Shop) -> None:
    if sold := shop.orders():
        shop.lab.store.remove("order", shop.lot.choice(sold)["id"])


DEEDS: tuple[Callable[[Shop], None], ...] = (
    _make,
    _make_variable,
    _reprice,
    _reprice_a_variation,
    _rename_twice,
    _trash,
    _delete_by_force,
    _delete_a_variation_by_force,
    _sell,
    _sell,
    _complete,
    _refund,
    _delete_an_order_by_force,
)


def run(size: str, seed: int, report: Report) -> Result:
    tally, began = Tally(), time.monotonic()
    rounds = [(share, number) for number in range(RUNS[size]) for share in SHARES]
    with House(workers=0, WEB_CONCURRENCY="1") as house:
        house.start_web()
        with house.app.app_context(), transaction():
            owner_id = accounts.sign_up("owner@chaos.example", "correct horse battery").id
        for done, (share, number) in enumerate(rounds):
            took_s = time.monotonic() - began
            report.progress(done / len(rounds), f"R3: {share:.0%} of webhooks lost, run {number + 1} of {RUNS[size]}", took_s=took_s)
            _run_once(house.app, owner_id, share, random.Random(f"{seed} {share} {number}"), tally, has_plugin=number % 2 == 1)
    return _result(tally)


def _run_once(app: Flask, owner_id: int, share: float, lot: random.Random, tally: Tally, *, has_plugin: bool) -> None:
    with LabServer(Options(development=True, delivery_delay_s=0.01)) as lab:
        config.use(replace(config.current(), ssrf_allow=frozenset({urlsplit(lab.url).netloc}), slice_s=60))
        if has_plugin:
            plugin.install(lab.store, version="0.1.0")  # its sums may spare the walk, and must never hide a drift
        lab.store.advance(-BEGINS_S)
        shop = Shop(lab, lot)
        with lab.store.lock:
            for first in (_make, _make, _make, _make, _make_variable, _sell, _sell):
                first(shop)
        with app.app_context():
            store_id = connect(lab, owner_id=owner_id)
            jobs.run("sync.pages", store_id)
            _live(shop, share, tally)
            jobs.run("inbox.apply", store_id)
            _judge(lab, store_id, tally)


def _live(shop: Shop, share: float, tally: Tally) -> None:
    """Each change is delivered, or lost, before the next. The store's clock is at now when the hasty ones begin."""
    for number in range(EDITS + HASTY_EDITS):
        if number < EDITS:
            shop.lab.store.advance(BEGINS_S / EDITS)
        is_dropped = number > EDITS or shop.lot.random() < share
        shop.lab.lab.faults.webhooks = WebhookFaults(drop_share=1.0 if is_dropped else 0.0)
        tally.edits[shop.edit(is_hasty=number >= EDITS)] += 1
        tally.dropped += is_dropped
        assert shop.lab.lab.deliveries.wait_until_idle()


def _judge(lab: LabServer, store_id: int, tally: Tally) -> None:
    theirs = their_state(lab)
    with transaction(store_id):
        tally.drifted += len(theirs.items() ^ our_state().items()) > 0
        certificates.start_check(is_full=True, now=utcnow())
    jobs.run(certificates.KIND, store_id)
    with transaction(store_id):
        health = certificate_report.find_health()
        differences = theirs.items() ^ our_state().items()
        assert health is not None
        tally.runs += 1
        tally.healed += health.healed
        tally.unequal += bool(differences)
        tally.false_in_sync += bool(differences) and health.is_in_sync
        tally.not_in_sync += not health.is_in_sync
        tally.examples += [str(each) for each in sorted(differences, key=str)[:4]]


def their_state(lab: LabServer) -> State:
    with lab.store.lock:
        found: State = {}
        for product in lab.store.all("product"):
            if product["status"] == "trash":
                continue
            found["product", product["id"]] = (product["name"],)
            sold = catalog.variations_of(lab.store, product["id"]) if product["type"] == "variable" else [product]
            found |= {("variant", each["id"]): (product["id"], _amount(each["price"])) for each in sold}
        for order in lab.store.all("order"):
            if order["status"] in STATUSES:
                refunded = sum((Decimal(each["amount"]) for each in orders.refunds_of(lab.store, order)), Decimal(0))
                found["order", order["id"]] = (STATUSES[order["status"]], _amount(orders.total_of(order)), f"{refunded:.2f}")
        return found


def our_state() -> State:
    found: State = {("product", row.id): (row.title,) for row in session.query(Product).filter(Product.deleted_at.is_(None))}
    alive = {id for _kind, id in found}
    for variant in session.query(Variant).filter(Variant.deleted_at.is_(None), Variant.product_id.in_(alive)):
        found["variant", variant.id] = (variant.product_id, _amount(variant.price))
    for order in session.query(Order).filter(Order.deleted_at.is_(None)):
        found["order", order.id] = (order.status, _amount(order.total), f"{order.refunded:.2f}")
    return found


def _amount(value: object) -> str | None:
    return None if value in (None, "") else f"{Decimal(str(value)):.2f}"


def _result(tally: Tally) -> Result:
    figures = {"runs": tally.runs, "unequal": tally.unequal, "false_in_sync": tally.false_in_sync}
    remarks = {
        "of webhooks lost": ", ".join(f"{share:.0%}" for share in SHARES),
        "runs that had drifted": tally.drifted,
        "rows put right": tally.healed,
        "changes whose webhooks were lost": tally.dropped,
        "changes": dict(tally.edits),
        "not called in sync": tally.not_in_sync,
        "unequal, for example": tally.examples[:10],
    }
    has_passed = not tally.unequal and not tally.false_in_sync and not tally.not_in_sync and tally.drifted > 0
    return Result(figures, remarks, has_passed)
