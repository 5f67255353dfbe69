"""What outlives a request: the shelf of widgets, process-wide caches, the keys and jobs in Valkey, files."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from functools import _lru_cache_wrapper
from typing import Any

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from chaos.tenancy.probe import Expected, Outcome, ask, attempt, probe
from chaos.tenancy.routes import Question
from chaos.tenancy.tenants import Tenant
from chaos.tenancy.work import job_names
from chaos.tenancy.world import World
from luxebrain.database.tenancy import transaction
from luxebrain.jobs import schedule
from luxebrain.queue import QUEUES
from luxebrain.services import leases
from luxebrain.widgets.snapshot import shelf

DEPTH = 6  # of what a cache holds that is looked into


def memory(world: World) -> Iterator[Outcome]:
    yield from _shelf(world)
    yield from _followed(world)
    yield from _rings(world)
    yield from kept(world)


def kept(world: World) -> Iterator[Outcome]:
    """What is there now."""
    yield attempt("keys and values in Valkey", _valkey, world)
    for name, cache in caches():
        yield attempt(f"the cache of {name}", _cached, world, cache)
    yield attempt("files", _files, world)


def _shelf(world: World) -> Iterator[Outcome]:
    for own, other in world.pairs:
        yield probe(world, None, _widget(own), Expected((200,), hidden=(other,), shown=own))
        yield probe(world, None, _widget(own), Expected((200,), hidden=(other,), shown=own))
    for own, other in world.pairs:
        yield attempt(f"{own.word}'s widgets in memory", _held, own, other)


def _widget(own: Tenant) -> Question:
    return Question("GET", f"/widgets/v1/recommendations?store={own.public_key}&placement=similar&product={own.id(2)}")


def _held(own: Tenant, other: Tenant) -> Iterator[str]:
    snapshot = shelf.held.get(own.public_key)
    if snapshot is None or snapshot.store_id != own.store_id:
        yield f"holds {snapshot and snapshot.store_id} under the key of {own.store_id}"
    elif other.is_in(f"{snapshot.cards} {snapshot.placements} {snapshot.answers}"):
        yield f"holds what is {other.word}'s"


def _followed(world: World) -> Iterator[Outcome]:
    """A change of one store's reaches its widgets, and moves nothing of the other's."""
    for own, other in world.pairs:
        before = ask(world, None, _widget(other)).text
        form = {"similar-title": f"{own.word} anew"}
        question = Question("POST", f"/stores/{own.store_id}/recommendations/similar/title", form)
        yield probe(world, own.person, question, Expected((302,), hidden=(other,), unmoved=(other,), moved=(own,)))
        with world.app.app_context():
            shelf.refresh()
        after = ask(world, None, _widget(own)).text, ask(world, None, _widget(other)).text
        faults = [] if f"{own.word} anew" in after[0] else ["its own widgets do not show it"]
        yield Outcome(f"{own.word} renames a widget", (*faults, *([] if after[1] == before else [f"{other.word}'s answer changed"])))


def _rings(world: World) -> Iterator[Outcome]:
    """Work that both stores ask for under the same fence waits twice, each time in its own store's name."""
    with redis.Redis.from_url(world.valkey_url) as valkey:
        valkey.flushdb()
        for name in job_names():
            for waiting in (world.tenants[:1], world.tenants):
                with world.app.app_context(), transaction(waiting[-1].store_id):
                    leases.ring(name)
                yield attempt(f"{name} is asked for by {waiting[-1].word}", _waiting, valkey, name, waiting)
        valkey.flushdb()
        with world.app.app_context():
            schedule.sweep()
        yield attempt("the sweep rings", _swept, world, valkey)


def _waiting(valkey: redis.Redis, name: str, asked: Sequence[Tenant]) -> Iterator[str]:
    expected = sorted(tenant.store_id for tenant in asked)
    found = sorted(store_id for job, store_id in _jobs(valkey, QUEUES[name]) if job == name)
    if found != expected:
        yield f"the stores {expected} asked for it, it waits for {found}"


def _swept(world: World, valkey: redis.Redis) -> Iterator[str]:
    swept = {queue: sorted(_jobs(valkey, queue)) for queue in set(QUEUES.values())}
    stores = {tenant.store_id for tenant in world.tenants}
    for name, queue in QUEUES.items():
        if {store_id for job, store_id in swept[queue] if job == name} not in (stores, set()):
            yield f"{name} waits in both stores and was rung for {swept[queue]}"


def _jobs(valkey: redis.Redis, queue: str) -> list[tuple[str, int]]:
    return [(job.args[0], job.args[1]) for job in Queue(queue, connection=valkey, serializer=JSONSerializer).jobs]


def _valkey(world: World) -> Iterator[str]:
    """Names and numbers only: what a store holds is nobody's business there."""
    with redis.Redis.from_url(world.valkey_url) as valkey:
        for key in valkey.scan_iter():
            held = f"{key!r} {_value(valkey, key)!r}"
            if any(tenant.is_in(held) for tenant in world.tenants):
                yield f"holds a store's own: {held[:120]}"


def _value(valkey: Any, key: bytes) -> Any:
    match valkey.type(key):
        case b"hash":
            return valkey.hgetall(key)
        case b"string":
            return valkey.get(key)
        case b"list":
            return valkey.lrange(key, 0, -1)
        case b"set":
            return valkey.smembers(key)
        case b"zset":
            return valkey.zrange(key, 0, -1)
        case kind:
            raise AssertionError(f"a kind of value that nobody looks into: {kind!r}")


def caches() -> list[tuple[str, Any]]:
    """Every functools cache of ours, wherever it hangs: found, not listed."""
    ours = [module for name, module in sorted(sys.modules.items()) if name.split(".")[0] == "luxebrain"]
    owners = [*ours, *(each for module in ours for each in vars(module).values() if isinstance(each, type))]
    found = {id(each): each for owner in owners for each in vars(owner).values() if isinstance(each, _lru_cache_wrapper)}
    return [(f"{each.__module__}.{each.__qualname__}", each) for each in found.values() if each.__module__.startswith("luxebrain")]


def _cached(world: World, cache: Any) -> Iterator[str]:
    """What a process keeps for good is asked for by every store: it may hold no store's own."""
    for words in _words(cache, DEPTH, set()):
        if any(tenant.is_in(words) for tenant in world.tenants):
            yield f"keeps a store's own: {words[:120]}"
            return


def _words(thing: object, depth: int, seen: set[int]) -> Iterator[str]:
    if isinstance(thing, str | bytes):
        yield thing if isinstance(thing, str) else thing.decode(errors="replace")
    elif depth and id(thing) not in seen and (not callable(thing) or isinstance(thing, _lru_cache_wrapper)):
        seen.add(id(thing))
        for part in gc.get_referents(thing):
            yield from _words(part, depth - 1, seen)


def _files(world: World) -> Iterator[str]:
    """Whatever was written down on the way: nothing is, and nothing of a store's may be."""
    for path in world.scratch.rglob("*"):
        if path.is_file() and any(tenant.is_in(path.read_bytes().decode(errors="replace")) for tenant in world.tenants):
            yield f"{path.name} holds a store's own"
