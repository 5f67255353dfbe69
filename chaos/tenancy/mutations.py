"""R6: one guard at a time is taken away, and the probes of R5 have to notice, or the database has to refuse. First with all in place.

Nothing is edited: a patch in this process, or a command to a database that lives for one mutation. Asking ends with the first that notices.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from chaos.report import Report, Result
from chaos.tenancy.guards import Guard, guards
from chaos.tenancy.prover import GROUPS
from chaos.tenancy.world import World, private_world

REMOVED = {"check": 10, "long": 10_000}
# What is kept by counting over both stores (independence) takes longest and stands for no guard of its own.
ASKED = tuple(name for name in GROUPS if name != "independence")
# Where the removal of a kind of guard shows soonest; the other groups follow.
NEAREST = {
    "membership": "strangers",
    "role": "roles",
    "member rule": "strangers",
    "person rule": "open doors",
    "operator rule": "operators' pages",
    "door": "tokens",
    "memory": "what is kept",
    "job": "jobs",
    "lookup": "jobs",
}


class NotClean(Exception):
    """The probes find fault with every guard in place: then what they notice proves nothing."""


def run(size: str, seed: int, report: Report) -> Result:
    with private_world() as world, _quiet():
        standing, trial = guards(), Trial(world)
        drawn = draw(standing, REMOVED[size], random.Random(seed))
        report.say(f"R6: {len(drawn)} of {len(standing)} guards are taken away, one at a time")
        seen: dict[Guard, str] = {}
        began = time.monotonic()
        try:
            for number, guard in enumerate(drawn, 1):
                seen[guard] = trial.notice(guard)
                report.progress(number / len(drawn), f"{number} of {len(drawn)} guards removed", took_s=time.monotonic() - began)
        except NotClean as error:
            return Result({"removed": 0, "noticed": 0}, {"the control is not clean": error}, has_passed=False)
    return _result(seen, standing=len(standing))


def draw(standing: list[Guard], most: int, lot: random.Random) -> list[Guard]:
    """Of every kind in turn, so that a short run takes away some of each."""
    shuffled = lot.sample(standing, len(standing))
    turn: Counter[str] = Counter()
    turns = {}
    for guard in shuffled:
        turns[guard] = turn[guard.kind]
        turn[guard.kind] += 1
    return sorted(shuffled, key=lambda guard: turns[guard])[:most]


class Trial:
    """Each group of probes is the control once, with every guard in place, before it may notice anything."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._clean: set[str] = set()

    def notice(self, guard: Guard) -> str:
        """What noticed that the guard is gone; "" where nothing did. Raises NotClean."""
        nearest = NEAREST.get(guard.kind, ASKED[0])
        for name in (nearest, *(name for name in ASKED if name != nearest)):
            self._control(name)
            self._world.fresh()
            try:
                with guard.removed(self._world):
                    if fault := self._first_fault(name):
                        return fault
            except psycopg.Error as error:
                return f"refused: {' '.join(str(error).split())}"
        return ""

    def _control(self, name: str) -> None:
        if name not in self._clean:
            self._world.fresh()
            if fault := self._first_fault(name):
                raise NotClean(fault)
            self._clean.add(name)

    def _first_fault(self, name: str) -> str:
        for outcome in GROUPS[name](self._world):
            if outcome.faults:
                return f"{name}: {outcome.probe}: {outcome.faults[0]}"
        return ""


def _result(seen: dict[Guard, str], *, standing: int) -> Result:
    kinds = Counter(guard.kind for guard in seen)
    noticed = {guard: words for guard, words in seen.items() if words}
    remarks: dict[str, object] = {"guards there are": standing}
    remarks |= {f"removed at a {kind}": count for kind, count in sorted(kinds.items())}
    remarks["refused by the database"] = sum(words.startswith("refused: ") for words in noticed.values())
    remarks |= {f"not noticed {number}": guard.name for number, guard in enumerate([g for g in seen if g not in noticed], 1)}
    remarks |= {f"noticed {number}": f"{guard.name}. {words}"[:200] for number, (guard, words) in enumerate([*noticed.items()][:10], 1)}
    return Result({"removed": len(seen), "noticed": len(noticed)}, remarks, has_passed=len(noticed) == len(seen) > 0)


@contextmanager
def _quiet() -> Iterator[None]:
    """Errors that a removed guard makes are looked for, not logged."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
