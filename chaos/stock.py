"""R16: products sell out and come back while shoppers ask; none that sold out is served later than a second after that was applied.

A web process with two workers serves over HTTP. Each flip goes the way of a delivery (services.catalog, one transaction); the lines by
which workers hear of changes are cut now and then, so that their own comparison has to do. An answer is late where it shows a product that
had been sold out for more than a second before it was asked for, and still was when the answer came.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import redis

from chaos.house import House
from chaos.report import Report, Result
from chaos.stores import connect_stores
from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import ProductRecord, ProductStatus, VariantRecord
from luxebrain.services import catalog, stores

FLIPS = {"check": 1_000, "long": 50_000}
PRODUCTS, SHOPPERS, SHOWN = 40, 4, 24
ALLOWED_S = 1.0
BETWEEN_S = 0.005
CUTS_EVERY = 100  # flips
PLACEMENTS = ("best_sellers", "similar", "for_you")


@dataclass(slots=True)
class Shelf:
    """By product: (when it was applied, whether it is in stock from then on), the first since ever."""

    flips: dict[int, list[tuple[float, bool]]] = field(default_factory=dict)

    def is_late(self, product_id: int, asked_at: float, answered_at: float) -> bool:
        """It was sold out all the time from ALLOWED_S before it was asked for until the answer came."""
        history = [*self.flips[product_id], (float("inf"), True)]
        return any(
            not is_in_stock and since <= asked_at - ALLOWED_S and until >= answered_at
            for (since, is_in_stock), (until, _) in pairwise(history)
        )


@dataclass(slots=True)
class Tally:
    answers: int = 0
    late: int = 0
    failed: int = 0
    slowest_s: float = 0.0
    sold_out_seen: int = 0
    examples: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def run(size: str, seed: int, report: Report) -> Result:
    lot, shelf, tally, cuts = random.Random(seed), Shelf(), Tally(), 0
    with House(workers=0, WEB_CONCURRENCY="2") as house:
        [store] = connect_stores(house.app, house.admin_url(), platform_url="http://127.0.0.1:9", count=1)
        records = {id: _record(id) for id in range(1, PRODUCTS + 1)}
        with house.app.app_context():
            with transaction(store.store_id):
                catalog.apply_products(list(records.values()), is_current=True, now=utcnow())
            with transaction():
                key = stores.public_key_of(store.store_id)
        shelf.flips = {id: [(time.monotonic(), True)] for id in records}
        house.start_web()
        ending, began = threading.Event(), time.monotonic()
        shoppers = [
            threading.Thread(target=_shop, args=(house.web_port, key, random.Random(f"{seed} {n}"), shelf, tally, ending), daemon=True)
            for n in range(SHOPPERS)
        ]
        for shopper in shoppers:
            shopper.start()
        for number in range(FLIPS[size]):
            report.progress((number + 1) / FLIPS[size], f"R16: flip {number + 1} of {FLIPS[size]}", took_s=time.monotonic() - began)
            _flip(house, store.store_id, records, lot.randint(1, PRODUCTS), shelf)
            if number % CUTS_EVERY == CUTS_EVERY - 1:
                cuts += _cut_the_doorbell(house)
            time.sleep(BETWEEN_S)
        ending.wait(1.5 * ALLOWED_S)  # what flipped last is looked at, too
        ending.set()
        for shopper in shoppers:
            shopper.join(timeout=10)
    return _result(size, tally, cuts)


def _record(id: int) -> ProductRecord:
    made = utcnow() - timedelta(days=30)
    facts: dict[str, Any] = {
        "sku": "",
        "price": Decimal(10),
        "compare_at_price": None,
        "unit_cost": None,
        "image_url": "",
    }
    variant = VariantRecord(id=id, title="", stock_quantity=None, is_in_stock=True, modified_at=made, **facts)
    about: dict[str, Any] = {"description": "", "image_url": "", "tags": (), "collection_ids": (), "created_at": made, "modified_at": made}
    url = f"https://shop.example/product/{id}"
    return ProductRecord(id=id, title=f"Present {id}", url=url, status=ProductStatus.ACTIVE, variants=(variant,), **about)


def _flip(house: House, store_id: int, records: dict[int, ProductRecord], id: int, shelf: Shelf) -> None:
    now, [variant] = utcnow(), records[id].variants
    flipped = replace(variant, is_in_stock=not variant.is_in_stock, modified_at=now)
    records[id] = replace(records[id], variants=(flipped,), modified_at=now)
    with house.app.app_context(), transaction(store_id):
        catalog.apply_products([records[id]], is_current=False, now=now)
        if flipped.is_in_stock:  # from before the commit on it may be shown again
            shelf.flips[id].append((time.monotonic(), True))
    if not flipped.is_in_stock:
        shelf.flips[id].append((time.monotonic(), False))


def _cut_the_doorbell(house: House) -> int:
    with redis.Redis.from_url(house.servers.valkey.url()) as connection:
        return int(connection.execute_command("CLIENT KILL TYPE pubsub"))


def _shop(port: int, key: str, lot: random.Random, shelf: Shelf, tally: Tally, ending: threading.Event) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while not ending.is_set():
        asked_at = time.monotonic()
        status, body = _ask(line, key, lot)
        answered_at = time.monotonic()
        shown = [item["product_id"] for item in json.loads(body)["items"]] if status == 200 else []
        late = [id for id in shown if shelf.is_late(id, asked_at, answered_at)]
        with tally.lock:
            tally.answers += 1
            tally.failed += status != 200
            tally.late += len(late)
            tally.sold_out_seen += len(shown) < SHOWN
            tally.slowest_s = max(tally.slowest_s, answered_at - asked_at)
            tally.examples += [f"product {id}, {answered_at - shelf.flips[id][-1][0]:.2f} s after its last flip" for id in late[:3]]
        time.sleep(0.002)
    line.close()


def _ask(line: http.client.HTTPConnection, key: str, lot: random.Random) -> tuple[int, bytes]:
    query = f"store={key}&placement={lot.choice(PLACEMENTS)}&product={lot.randint(1, PRODUCTS)}&seen={lot.randint(1, PRODUCTS)}&k={SHOWN}"
    try:
        line.request("GET", f"/widgets/v1/recommendations?{query}")
        answer = line.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        line.close()
        return 0, b""


def _result(size: str, tally: Tally, cuts: int) -> Result:
    figures = {"flips": FLIPS[size], "answers": tally.answers, "late": tally.late}
    remarks = {
        "answers that were no answer": tally.failed,
        "slowest answer": f"{tally.slowest_s * 1000:.0f} ms",
        "lines cut": cuts,
        "answers that lacked something": tally.sold_out_seen,
        "late, for example": tally.examples[:5],
    }
    has_passed = tally.late == 0 and tally.failed == 0 and tally.answers > FLIPS[size] / 10 and cuts > 0
    return Result(figures, remarks, has_passed)
