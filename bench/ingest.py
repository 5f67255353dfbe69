"""`make bench-ingest`: accepting deliveries (verify, store once, commit, ring) against a bare Flask view that inserts and commits the row.

Both under gunicorn with the same workers and threads, in turns, at 1, 4, 16 and 64 connections; then to 100 and 10,000 stores at 16; then
how accepting grows with web workers, and applying with workers and stores. Row security, signature, lookup of the store and the doorbell
are what the ratio pays for.
"""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psycopg
import redis
from rq import Worker

from bench.crowd import make_crowd
from bench.load import Target, accepted_per_s, wait_for
from chaos import bodies, witness
from chaos.bodies import Kind, Version
from chaos.house import House
from chaos.platform import Platform
from chaos.stores import Connected, connect_stores
from chaos.world import Delivery, World
from demo.home import CHECKOUT
from demo.processes import Process, end, free_port, spawn
from luxebrain.clock import utcnow
from luxebrain.crypto import new_id

CONNECTIONS = (1, 4, 16, 64)
CROWDS = (100, 10_000)
PAIRS = 3
SECONDS = 2.0
APPLYING_S = 8.0
# Stores with a backlog → which deliveries that is: the crowd's first hundred have the most, the rest a few each.
BACKLOGS = {
    "1": "store_id = {first}",
    "100": "store_id between {first} + 1 and {first} + 100",
    "10000": "store_id > {first} + 100",
}
BARE_INSERT = "insert into delivery (store_id, id, topic, body, fingerprint, state) values (%s, %s, 'bare', %s, %s, 'done')"


def main() -> int:
    world = World(deliveries=0, shops=1, seed=0)
    with Platform(world) as platform, House(workers=2, SSRF_ALLOW=platform.address) as house:
        [store] = connect_stores(house.app, house.admin_url(), platform_url=f"http://{platform.address}", count=1)
        house.start_web()
        bare = _start_bare(house)
        try:
            ours = Target(store.delivery_url, store.secret)
            ratios, accepted = _compare(ours, Target(f"{bare[1]}/{store.store_id}", store.secret))
        finally:
            end([bare[0]], patience_s=5)
        commits = {str(n): _commits_per_s(house.admin_url(), store, n) for n in (1, 16)}
        by_stores = {"1": accepted["16"], **_accepted_by_stores(house, store)}
        by_web_workers = _accepted_by_web_workers(house, ours)
        processed = _processed(house, store)
    result = {"ratio": ratios, "accepted_per_s": accepted, "bare_commits_per_s": commits, "processed_per_s": processed["100"]["2"]}
    growth = {"accepted_by_stores": by_stores, "accepted_by_web_workers": by_web_workers, "processed_by_stores_and_workers": processed}
    print(json.dumps({"name": "ingest", **result, **growth}), flush=True)
    return 0


def _compare(ours: Target, bare: Target) -> tuple[dict[str, float], dict[str, int]]:
    ratios, accepted = {}, {}
    deliveries = _deliveries()
    for connections in CONNECTIONS:
        pairs = [[accepted_per_s([target], deliveries, connections, SECONDS) for target in (ours, bare)] for _ in range(PAIRS)]
        ratios[str(connections)] = round(statistics.median(mine / theirs for mine, theirs in pairs), 2)
        accepted[str(connections)] = round(statistics.median(mine for mine, _ in pairs))
        print(f"  {connections:>2} connections: {accepted[str(connections)]:>5}/s, {ratios[str(connections)]:.2f} of bare", flush=True)
    return ratios, accepted


def _accepted_by_stores(house: House, store: Connected) -> dict[str, int]:
    """Each store is met for the first time now and then: that look-up is part of it."""
    crowd, deliveries = make_crowd(house.admin_url(), store, max(CROWDS)), _deliveries()
    rates = {str(count): round(accepted_per_s(crowd[:count], deliveries, 16, 2 * SECONDS)) for count in CROWDS}
    for count, rate in rates.items():
        print(f"  {count:>6} stores: {rate:>5}/s at 16 connections", flush=True)
    return rates


def _accepted_by_web_workers(house: House, target: Target) -> dict[str, int]:
    """Last: the web process is started anew for each."""
    rates = {}
    for workers in ("1", "2"):
        house.restart_web(WEB_CONCURRENCY=workers)
        rates[workers] = round(accepted_per_s([target], _deliveries(), 16, 2 * SECONDS))
        print(f"  {workers} web worker{'s' if workers > '1' else ''}: {rates[workers]}/s at 16 connections", flush=True)
    return rates


def _deliveries() -> Callable[[], Delivery]:
    """Every one another order. Threads may share it: next() on a counter is one step."""
    numbers = itertools.count(1)
    at = utcnow()

    def make() -> Delivery:
        number = next(numbers)
        return Delivery(0, f"{number:016x}", "order.created", bodies.build(0, Kind.ORDER, number, Version(1, at)))

    return make


def _start_bare(house: House) -> tuple[Process, str]:
    url = f"http://127.0.0.1:{free_port()}"
    env = house.environment() | {"BARE_DATABASE_URL": house.admin_url().replace("postgresql:", "postgresql+psycopg:", 1)}
    shape = ("--workers", "2", "--worker-class", "gthread", "--threads", "4", "--preload", "--keep-alive", "5")
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        *shape,
        "--bind",
        url.removeprefix("http://"),
        "--no-control-socket",
        "bench.bare_ingest:app",
    ]
    with (house.home / "bare.log").open("ab") as log:
        process = spawn(command, env=env, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    wait_for(url, process)
    return process, url


def _commits_per_s(admin_url: str, store: Connected, connections: int) -> int:
    """The same insert without any HTTP: for information."""
    ends = time.monotonic() + SECONDS
    counts: list[int] = []

    def work() -> None:
        count = 0
        with psycopg.connect(admin_url, autocommit=True) as connection:
            while time.monotonic() < ends:
                id = new_id()
                connection.execute(BARE_INSERT, (store.store_id, id, b"x" * 700, id.to_bytes(8)))
                count += 1
        counts.append(count)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return round(sum(counts) / SECONDS)


def _processed(house: House, store: Connected) -> dict[str, dict[str, int]]:
    """By stores, by workers. Of all that was accepted, only what came for so many stores waits."""
    house.start_clock()
    rates: dict[str, dict[str, int]] = {name: {} for name in BACKLOGS}
    for number, worker in enumerate(house.worker_names, 1):
        house.start_worker(worker)
        _wait_until_ready(house, number)
        for name, among in BACKLOGS.items():
            _let_wait(house, among.format(first=store.store_id))
            rates[name][str(number)] = round(_processed_per_s(house))
            words = f"{name} store{'s' if name != '1' else ''}, {number} worker{'s' if number > 1 else ''}"
            print(f"  applied for {words}: {rates[name][str(number)]}/s", flush=True)
    return rates


def _let_wait(house: House, among: str) -> None:
    with psycopg.connect(house.admin_url()) as connection:
        connection.execute("update delivery set state = 'dead' where state in ('waiting', 'applying')")
        connection.execute(f"update delivery set state = 'waiting' where state = 'dead' and {among}".encode())


def _wait_until_ready(house: House, workers: int) -> None:
    """A worker that is still starting takes a core from those that work."""
    with redis.Redis.from_url(house.servers.valkey.url()) as connection:
        while len(Worker.all(connection=connection)) < workers:
            time.sleep(0.1)


def _processed_per_s(house: House) -> float:
    """Once it has begun."""
    before = _done(house)
    while (first := _done(house)) == before:
        time.sleep(0.1)
    began = time.monotonic()
    while time.monotonic() - began < APPLYING_S and witness.count_states(house.admin_url())["waiting"]:
        time.sleep(0.2)
    return (_done(house) - first) / (time.monotonic() - began)


def _done(house: House) -> int:
    return witness.count_states(house.admin_url())["done"]


if __name__ == "__main__":
    sys.exit(main())
