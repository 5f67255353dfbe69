"""One probe: a question, who asks it, what may come back, whose canaries may not be in it and whose rows may not have moved."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from zipfile import ZipFile

from werkzeug.test import TestResponse

from chaos.tenancy.routes import Question
from chaos.tenancy.tenants import Person, Tenant
from chaos.tenancy.world import World
from luxebrain.edge.session import cookie_name

_addresses = random.Random(0)
MOST_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Outcome:
    """`faults`: what was seen that may not be, in words; none is as it should be."""

    probe: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """`statuses`: empty for any but an error of ours. `shown`: whose canary must be in the answer: else the probe is blind."""

    statuses: Collection[int] = ()
    hidden: Collection[Tenant] = ()
    unmoved: Collection[Tenant] = ()
    moved: Collection[Tenant] = ()
    shown: Tenant | None = None


Group = Callable[[World], Iterator[Outcome]]


def ask(world: World, person: Person | None, question: Question) -> TestResponse:
    """From an address of its own, so that limits against guessing do not answer in the guard's place."""
    cookie, token = world.csrf
    log_in = f"; {cookie_name()}={person.token}" if person else ""
    headers = {"Cookie": f"session={cookie}{log_in}", "X-CSRFToken": token, **question.headers}
    source = ".".join(["10", *(str(_addresses.randrange(256)) for _ in range(3))])
    sent = question.body if question.body is not None else question.form
    client = world.app.test_client(use_cookies=False)
    return client.open(question.address, method=question.verb, headers=headers, data=sent, environ_base={"REMOTE_ADDR": source})


def probe(world: World, person: Person | None, question: Question, expected: Expected) -> Outcome:
    answer = ask(world, person, question)
    said = f"{answer.status_code} {answer.headers} {words_of(answer)}"
    faults = [*_wrong_status(answer.status_code, expected), *_canaries(said, expected)]
    if question.writes or expected.moved:
        faults += _moved_rows(world, expected)
    return Outcome(f"{person.word if person else 'nobody'}: {question}", tuple(faults))


def words_of(answer: TestResponse) -> str:
    """Of a zip what is packed in it."""
    if answer.mimetype != "application/zip":
        return answer.get_data(as_text=True)
    with ZipFile(io.BytesIO(answer.data)) as archive:
        return " ".join(archive.read(name).decode() for name in archive.namelist())


def _wrong_status(status: int, expected: Expected) -> Iterator[str]:
    if status >= 500 or (expected.statuses and status not in expected.statuses):
        yield f"answered {status}" + (f", not {' or '.join(map(str, sorted(expected.statuses)))}" if expected.statuses else "")


def _canaries(said: str, expected: Expected) -> Iterator[str]:
    for tenant in expected.hidden:
        if tenant.is_in(said):
            yield f"shows what is {tenant.word}'s: {_around(said, tenant)}"
    if expected.shown is not None and not expected.shown.is_in(said):
        yield f"shows nothing of {expected.shown.word}: the probe is blind"


def _around(said: str, tenant: Tenant) -> str:
    at = max(0, said.lower().find(tenant.word) - MOST_SHOWN // 2)
    return " ".join(said[at : at + MOST_SHOWN].split())


def _moved_rows(world: World, expected: Expected) -> Iterator[str]:
    moved = world.ledger.turn()
    for tenant in expected.unmoved:
        if tables := sorted(table for table, store_id in moved if store_id == tenant.store_id):
            yield f"changed {tenant.word}'s {', '.join(tables)}"
    for tenant in expected.moved:
        if not any(store_id == tenant.store_id for _, store_id in moved):
            yield f"changed nothing of {tenant.word}'s: the probe is blind"


def attempt(name: str, steps: Callable[..., Iterable[str]], *arguments: object) -> Outcome:
    """For what is asked past the doors: an error that nobody expects is a fault like any other."""
    try:
        return Outcome(name, tuple(steps(*arguments)))
    except Exception as error:  # noqa: BLE001 - under a mutation anything may fly; what flies is the finding
        return Outcome(name, (f"ended with {type(error).__name__}: {' '.join(str(error).split())[:MOST_SHOWN]}",))
