"""R18: a store that was left is as it was before LuxeBrain came, but for what the merchant did; and the receipt says just that.

Real workers are killed and Redis is flushed while prices are written, and again while the store is left. Half of the stores have the
plugin, which can take the key away; of the others the receipt has to name the key. The oracle reads the store's own documents.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from chaos.house import House, WholeHouse
from chaos.report import Report, Result
from chaos.stores import connect
from lab.woocommerce import catalog, plugin
from lab.woocommerce.context import Options
from lab.woocommerce.documents import Document
from lab.woocommerce.server import LabServer
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.catalog import Variant
from luxebrain.models.pricing import OPEN_STATES, Proposal
from luxebrain.models.work import Departure, RunState, SyncRun
from luxebrain.services import accounts, leaving, proposals

STORES = {"check": 2, "long": 20}
PRODUCTS, ROUNDS, EDITS, WORKERS = 60, 2, 6, 2
COST = {"meta_data": [{"key": "_wc_cog_cost", "value": "1.00"}]}  # without one no price is lowered
KINDS = ("product", "variation", "order", "customer", "category", "webhook", "key")
# What any write moves, and what a sale's dates and a cleared one look like.
MOVING = frozenset({"date_modified_gmt", "date_modified"})
EMPTY: tuple[object, ...] = (None, "")
TIMEOUT_S = 180
State = dict[tuple[str, int], dict[str, Any]]


@dataclass(slots=True)
class Tally:
    stores: int = 0
    prices: int = 0
    edits: int = 0
    kills: int = 0
    flushes: int = 0
    differences: int = 0
    untrue_receipts: int = 0
    receipts: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Stage:
    house: House
    lab: LabServer
    lot: random.Random
    tally: Tally
    store_id: int = 0

    def wait(self, is_over: Any, *, mishaps: int) -> None:
        """Until it is; a worker is killed now and then meanwhile, and once Redis is flushed."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            with self.house.app.app_context(), transaction(self.store_id):
                if is_over():
                    return
            if time.monotonic() > deadline:
                raise TimeoutError("nothing moves any more")
            self.house.revive()
            if mishaps > 0 and self.lot.random() < 0.3:
                mishaps -= 1
                self.house.kill_a_worker(self.lot)
                self.tally.kills += 1
                if mishaps == 1:
                    self.house.flush_valkey()
                    self.tally.flushes += 1
            time.sleep(0.1)


def run(size: str, seed: int, report: Report) -> Result:
    tally, began = Tally(), time.monotonic()
    labs = [LabServer(Options(development=True, delivery_delay_s=0.01)) for _ in range(STORES[size])]
    allowed = ",".join(urlsplit(lab.url).netloc for lab in labs)
    with WholeHouse(workers=WORKERS, WEB_CONCURRENCY="1", SSRF_ALLOW=allowed, SWEEP_S="1", LEASE_S="3") as house:
        house.start()
        with house.app.app_context(), transaction():
            owner_id = accounts.sign_up("owner@chaos.example", "correct horse battery").id
        for number, lab in enumerate(labs):
            report.progress(number / len(labs), f"R18: store {number + 1} of {len(labs)}", took_s=time.monotonic() - began)
            with lab:
                _live_and_leave(Stage(house, lab, random.Random(f"{seed} {number}"), tally), owner_id, has_plugin=number % 2 == 0)
    return _result(tally)


def _live_and_leave(stage: Stage, owner_id: int, *, has_plugin: bool) -> None:
    _fill(stage)
    before = _state(stage.lab)
    key = stage.lab.make_key()
    if has_plugin:
        plugin.install(stage.lab.store, version="0.1.0", public_key="pk", address=stage.house.url)
    _connect(stage, owner_id, key)
    for _ in range(ROUNDS):
        _write_prices(stage)
    edited = _edit_by_hand(stage)
    with stage.house.app.app_context(), transaction(stage.store_id):
        leaving.start_leaving(restores_prices=True, by=owner_id, now=utcnow())
    stage.wait(lambda: session.query(Departure).filter_by(state=RunState.RUNNING).first() is None, mishaps=4)
    _judge(stage, before, edited, key, has_plugin=has_plugin)


def _fill(stage: Stage) -> None:
    """Simple products, some on sale, and variable ones."""
    store, lot = stage.lab.store, stage.lot
    with store.lock:
        for number in range(PRODUCTS):
            regular = f"{lot.randrange(500, 9900) / 100:.2f}"
            sale = {"sale_price": f"{Decimal(regular) * Decimal('0.8'):.2f}"} if number % 5 == 0 else {}
            catalog.create_product(store, {"name": f"Product {number}", "type": "simple", "regular_price": regular, **sale, **COST})
        sizes = [{"name": "Size", "variation": True, "options": ["S", "M"]}]
        for number in range(3):
            made = catalog.create_product(store, {"name": f"Sized {number}", "type": "variable", "attributes": sizes, **COST})
            for size in ("S", "M"):
                sent = {"regular_price": f"{lot.randrange(500, 9900) / 100:.2f}", "attributes": [{"name": "Size", "option": size}]}
                catalog.create_variation(store, made, sent | COST)


def _connect(stage: Stage, owner_id: int, key: Document) -> None:
    with stage.house.app.app_context():
        stage.store_id = connect(stage.lab, owner_id=owner_id, key=key)
    stage.wait(lambda: session.query(SyncRun).filter_by(state=RunState.DONE).first() is not None, mishaps=0)
    stage.tally.stores += 1


def _write_prices(stage: Stage) -> None:
    """A new price for two in three products; the last few are still on their way when the next step begins."""
    with stage.house.app.app_context(), transaction(stage.store_id):
        chosen = [variant for variant in session.query(Variant).order_by(Variant.id) if variant.price and stage.lot.random() < 0.66]
        made = [_proposal(variant, Decimal(variant.price or 0) * Decimal(stage.lot.choice(("0.95", "1.04")))) for variant in chosen]
        session.add_all(made)
        session.flush()
        proposals.approve([each.id for each in made], by=1, now=utcnow())
        stage.tally.prices += len(made)
    few = stage.lot.randrange(6)
    stage.wait(lambda: session.query(Proposal).filter(Proposal.state.in_(OPEN_STATES)).count() <= few, mishaps=2)


def _proposal(variant: Variant, new_price: Decimal) -> Proposal:
    return Proposal(
        product_id=variant.product_id,
        variant_id=variant.id,
        old_price=variant.price,
        old_compare_at_price=variant.compare_at_price,
        new_price=round(new_price, 2),
        reason="chaos",
        figures={"list_price": str(variant.compare_at_price or variant.price)},
    )


def _edit_by_hand(stage: Stage) -> set[tuple[str, int]]:
    """Prices that nobody else would set, and a name."""
    store = stage.lab.store
    with store.lock:
        chosen = stage.lot.sample([each for each in store.all("product") if each["type"] == "simple"], EDITS)
        for number, product in enumerate(chosen):
            sent = {"name": "By hand"} if number == 0 else {"regular_price": f"{1000 + number}.99", "sale_price": ""}
            catalog.update_product(store, product, sent)
    stage.tally.edits += EDITS
    return {("product", product["id"]) for product in chosen[1:]}


def _judge(stage: Stage, before: State, edited: set[tuple[str, int]], key: Document, *, has_plugin: bool) -> None:
    after = _state(stage.lab)
    left_key = after.pop(("key", key["id"]), None)
    different = [each for each in before.keys() | after.keys() if not _is_same(each, before.get(each), after.get(each), edited)]
    with stage.house.app.app_context(), transaction(stage.store_id):
        departure = session.query(Departure).one()
        lines = {line["what"]: line for line in departure.receipt}
    stage.tally.receipts.update({what: line["removed"] for what, line in lines.items()})
    truths = {
        "its end": departure.state == RunState.DONE,
        "the webhooks": lines["webhooks"]["left"] == [],
        "the key": bool(left_key) == bool(lines["key"]["left"]) and bool(left_key) != has_plugin,
        "the prices": len(lines["prices"]["left"]) <= len(edited),
    }
    stage.tally.differences += len(different)
    stage.tally.untrue_receipts += not all(truths.values())
    stage.tally.examples += [f"{each}: {_changes(before.get(each), after.get(each))}" for each in sorted(different)[:3]]
    stage.tally.examples += [f"the receipt is wrong about {what}: {lines}" for what, is_true in truths.items() if not is_true]


def _is_same(each: tuple[str, int], before: dict[str, Any] | None, after: dict[str, Any] | None, edited: set[tuple[str, int]]) -> bool:
    """Of a product whose price a person set, that price stands; of the one that was renamed, all but the name is as before."""
    if before is None or after is None:
        return False
    if each in edited:
        return str(after["regular_price"]).endswith(".99") and not after.get("sale_price")
    return before == after | ({"name": before["name"], "slug": before["slug"]} if after.get("name") == "By hand" else {})


def _changes(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    if before is None or after is None:
        return "not there before" if before is None else "gone"
    return ", ".join(f"{name} {before.get(name)} → {after[name]}" for name in after if before.get(name) != after[name])


def _state(lab: LabServer) -> State:
    with lab.store.lock:
        return {(kind, each["id"]): _lasting(each) for kind in KINDS for each in lab.store.all(kind)}


def _lasting(document: Document) -> dict[str, Any]:
    return {name: None if value in EMPTY else value for name, value in document.items() if name not in MOVING}


def _result(tally: Tally) -> Result:
    figures = {"stores": tally.stores, "differences": tally.differences, "untrue_receipts": tally.untrue_receipts}
    remarks = {
        "prices asked for": tally.prices,
        "edits by hand": tally.edits,
        "workers killed": tally.kills,
        "Redis flushed": tally.flushes,
        "taken back, by the receipts": dict(tally.receipts),
        "for example": tally.examples[:8],
    }
    has_passed = not tally.differences and not tally.untrue_receipts and tally.receipts["prices"] > 0 and tally.kills > 0
    return Result(figures, remarks, has_passed)
