"""Every guard between two stores, and how it is taken away: one entry each. Tables, blueprints and jobs bring theirs by being there.

Patches last as long as their block; what is done to the database goes with it, for each mutation has a fresh one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Index, Table, exists, select, text

from chaos.tenancy.tenants import Tenant
from chaos.tenancy.walls import protected
from chaos.tenancy.work import job_names
from chaos.tenancy.world import ROLE, World
from luxebrain import jobs, queue
from luxebrain.crypto import fingerprint
from luxebrain.database import tenancy
from luxebrain.database.prepare import EVERYWHERE
from luxebrain.database.session import session
from luxebrain.edge.access import RULES, Rule
from luxebrain.integrations.platform import StoreProfile
from luxebrain.integrations.woocommerce import webhooks
from luxebrain.models.stores import ConnectAttempt, Membership, Role, Store
from luxebrain.services import connecting, inbox, messages, recommendations, settings, snapshots, stores, unsubscribe
from luxebrain.widgets.snapshot import Shelf

Removal = Callable[[World], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Guard:
    """`kind`: what it stands at. `removed`: with it taken away, for as long as the block lasts; the database may refuse."""

    kind: str
    name: str
    removed: Removal


def guards() -> list[Guard]:
    return [*_policies(), *_keys(), *_rules(), *_jobs(), *_DOORS, *_SCOPE, *_MEMORY]


def _policies() -> Iterator[Guard]:
    for table in protected():
        name = table.name
        yield _command("policy", f"{name}: row security", f"alter table {name} disable row level security")
        yield _command("policy", f"{name}: row security for its owner, whom we act as", f"alter table {name} no force row level security")
        yield _command("policy", f"{name}: the policy's condition", f"alter policy store on {name} using (true)")


def _keys() -> Iterator[Guard]:
    """A key without its store is refused by the other store's rows of the same number."""
    for table in protected():
        for name, columns in _unique(table):
            rest = [column for column in columns if column != "store_id"] or ["(1)"]
            yield _command("key", f"{name}: store_id", f"create unique index on {table.name} ({', '.join(rest)}) {_where(table, name)}")


def _unique(table: Table) -> Iterator[tuple[str, list[str]]]:
    yield str(table.primary_key.name), [column.name for column in table.primary_key.columns]
    for index in table.indexes:
        if index.unique:
            yield str(index.name), [column.name for column in index.columns]


def _where(table: Table, name: str) -> str:
    (condition,) = [_condition(index) for index in table.indexes if index.name == name] or [""]
    return condition


def _condition(index: Index) -> str:
    where = index.dialect_options["postgresql"]["where"]
    return "" if where is None else f"where {where}"


def _rules() -> Iterator[Guard]:
    for blueprint, rule in RULES.items():
        if rule not in (Rule.PUBLIC, Rule.SIGNED):
            yield Guard(f"{rule} rule", f"{blueprint}: its access rule", _item(RULES, blueprint, lambda _world, _rule: Rule.PUBLIC))


def _jobs() -> Iterator[Guard]:
    for name in job_names():
        yield Guard("job", f"{name}: the store it is run for", _item(jobs.JOBS, name, _for_the_other))


def _for_the_other(world: World, step: Any) -> Any:
    return lambda store_id, fence: step(_other(world, store_id).store_id, fence)


def _other(world: World, store_id: int) -> Tenant:
    return next(tenant for tenant in world.tenants if tenant.store_id != store_id)


def _command(kind: str, name: str, command: str, *, undone: str = "") -> Guard:
    @contextmanager
    def removed(world: World) -> Iterator[None]:
        world.ledger.execute(command)
        try:
            yield
        finally:
            if undone:
                world.ledger.execute(undone)

    return Guard(kind, name, removed)


def _item(mapping: MutableMapping[str, Any], key: str, instead: Callable[[World, Any], Any]) -> Removal:
    @contextmanager
    def removed(world: World) -> Iterator[None]:
        before = mapping[key]
        mapping[key] = instead(world, before)
        try:
            yield
        finally:
            mapping[key] = before

    return removed


def _patched(instead: Callable[[World, Any], Any], *places: tuple[object, str]) -> Removal:
    """`instead` gets what stands there and gives what stands there meanwhile."""

    @contextmanager
    def removed(world: World) -> Iterator[None]:
        before = [(owner, name, vars(owner)[name]) for owner, name in places]
        try:
            for owner, name, value in before:
                setattr(owner, name, instead(world, value))
            yield
        finally:
            for owner, name, value in before:
                setattr(owner, name, value)

    return removed


def _any_store(_world: World, _find: Any) -> Any:
    return lambda _user_id, store_id: session.get(Store, store_id)


def _all_stores(_world: World, _list: Any) -> Any:
    return lambda _user_id: stores.list_stores()


def _an_owner_anywhere(_world: World, _is_owner: Any) -> Any:
    owned = exists().where(Membership.role == Role.OWNER)
    return lambda user_id, _store_id: bool(session.scalar(select(owned.where(Membership.user_id == user_id))))


def _any_attempt(_world: World, _find: Any) -> Any:
    def found(state: str, **_asker: int) -> int | None:
        attempt = session.get(ConnectAttempt, fingerprint(state))
        return attempt.store_id if attempt else None

    return found


def _other_endpoint(_world: World, statement: str) -> str:
    return statement.replace("token = %(token)s and sealed_secret = %(sealed_secret)s", "token <> %(token)s limit 1")


def _other_versions(world: World, list_versions: Any) -> Any:
    return lambda: {key: replace(each, store_id=_other(world, each.store_id).store_id) for key, each in list_versions().items()}


def _other_link(world: World, find: Any) -> Any:
    def found(token: str) -> unsubscribe.Link | None:
        link: unsubscribe.Link | None = find(token)
        return link and replace(link, store_id=_other(world, link.store_id).store_id)

    return found


def _about_the_other(world: World, lookup: Any) -> Any:
    """For lookups by a store's id in tables that stand outside row security."""
    return lambda store_id: lookup(_other(world, store_id).store_id)


def _about_the_others_row(world: World, lookup: Any) -> Any:
    return lambda store: lookup(session.get_one(Store, _other(world, store.id).store_id))


def _unproved(_world: World, _prove: Any) -> Any:
    profile = StoreProfile(name="Taken", url="", currency="GBP", timezone="UTC", prices_include_tax=True)
    return lambda _credentials: profile


_DOORS = (
    Guard("membership", "a member's page: the membership", _patched(_any_store, (stores, "find_store_of"))),
    Guard(
        "door",
        "the list of stores: the membership",
        _patched(lambda _w, _f: lambda _user: stores.list_stores(), (stores, "list_stores_of")),
    ),
    Guard("role", "an owner's deed: the role in this store", _patched(_an_owner_anywhere, (settings, "is_owner"))),
    Guard("door", "a webhook: the signature", _patched(lambda _w, _f: lambda *_given: True, (webhooks, "is_signed"))),
    Guard("door", "a webhook: the store of its address", _patched(_other_endpoint, (inbox, "_RECORD"))),
    Guard("door", "a widget: the store of its public key", _patched(_other_versions, (snapshots, "list_versions"))),
    Guard("door", "an unsubscribe link: its store", _patched(_other_link, (unsubscribe, "find_link"))),
    Guard("door", "connecting: the proof of the keys", _patched(_unproved, (connecting, "prove_keys"))),
    Guard("door", "the way back from consent: who asked for it", _patched(_any_attempt, (connecting, "find_connected_store"))),
)


def _id_without_store(_world: World, _job_id: Any) -> Any:
    return property(lambda ring: f"{ring.name.replace('.', '-')}-{ring.key}")


def _shared_shelf(_world: World, get: Any) -> Any:
    return lambda shelf, key: next(iter(shelf.held.values()), None) or get(shelf, key)


def _shared_answers(_world: World, answer: Any) -> Any:
    kept: dict[Any, Any] = {}
    return lambda snapshot, question: kept.setdefault(question, answer(snapshot, question))


def _token_without_store(_world: World, token_of: Any) -> Any:
    return lambda _store_id, message_id: token_of(0, message_id)


def _marks_the_other(world: World, _mark: Any) -> Any:
    def mark() -> None:
        session().info["changed_store"] = _other(world, tenancy.current_store_id()).store_id

    return mark


def _current_other(world: World, current: Any) -> Any:
    return lambda: _other(world, current()).store_id


_MEMORY = (
    Guard("memory", "the shelf of widgets: the key", _patched(_shared_shelf, (Shelf, "get"))),
    Guard("memory", "widget answers: the snapshot they hang on", _patched(_shared_answers, (recommendations, "answer"))),
    Guard("memory", "the snapshot's version: its store", _patched(_marks_the_other, (snapshots, "mark_changed"))),
    Guard("memory", "a job's id: its store", _patched(_id_without_store, (queue.Ring, "job_id"))),
    Guard("memory", "a job's payload: the store that asked", _patched(_current_other, (queue, "current_store_id"))),
    Guard(
        "lookup",
        "an unsubscribe token: the store it is made from",
        _patched(_token_without_store, (unsubscribe, "token_of"), (messages, "token_of")),
    ),
)
_FOR_GOOD = text("select set_config('app.store_id', :store, false)")
_SCOPE = (
    Guard("scope", "the chosen store ends with its transaction", _patched(lambda _w, _s: _FOR_GOOD, (tenancy, "_SET_STORE"))),
    Guard("scope", "a transaction keeps to its store", _patched(lambda _w, _f: lambda: None, (tenancy, "_refuse_inside_transaction"))),
    Guard("lookup", "the store's row is the acting store's", _patched(_about_the_other, (stores, "get_store"))),
    Guard("scope", "the public key is the acting store's", _patched(_about_the_other, (stores, "public_key_of"))),
    Guard("lookup", "the address for deliveries is the acting store's", _patched(_about_the_others_row, (stores, "webhook_address_of"))),
    _command(
        "scope",
        "our role has to ask for every store",
        f"grant {EVERYWHERE} to {ROLE} with inherit true",
        undone=f"grant {EVERYWHERE} to {ROLE} with inherit false",
    ),
    _command("scope", "our role is under row security", f"alter role {ROLE} bypassrls", undone=f"alter role {ROLE} nobypassrls"),
)
# What stands outside row security, and each open door: the guard that keeps its stores apart.
STANDS_AT = {
    "connect_attempt": "the way back from consent: who asked for it",
    "membership": "a member's page: the membership",
    "public_key": "a widget: the store of its public key",
    "snapshot_version": "the snapshot's version: its store",
    "unsubscribe_link": "an unsubscribe link: its store",
    "webhook_endpoint": "a webhook: the store of its address",
    "connect.come_back": "the way back from consent: who asked for it",
    "connect.list_stores": "the list of stores: the membership",
    "connect.new": "the way back from consent: who asked for it",
    "connect.with_keys": "connecting: the proof of the keys",
    "links.show": "an unsubscribe link: its store",
    "links.withdraw": "an unsubscribe link: its store",
    "receiver.woocommerce_delivery": "a webhook: the signature",
    "receiver.woocommerce_keys": "connecting: the proof of the keys",
    "widgets.recommend": "a widget: the store of its public key",
    "widgets.take_events": "a widget: the store of its public key",
}
