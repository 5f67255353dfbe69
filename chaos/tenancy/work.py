"""Work in the background: a job for one store leaves the other's rows, platform and shoppers alone, and tells nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import update

from chaos.tenancy.probe import Expected, Outcome, attempt, probe
from chaos.tenancy.routes import Question
from chaos.tenancy.tenants import Tenant
from chaos.tenancy.world import World
from luxebrain import jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.outbox import Effect
from luxebrain.services import leaving, messages

_LINK = re.compile(r"http://luxebrain\.example(/u/[\w-]+)")


def background(world: World) -> Iterator[Outcome]:
    for own, other in world.pairs:
        for name in job_names():
            yield attempt(f"{name} for {own.word}", _run, world, name, own, other)
        yield attempt(f"{own.word}'s rows after its jobs", _rows, world, own, other)
    yield from _links(world)


def job_names() -> list[str]:
    jobs.load_jobs()
    return sorted(jobs.JOBS, key=lambda name: (name == leaving.KIND, name))  # a store that was left has nothing to do for the others


def _run(world: World, name: str, own: Tenant, other: Tenant) -> Iterator[str]:
    world.ledger.turn()
    world.shops.calls.clear()
    world.mail.mailbox.clear()
    with world.app.app_context():
        jobs.run(name, own.store_id)
    moved = world.ledger.turn()
    if tables := sorted(table for table, store_id in moved if store_id == other.store_id):
        yield f"changed {other.word}'s {', '.join(tables)}"
    if not {table for table, store_id in moved if store_id == own.store_id} - {"lease"}:
        yield "found nothing to do: the probe is blind"
    yield from _told(world, own, other)


def _told(world: World, own: Tenant, other: Tenant) -> Iterator[str]:
    """Calls and mails that left."""
    for call in world.shops.calls:
        if call.word != own.word or other.is_in(call.sent):
            yield f"called {call.word}: {call.sent[:100]}"
    for received in world.mail.mailbox.all():
        if other.is_in(f"{received.recipients} {received.headers} {received.text} {received.html}"):
            yield f"wrote to {', '.join(received.recipients)}: {received.subject}"


def _rows(world: World, own: Tenant, other: Tenant) -> Iterator[str]:
    for table, row in world.ledger.words_of(own):
        if other.is_in(row):
            yield f"{table} holds what is {other.word}'s: {row[:100]}"


def _links(world: World) -> Iterator[Outcome]:
    """The unsubscribe link of a mail that was just sent leads to the store that sent it, though the other's message has the same number."""
    for own, other in world.pairs:
        world.mail.mailbox.clear()
        with world.app.app_context():
            _send_again(own)
        found = [link for received in world.mail.mailbox.all() for link in _LINK.findall(received.text or "")]
        yield Outcome(f"{own.word} writes to its shoppers", () if found else ("no mail with a link left: the probe is blind",))
        for link in found:
            yield probe(world, None, Question("GET", link), Expected((200,), hidden=(other,), shown=own))


def _send_again(own: Tenant) -> None:
    with transaction(own.store_id):
        session.execute(update(Effect).where(Effect.id == own.id(1)).values(state="pending", retry_at=utcnow(), unknown_at=None))
    jobs.run(messages.KIND, own.store_id)
