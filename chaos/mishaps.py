"""What goes wrong when: a timetable over the run's progress, drawn by lot, spread evenly.

Restarts go by what was acknowledged, so that deliveries arrive meanwhile; kills and flushes by what was applied, so that they hit workers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Mishap(StrEnum):
    KILL = "kill"
    FLUSH = "flush"
    DATABASE = "database restart"
    WEB = "web restart"

    @property
    def is_restart(self) -> bool:
        return self in (Mishap.DATABASE, Mishap.WEB)


@dataclass(frozen=True, slots=True)
class Plan:
    """How often each befalls a run."""

    kills: int
    flushes: int
    database_restarts: int
    web_restarts: int


def schedule(plan: Plan, lot: random.Random) -> list[tuple[float, Mishap]]:
    """(share of the run, what), in order."""
    return sorted(
        [(at, Mishap.KILL) for at in _spread(plan.kills, 0.02, 0.95, lot)]
        + [(at, Mishap.FLUSH) for at in _spread(plan.flushes, 0.1, 0.9, lot)]
        + [(at, Mishap.DATABASE) for at in _spread(plan.database_restarts, 0.2, 0.8, lot)]
        + [(at, Mishap.WEB) for at in _spread(plan.web_restarts, 0.1, 0.7, lot)]
    )


def _spread(times: int, first: float, last: float, lot: random.Random) -> list[float]:
    """One in each of so many equal parts."""
    part = (last - first) / max(times, 1)
    return [first + part * (number + lot.random()) for number in range(times)]
