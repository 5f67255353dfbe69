"""How fast one store is read: as many calls at once as it answers without slowing down, and a rest after each, so that shoppers have its
time too.

Concurrency by additive increase and multiplicative decrease (Chiu and Jain 1989). The sign of congestion is an answer that takes longer
than the quickest, as in TCP Vegas (Brakmo and Peterson 1995): a store with too much to do slows down long before it refuses.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

SHARE = 0.9  # of the wall time, the most that calls of ours take: the rest of it the store has no call of ours to answer
MOST_AT_ONCE = 4  # 190 to 300 products/s against 175 to 215 with one
SLOWED = 2.0  # times the quickest answer: what counts as slowed down
FORGETS = 1.02  # what the quickest answer grows by in each round, so that a store that became slow for good is not held to its best day


class Pace:
    """Of one store. Threads may share it: what a race loses is one adjustment."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self.at_once = 1
        self._quickest_s = float("inf")
        self._rests_until = 0.0
        self._clock, self._sleep = clock, sleep

    def call(self, call: Callable[[], Result]) -> Result:
        """Makes one call, after the rest that the one before it asks for."""
        self._sleep(max(0.0, self._rests_until - self._clock()))
        began = self._clock()
        try:
            return call()
        finally:
            ended = self._clock()
            self._rests_until = ended + (ended - began) * (1 / SHARE - 1)

    def map(self, call: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """The results in the items' order, the calls made in rounds of as many at once as the store bears. Calls of one kind, so that their
        times compare. The first error ends it, and the next round after it goes one by one."""
        results: list[Result] = []
        with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
            while len(results) < len(items):
                results += self.call(partial(self._round, pool, call, items[len(results) : len(results) + self.at_once]))
        return results

    def _round(self, pool: ThreadPoolExecutor, call: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        def timed(item: Item) -> tuple[float, Result]:
            began = self._clock()
            result = call(item)
            return self._clock() - began, result

        try:
            answers = list(pool.map(timed, items))
        except Exception:
            self.at_once = 1
            raise
        self._adjust(sum(seconds for seconds, _ in answers) / len(answers))
        return [result for _, result in answers]

    def _adjust(self, seconds: float) -> None:
        """By the mean time of a round's answers."""
        if seconds > SLOWED * self._quickest_s:
            self.at_once = max(1, self.at_once // 2)
        else:
            self.at_once = min(MOST_AT_ONCE, self.at_once + 1)
        self._quickest_s = min(self._quickest_s * FORGETS, seconds)


def pace_of(address: str) -> Pace:
    """This process's pace with the store there: kept between pages, so that what was learned at one counts for the next. The address is not
    kept: it would outlive a store that is erased."""
    return _kept(hashlib.sha256(address.encode()).digest())


@lru_cache(maxsize=4096)
def _kept(_store: bytes) -> Pace:
    return Pace()
