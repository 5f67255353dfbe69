"""The pages of members: asked by a member of the other store, by one of none, by nobody; and by their own, who see one side only."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.tenancy.probe import Expected, Outcome, probe
from chaos.tenancy.routes import Audience, Door, Question, doors
from chaos.tenancy.tenants import OWN, Tenant
from chaos.tenancy.world import World

SHOWN_TO_MEMBERS = {"GET": (200,), "POST": (200, 302, 409, 422)}
DRAFT = 2  # row 2 of campaigns and proposals still waits for a decision


def strangers(world: World) -> Iterator[Outcome]:
    """Each address of a store, asked by everybody who has no business there."""
    for target, other in world.pairs:
        hidden = Expected((404,), hidden=(target,), unmoved=world.tenants)
        sent_away = Expected((302,), hidden=world.tenants, unmoved=world.tenants)
        for door in doors(world.app, Audience.MEMBERS):
            for person in (other.person, world.outsider):
                yield probe(world, person, _question(door, target, asker=person.word), hidden)
            yield probe(world, None, _question(door, target, asker="nobody"), sent_away)


def foreign_ids(world: World) -> Iterator[Outcome]:
    """Each page of one's own store, asked for what only the other store has."""
    for target, other in world.pairs:
        for door in doors(world.app, Audience.MEMBERS):
            if door.names_things:
                statuses = (404,) if "{id}" in door.template.partition("?")[0] else ()
                expected = Expected(statuses, hidden=(target,), unmoved=(target,))
                question = door.question(store=other.store_id, id=target.id(OWN), word=other.word, name=other.name)
                yield probe(world, other.person, question, expected)


def own_pages(world: World) -> Iterator[Outcome]:
    """What a member sees is their store's; whole pages say its name, which shows that a canary would be seen."""
    for own, other in world.pairs:
        for door in doors(world.app, Audience.MEMBERS, verb="GET"):
            named = own if door.endpoint not in PARTS else None
            expected = Expected(SHOWN_TO_MEMBERS["GET"], hidden=(other,), shown=named)
            yield probe(world, own.person, _question(door, own, asker=own.word), expected)
    yield from _unmoved(world)


def own_forms(world: World) -> Iterator[Outcome]:
    for own, other in world.pairs:
        for door in doors(world.app, Audience.MEMBERS):
            if door.verb != "GET" and not door.is_ending:
                yield _send(world, door, own, other)
    for own, other in world.pairs:
        for door in doors(world.app, Audience.MEMBERS):
            if door.is_ending:
                world.fresh()
                yield _send(world, door, own, other)


def roles(world: World) -> Iterator[Outcome]:
    """Staff of one store and owner of another: what only an owner may do is refused in the first."""
    first, second = world.tenants
    for door in doors(world.app, Audience.MEMBERS):
        if door.is_ending:
            yield probe(world, world.clerk, _question(door, first, asker=world.clerk.word), Expected((403,), (second,), world.tenants))


def operators(world: World) -> Iterator[Outcome]:
    """The pages of those who run the service: nobody else finds them, and they tell of both stores."""
    for target, other in world.pairs:
        for door in doors(world.app, Audience.OPERATORS):
            for person in (target.person, other.person, world.outsider):
                hidden = Expected((404,), hidden=world.tenants, unmoved=world.tenants)
                yield probe(world, person, _question(door, target, asker=person.word), hidden)
            sent_away = Expected((302,), hidden=world.tenants, unmoved=world.tenants)
            yield probe(world, None, _question(door, target, asker="nobody"), sent_away)
    for own, other in world.pairs:
        for door in doors(world.app, Audience.OPERATORS, verb="GET"):
            hidden_from = (other,) if "{store}" in door.template else ()
            yield probe(world, world.operator, _question(door, own, asker=""), Expected((200,), hidden=hidden_from, shown=own))


def own_questions(world: World, own: Tenant) -> list[Question]:
    return [_question(door, own, asker=own.word) for door in doors(world.app, Audience.MEMBERS, verb="GET")]


# Parts of a page, which need not name the store.
PARTS = frozenset(
    {
        "campaigns.progress",
        "prices.show_list",
        "recommendations.show_progress",
        "settings.leave_progress",
        "sync.check_progress",
        "sync.progress",
    }
)


def _question(door: Door, target: Tenant, *, asker: str) -> Question:
    return door.question(store=target.store_id, id=target.id(DRAFT), word=asker, name=target.name)


def _send(world: World, door: Door, own: Tenant, other: Tenant) -> Outcome:
    expected = Expected(SHOWN_TO_MEMBERS.get(door.verb, ()), hidden=(other,), unmoved=(other,))
    return probe(world, own.person, _question(door, own, asker=own.word), expected)


def _unmoved(world: World) -> Iterator[Outcome]:
    """Looking changes nothing, of nobody's."""
    moved = sorted({table for table, _ in world.ledger.turn()})
    yield Outcome("every page was looked at", (f"looking changed {', '.join(moved)}",) if moved else ())
