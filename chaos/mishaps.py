"""What goes wrong when: a timetable over the run's progress, drawn by lot, spread evenly.

Restarts and the network go by what was acknowledged, so that deliveries arrive meanwhile; kills and flushes by what was applied, so that
they hit workers.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Mishap(StrEnum):
    KILL = "kill"
    FLUSH = "flush"
    DATABASE = "database restart"
    WEB = "web restart"
    NETWORK = "network"

    @property
    def hits_arrivals(self) -> bool:
        return self in (Mishap.DATABASE, Mishap.WEB, Mishap.NETWORK)


class Link(StrEnum):
    """Between which parts, by what is at its far end."""

    WEB = "web"
    POSTGRES = "PostgreSQL"
    VALKEY = "Valkey"
    PLATFORM = "platform"


class Fault(StrEnum):
    DELAY = "delay"
    STALL = "stall"
    CUT = "cut"  # the first part of a request or an answer, then the end
    DROP = "drop"
    HALF_OPEN = "half open"  # the client is told at once, the server seconds later


@dataclass(frozen=True, slots=True)
class Burst:
    link: Link
    fault: Fault
    for_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How often each befalls a run."""

    kills: int
    flushes: int
    database_restarts: int
    web_restarts: int
    bursts: int


def schedule(plan: Plan, lot: random.Random) -> list[tuple[float, Mishap]]:
    """(share of the run, what), in order."""
    return sorted(
        [(at, Mishap.KILL) for at in _spread(plan.kills, 0.02, 0.95, lot)]
        + [(at, Mishap.FLUSH) for at in _spread(plan.flushes, 0.1, 0.9, lot)]
        + [(at, Mishap.DATABASE) for at in _spread(plan.database_restarts, 0.2, 0.8, lot)]
        + [(at, Mishap.WEB) for at in _spread(plan.web_restarts, 0.1, 0.7, lot)]
        + [(at, Mishap.NETWORK) for at in _spread(plan.bursts, 0.02, 0.98, lot)]
    )


def _spread(times: int, first: float, last: float, lot: random.Random) -> list[float]:
    """One in each of so many equal parts."""
    part = (last - first) / max(times, 1)
    return [first + part * (number + lot.random()) for number in range(times)]


def draw_bursts(lot: random.Random) -> Iterator[Burst]:
    """For ever: every fault on every link once in an order drawn by lot, then again in another. Short, so that the run gets on."""
    while True:
        pairs = list(itertools.product(Link, Fault))
        for link, fault in lot.sample(pairs, len(pairs)):
            yield Burst(link, fault, for_s=lot.uniform(0.3, 1.5))
