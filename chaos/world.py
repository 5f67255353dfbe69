"""The truth: shops whose orders and products change, vanish and come back, and what each of them delivers about it.

Everything is drawn by lot from one seed, in one order. Ids are the same in every shop, so that a mix-up shows. A version's serial is
written into the order's total and the product's title: whoever reads a row can tell which version it holds and whose it is.
"""

from __future__ import annotations

import heapq
import itertools
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chaos import bodies
from chaos.bodies import Kind, Version

Key = tuple[int, Kind, int]  # (shop, kind, the platform's id)


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of 1."""

    duplicate: float = 0.2
    reordered: float = 0.3
    built_late: float = 0.3
    deleted: float = 0.04
    fleeting: float = 0.01  # made and gone within one second
    same_second: float = 0.06
    busy_shop: float = 0.5
    orders: float = 0.6


@dataclass(frozen=True, slots=True)
class Delivery:
    shop: int
    id: str
    topic: str
    body: bytes


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    position: int
    number: int
    event: str = field(compare=False)
    key: Key = field(compare=False)
    body: bytes | None = field(compare=False)  # None: built when it is sent


class World:
    """`take()` lets time pass: the next events happen and the next delivery comes out. Threads may share it."""

    def __init__(self, *, deliveries: int, shops: int, seed: int, mix: Mix = Mix()) -> None:
        self.deliveries, self.shops, self.mix = deliveries, shops, mix
        self.versions: dict[Key, Version] = {}
        self.mortal: set[Key] = set()  # what was gone at some time
        self._lot = random.Random(seed)
        self._began = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=2 * deliveries + 3600)
        self._fresh_ids = itertools.count(1_000_000)
        self._lock = threading.Lock()
        self._stream = self._deliver()

    def take(self) -> Delivery | None:
        with self._lock:
            return next(self._stream, None)

    def find(self, key: Key) -> Version | None:
        """What the platform answers now; None where it has it no longer, or never had."""
        with self._lock:
            version = self.versions.get(key)
            return version if version and version.is_alive else None

    def _deliver(self) -> Iterator[Delivery]:
        due: list[_Due] = []
        sent_bodies: dict[int, bytes] = {}
        events = self._events()
        numbers = itertools.count()
        for position in itertools.count():
            if (happened := next(events, None)) is not None:
                number = next(numbers)
                for at in self._positions(position):
                    heapq.heappush(due, _Due(at, number, happened[0], happened[1], self._body_now(*happened)))
            elif not due:
                return
            while due and due[0].position <= position:
                yield self._send(heapq.heappop(due), sent_bodies)

    def _positions(self, position: int) -> list[int]:
        """When it is sent, and when once more."""
        lot, mix = self._lot, self.mix
        first = position + (lot.randint(1, 200) if lot.random() < mix.reordered else 0)
        return [first, first + lot.randint(0, 300)] if lot.random() < mix.duplicate else [first]

    def _body_now(self, event: str, key: Key) -> bytes | None:
        if event == "deleted":
            return bodies.deleted(key[2])
        return None if self._lot.random() < self.mix.built_late else bodies.build(key[0], key[1], key[2], self.versions[key])

    def _send(self, due: _Due, sent_bodies: dict[int, bytes]) -> Delivery:
        """A duplicate is the same to the byte."""
        shop, kind, id = due.key
        body = sent_bodies.get(due.number) or due.body
        if body is None:
            version = self.versions[due.key]
            body = bodies.build(shop, kind, id, version) if version.is_alive else bodies.gone(kind)
        sent_bodies[due.number] = body
        return Delivery(shop, f"{due.number:016x}", f"{kind}.{due.event}", body)

    def _events(self) -> Iterator[tuple[str, Key]]:
        """One per delivery, the last state of each in `versions` when it is yielded."""
        left = self.deliveries
        while left > 0:
            at = self._began + timedelta(seconds=2 * (self.deliveries - left))
            for event, key in self._happen(at):
                left -= 1
                yield event, key

    def _happen(self, at: datetime) -> Iterator[tuple[str, Key]]:
        lot, mix = self._lot, self.mix
        shop = 0 if lot.random() < mix.busy_shop else lot.randrange(1, self.shops)
        kind = Kind.ORDER if lot.random() < mix.orders else Kind.PRODUCT
        if lot.random() < mix.fleeting:
            yield from self._come_and_go((shop, kind, next(self._fresh_ids)), at)
            return
        key = (shop, kind, lot.randint(1, max(20, self.deliveries // (self.shops * 12))))
        before = self.versions.get(key)
        serial = before.serial + 1 if before else 1
        if before and before.is_alive and lot.random() < mix.deleted:
            self.versions[key] = replace(before, serial=serial, modified_at=at, is_alive=False)
            self.mortal.add(key)
            yield "deleted", key
            return
        self.versions[key] = Version(serial, at)
        yield ("created" if before is None else "updated" if before.is_alive else "restored"), key
        if lot.random() < mix.same_second:
            self.versions[key] = Version(serial + 1, at)
            yield "updated", key

    def _come_and_go(self, key: Key, at: datetime) -> Iterator[tuple[str, Key]]:
        self.versions[key] = Version(1, at)
        yield "created", key
        self.versions[key] = Version(2, at, is_alive=False)
        self.mortal.add(key)
        yield "deleted", key
