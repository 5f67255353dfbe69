"""R5: a stranger asks for what is another store's, at every door, in every job, in whatever outlives a request; and gets nothing.

At its long size the same questions are asked with lots drawn: odd encodings, doubled parameters, headers that pretend.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from chaos.report import Report, Result
from chaos.tenancy import independence, members, memory, open_doors, variations, walls, work
from chaos.tenancy.open_doors import ASKED
from chaos.tenancy.probe import Group, Outcome
from chaos.tenancy.routes import unprobed
from chaos.tenancy.world import World, private_world

# In this order: what changes nothing first. A group marked fresh starts on the planted state.
GROUPS: dict[str, Group] = {
    "row security": walls.walls,
    "strangers": members.strangers,
    "ids of the other store": members.foreign_ids,
    "roles": members.roles,
    "operators' pages": members.operators,
    "members' pages": members.own_pages,
    "open doors": open_doors.plain_questions,
    "tokens": open_doors.tokens,
    "what is kept": memory.memory,
    "jobs": work.background,
    "members' forms": members.own_forms,
    "independence": independence.independence,
}
PROBES = {"check": 0, "long": 20_000}
MOST_EXAMPLES = 10


def run(size: str, seed: int, report: Report) -> Result:
    with private_world() as world:
        report.say("R5: two stores with the same ids")
        missing = unprobed(world.app, open_doors=ASKED)
        counts, leaks = _ask_everything(world, PROBES[size], seed, report)
    figures = {"probes": sum(counts.values()), "leaks": len(leaks)}
    remarks: dict[str, object] = {f"probes: {name}": count for name, count in counts.items()}
    remarks |= {f"leak {number}": words for number, words in enumerate(leaks[:MOST_EXAMPLES], 1)}
    remarks |= {f"route without a probe {number}": words for number, words in enumerate(missing, 1)}
    return Result(figures, remarks, has_passed=not leaks and not missing)


def _ask_everything(world: World, most: int, seed: int, report: Report) -> tuple[dict[str, int], list[str]]:
    counts: dict[str, int] = {}
    leaks: list[str] = []
    began = time.monotonic()
    for name, outcome in every_probe(world):
        counts[name] = counts.get(name, 0) + 1
        leaks += [f"{outcome.probe}: {fault}" for fault in outcome.faults]
        words = f"{name}: {sum(counts.values())} probes, {len(leaks)} leaks"
        report.progress(len(counts) / len(GROUPS), words, took_s=time.monotonic() - began)
    asked = sum(counts.values())
    began = time.monotonic()
    for number, outcome in enumerate(variations.vary(world, max(0, most - asked), seed), 1):
        counts["lots drawn"] = number
        leaks += [f"{outcome.probe}: {fault}" for fault in outcome.faults]
        words = f"{asked + number} probes, {len(leaks)} leaks"
        report.progress(number / (most - asked), words, took_s=time.monotonic() - began)
    return counts, leaks


def every_probe(world: World) -> Iterator[tuple[str, Outcome]]:
    for name, group in GROUPS.items():
        world.fresh()
        for outcome in group(world):
            yield name, outcome
