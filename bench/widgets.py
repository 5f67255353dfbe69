"""`make bench-widgets`: widget answers from memory against a view of constant JSON in the same app under the same gunicorn.

A store with 100,000 products and learned neighbours: one placement asked again and again (kept with the snapshot), and one for a shopper
who looked at ten products and has three in the cart, never twice the same. In turns, a bare Flask beside. Then 1, 100 and 1,000 stores in
one process: the memory of each. Plain sockets ask, so that the asking takes little of the two cores.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg

from bench.asking import ask_for, latencies
from bench.load import wait_for
from chaos.house import House
from chaos.stores import Connected, connect_stores
from demo.home import CHECKOUT
from demo.processes import Process, end, free_port, spawn
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.engines.packing import NeighbourTable, Ranking
from luxebrain.engines.serving import NeighbourModel
from luxebrain.models.recommendations import RecommendationModel
from luxebrain.services import snapshots, stores
from luxebrain.widgets import recommendations, script

PRODUCTS, NEIGHBOURS = 100_000, 40
SMALL_STORES, SMALL_PRODUCTS = 1_000, 50
PAIRS, SECONDS, CONNECTIONS = 7, 1.5, 8
Paths = Iterator[str]

_PRODUCTS = """
insert into product (store_id, id, title, url, status, description, image_url, tags, collection_ids, created_at, modified_at)
select %(store)s, n, 'A present for the house, number ' || n, 'https://shop.example/product/' || n, 'active', '',
    'https://shop.example/pictures/' || n || '.jpg', '{}', '{}', now(), now() from generate_series(1, %(count)s) n"""
_VARIANTS = """
insert into variant (store_id, id, product_id, title, sku, price, stock_quantity, is_in_stock, image_url, modified_at)
select %(store)s, n, n, '', 'sku' || n, 5 + n %% 90, 10, true, '', now() from generate_series(1, %(count)s) n"""


class WidgetHouse(House):
    WEB = "bench.hello:app"

    def web_cpu_s(self) -> float:
        return sum(_cpu_s(pid) for pid in self.web_workers())

    def web_memory_mb(self) -> float:
        return round(sum(_rss_mb(pid) for pid in self.web_workers()), 1)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(frozen=True, slots=True)
class Rate:
    rps: float
    cpu_us: float


def main() -> int:
    house = WidgetHouse(workers=0, WEB_CONCURRENCY="2")
    with house:
        own = connect_stores(house.app, house.admin_url(), platform_url="http://127.0.0.1:9", count=SMALL_STORES + 1)
        keys = _fill(house, own)
        house.start_web()
        bare_port = free_port()
        bare = _start_bare(house, bare_port)
        try:
            figures = _compare(house, keys[0], bare_port)
        finally:
            end([bare], patience_s=5)
        memory = _memory(house, keys)
    size = len(recommendations.packed(script.script()).gzipped)
    print(json.dumps({"name": "widgets", **figures, "script_gz_bytes": size, "mb_by_stores": memory}), flush=True)
    return 0


def _fill(house: House, own: Sequence[Connected]) -> list[str]:
    """The first is the large one. Returns their public keys."""
    with psycopg.connect(house.admin_url()) as connection:
        for number, store in enumerate(own):
            for statement in (_PRODUCTS, _VARIANTS):
                connection.execute(statement, {"store": store.store_id, "count": SMALL_PRODUCTS if number else PRODUCTS})
    keys = []
    with house.app.app_context():
        for number, store in enumerate(own):
            with transaction(store.store_id):
                if number == 0:
                    session.add(RecommendationModel(trained_at=utcnow(), tables=_tables()))
                snapshots.mark_changed()
            with transaction():
                keys.append(stores.public_key_of(store.store_id))
    return keys


def _tables() -> bytes:
    """Every product has neighbours, drawn by lot."""
    lot = np.random.default_rng(0)
    ids = np.arange(1, PRODUCTS + 1, dtype=np.int64)
    indptr = np.arange(0, PRODUCTS * NEIGHBOURS + 1, NEIGHBOURS, dtype=np.int64)
    neighbours = lot.integers(0, PRODUCTS, PRODUCTS * NEIGHBOURS, dtype=np.int32)
    scores = np.tile(np.linspace(1, 0.1, NEIGHBOURS, dtype=np.float32), PRODUCTS)
    table = NeighbourTable(indptr, neighbours, scores, np.full(len(neighbours), 5, np.int32), np.ones(PRODUCTS, np.bool_))
    popular = Ranking(lot.permutation(PRODUCTS)[:1000].astype(np.int32), np.linspace(1, 0.1, 1000, dtype=np.float32))
    names = ("similar", "baskets", "customers", "content")
    rankings = dict.fromkeys(("popular", "best_sellers", "trending"), popular)
    return NeighbourModel(ids, ids, ids.astype(np.int32) - 1, dict.fromkeys(names, table), rankings).to_bytes()


def _compare(house: WidgetHouse, key: str, bare_port: int) -> dict[str, float]:
    cached = f"/widgets/v1/recommendations?store={key}&placement=similar&product=17&k=8"
    ask_for(house.web_port, _repeated(cached), CONNECTIONS, 20.0, most=50)  # each worker reads the store once
    kinds: dict[str, Callable[[], Rate]] = {
        "hello": lambda: _rate(house, _repeated("/hello")),
        "cached": lambda: _rate(house, _repeated(cached)),
        "personal": lambda: _rate(house, _personal(key)),
    }
    rounds = [{name: measure() for name, measure in kinds.items()} for _ in range(PAIRS)]
    bare_rps = ask_for(bare_port, _repeated("/hello"), CONNECTIONS, SECONDS)
    median = {name: statistics.median(each[name].rps for each in rounds) for name in kinds}
    cpu = {name: statistics.median(each[name].cpu_us for each in rounds) for name in kinds}
    ratio = {name: statistics.median(each[name].rps / each["hello"].rps for each in rounds) for name in ("cached", "personal")}
    taken = latencies(house.web_port, _personal(key), connections=CONNECTIONS, rps=median["personal"] / 2, seconds=5.0)
    p50, p99 = (float(np.percentile(taken, share)) * 1000 for share in (50, 99))
    for name in kinds:
        print(
            f"  {name:9} {median[name]:6.0f}/s, {cpu[name]:5.0f} µs of CPU a request, {median[name] / median['hello']:.2f} of hello",
            flush=True,
        )
    print(f"  a bare Flask: {bare_rps:.0f}/s; personal at half its rate: p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)
    return {
        "hello_rps": round(median["hello"]),
        "hello_bare_rps": round(bare_rps),
        "ratio_cached": round(ratio["cached"], 2),
        "ratio_personal": round(ratio["personal"], 2),
        "cpu_us_cached": round(cpu["cached"]),
        "cpu_us_personal": round(cpu["personal"]),
        "cpu_us_hello": round(cpu["hello"]),
        "p50_ms": round(p50, 1),
        "p99_ms": round(p99, 1),
    }


def _rate(house: WidgetHouse, paths: Paths) -> Rate:
    before, asked = house.web_cpu_s(), [0]

    def counted() -> Paths:
        for path in paths:
            asked[0] += 1
            yield path

    rps = ask_for(house.web_port, counted(), CONNECTIONS, SECONDS)
    return Rate(rps, (house.web_cpu_s() - before) / max(1, asked[0]) * 1e6)


def _repeated(path: str) -> Paths:
    while True:
        yield path


def _personal(key: str) -> Paths:
    lot = random.Random(1)
    while True:
        seen, cart = (",".join(str(lot.randint(1, PRODUCTS)) for _ in range(many)) for many in (10, 3))
        yield f"/widgets/v1/recommendations?store={key}&placement=for_you&seen={seen}&cart={cart}&k=8"


def _start_bare(house: House, port: int) -> Process:
    shape = ("--workers", "2", "--worker-class", "gthread", "--threads", "4", "--preload", "--keep-alive", "5")
    command = [sys.executable, "-m", "gunicorn", *shape, "--bind", f"127.0.0.1:{port}", "--no-control-socket", "bench.hello:bare"]
    with (house.home / "bare.log").open("ab") as log:
        process = spawn(command, env=house.environment(), cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    wait_for(f"http://127.0.0.1:{port}/hello", process)
    return process


def _memory(house: WidgetHouse, keys: Sequence[str]) -> dict[str, float]:
    """Of one worker, in MB, when it holds so many small stores; `large`: what the one of 100,000 products adds."""
    house.restart_web(WEB_CONCURRENCY="1")
    found = {}
    for count in (1, 100, SMALL_STORES):
        paths = iter([f"/widgets/v1/recommendations?store={key}&placement=similar&product=1" for key in keys[1 : count + 1]])
        ask_for(house.web_port, paths, 1, 300.0)
        time.sleep(1)
        found[str(count)] = house.web_memory_mb()
    ask_for(house.web_port, iter([f"/widgets/v1/recommendations?store={keys[0]}&placement=similar&product=1"]), 1, 300.0)
    found["large"] = round(house.web_memory_mb() - found[str(SMALL_STORES)], 1)
    print(f"  MB of a worker by stores held: {found}", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
