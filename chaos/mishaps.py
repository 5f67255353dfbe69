"""What goes wrong when: a timetable over the run's progress, drawn by lot, spread evenly."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Mishap(StrEnum):
    KILL = "kill"
    FLUSH = "flush"
    DATABASE = "database restart"
    WEB = "web restart"


@dataclass(frozen=True, slots=True)
class Plan:
    """How often each befalls a run."""

    kills: int
    flushes: int
    database_restarts: int
    web_restarts: int


def schedule(plan: Plan, lot: random.Random) -> list[tuple[float, Mishap]]:
    """(share of the run, what), in order. Restarts come while deliveries still arrive, which is the first half of the run."""
    return sorted(
        [(at, Mishap.KILL) for at in _spread(plan.kills, 0.05, 0.95, lot)]
        + [(at, Mishap.FLUSH) for at in _spread(plan.flushes, 0.1, 0.9, lot)]
        + [(at, Mishap.DATABASE) for at in _spread(plan.database_restarts, 0.15, 0.5, lot)]
        + [(at, Mishap.WEB) for at in _spread(plan.web_restarts, 0.05, 0.4, lot)]
    )


def _spread(times: int, first: float, last: float, lot: random.Random) -> list[float]:
    """One in each of so many equal parts."""
    part = (last - first) / max(times, 1)
    return [first + part * (number + lot.random()) for number in range(times)]
