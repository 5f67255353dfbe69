"""What goes on while a migration runs: merchants who read, platforms that deliver, over HTTP; and the version before, as far as it is SQL.

A request that waits for a lock is fine, one that is answered with an error is not.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
import requests
from psycopg import sql

from chaos.sender import headers
from chaos.stores import Connected
from chaos.world import Delivery

PAUSE_S = 0.02
LONGEST_WAIT_S = 30
Work = Callable[[int], None]


class Refused(Exception):
    """An answer that no caller should get."""


@dataclass(slots=True)
class Tally:
    done: int = 0
    failed: int = 0
    slowest_s: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, took_s: float, error: Exception | None) -> None:
        with self._lock:
            self.done += error is None
            self.failed += error is not None
            self.slowest_s = max(self.slowest_s, took_s)
            if error is not None:
                self.reasons[f"{type(error).__name__}: {error}"[:200]] += 1


class Load:
    """Each work in a thread of its own, over and over until the block ends; its argument counts up."""

    def __init__(self, tally: Tally, works: Sequence[Work]) -> None:
        self._tally, self._ends = tally, threading.Event()
        self._threads = [threading.Thread(target=self._go_on, args=(work,), daemon=True) for work in works]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join(timeout=LONGEST_WAIT_S + 5)

    def _go_on(self, work: Work) -> None:
        number = time.time_ns()
        while not self._ends.wait(PAUSE_S):
            number += 1
            began, error = time.monotonic(), None
            try:
                work(number)
            except Exception as caught:  # noqa: BLE001 - whatever went wrong is a failed request
                error = caught
            self._tally.add(time.monotonic() - began, error)


def delivering(url: str, stores: Sequence[Connected], acknowledged: Counter[int]) -> Work:
    """Signed webhooks for one store after the other; `acknowledged` counts by store."""
    session = _session()

    def deliver(number: int) -> None:
        store = stores[number % len(stores)]
        delivery = Delivery(0, f"{number:016x}", "order.updated", json.dumps({"id": number % 1000 + 1}).encode())
        path = "/" + store.delivery_url.split("/", 3)[3]
        _check(session.post(url + path, data=delivery.body, headers=headers(store.secret, delivery), timeout=LONGEST_WAIT_S))
        acknowledged[store.store_id] += 1

    return deliver


def reading(url: str, stores: Sequence[Connected], cookies: Mapping[str, str]) -> Work:
    """A merchant who looks at orders, the state of the copy and what is set aside."""
    session = _session()
    session.cookies.update(dict(cookies))

    def read(number: int) -> None:
        page = ("orders", "sync", "sync/set-aside")[number % 3]
        _check(session.get(f"{url}/stores/{stores[number % len(stores)].store_id}/{page}", timeout=LONGEST_WAIT_S))

    return read


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def _check(answer: requests.Response) -> None:
    if answer.status_code != 200:
        raise Refused(f"{answer.request.method} {answer.request.path_url} answered {answer.status_code}")


def version_before(url: str, store_id: int, columns: Mapping[str, Sequence[str]]) -> Work:
    """Writes and reads as a program that knows only these columns, under row security, in the application's role."""

    def write_and_read(number: int) -> None:
        with psycopg.connect(url, connect_timeout=10) as connection:
            connection.execute("select set_config('app.store_id', %s, true)", (str(store_id),))
            for table in ("orders", "order_line", "product", "contact", "delivery"):
                names = sql.SQL(", ").join(map(sql.Identifier, columns[table]))
                connection.execute(sql.SQL("select {} from {} limit 20").format(names, sql.Identifier(table))).fetchall()
            copied = [name for name in columns["delivery"] if name not in ("id", "fingerprint", "store_id")]
            connection.execute(_copy_a_delivery(copied), (number, number.to_bytes(8, "big")))

    return write_and_read


def _copy_a_delivery(columns: Sequence[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("insert into delivery (id, fingerprint, {0}) select %s, %s, {0} from delivery limit 1").format(names)


def long_reader(url: str, store_id: int, *, lasts_s: float) -> Work:
    """A report that keeps its transaction open: the lock that a step has to wait for."""

    def read(_number: int) -> None:
        with psycopg.connect(url, connect_timeout=10) as connection:
            connection.execute("select set_config('app.store_id', %s, true)", (str(store_id),))
            for table in ("orders", "order_line", "delivery", "product", "variant", "message", "contact"):
                connection.execute(sql.SQL("select count(*) from (select from {} limit 10) few").format(sql.Identifier(table)))
            time.sleep(lasts_s)
        time.sleep(lasts_s)

    return read
