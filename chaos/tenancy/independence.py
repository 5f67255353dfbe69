"""What one store is told does not hang on the other: its pages after its jobs are the same when the other's rows are gone.

Canaries find a row that leaked. This finds a figure that was counted over both: a sum has no canary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from chaos.tenancy.members import own_questions
from chaos.tenancy.probe import Outcome, ask, attempt, words_of
from chaos.tenancy.tenants import Tenant
from chaos.tenancy.work import job_names
from chaos.tenancy.world import World
from luxebrain import jobs

# What differs by itself: tokens of forms, ids of ours that grow with time, and when something was.
_PASSING = re.compile(r"[\w-]+\.[\w-]{6}\.[\w-]{27}|\d{17,20}|\b(?:just now|\d+ (?:s|min|h|days) ago)\b|\d+(?:\.\d+)? s\b")


def independence(world: World) -> Iterator[Outcome]:
    for own, other in world.pairs:
        world.fresh()
        beside = _told(world, own)
        world.fresh()
        world.ledger.empty(other)
        alone = _told(world, own)
        for question, answer in beside.items():
            yield attempt(f"{own.word} without {other.word}: {question}", partial(_compared, answer, alone[question]))


def _told(world: World, own: Tenant) -> dict[str, str]:
    with world.app.app_context():
        for name in job_names():
            jobs.run(name, own.store_id)
    return {str(question): _PASSING.sub("#", words_of(ask(world, own.person, question))) for question in own_questions(world, own)}


def _compared(beside: str, alone: str) -> Iterator[str]:
    if beside != alone:
        at = next((at for at, (one, other) in enumerate(zip(beside, alone, strict=False)) if one != other), min(len(beside), len(alone)))
        yield f"the answer hangs on the other store: …{beside[max(0, at - 40) : at + 40]!r} or …{alone[max(0, at - 40) : at + 40]!r}"
