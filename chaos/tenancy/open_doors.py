"""The doors that are not for members: each that names a store is asked with the other store's name for it, and with one that nobody has.

A token is the right to act for the store that it names: whoever has it gets that store's answer, and nothing of the other's.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator

from chaos.tenancy.probe import Expected, Outcome, probe
from chaos.tenancy.routes import Audience, Form, Question, doors
from chaos.tenancy.tenants import OWN, Tenant
from chaos.tenancy.world import World
from luxebrain.crypto import sign
from luxebrain.engines.serving import Placement
from luxebrain.services.placements import PLACEMENTS
from luxebrain.widgets.events import gatherer

WEBHOOKS = "/webhooks/woocommerce"
WIDGETS = "/widgets/v1/recommendations"
EVENTS = "/widgets/v1/events"
# Doors that know no store: the same answer for everybody.
STORELESS = frozenset(
    {
        "accounts.log_in",
        "accounts.log_out",
        "accounts.sign_up",
        "health.healthz",
        "health.readyz",
        "marketing.home",
        "static",
        "widgets.script",
        "widgets.words",
    }
)


def plain_questions(world: World) -> Iterator[Outcome]:
    """Every route and verb that is not for members, asked with nothing in hand, by nobody and by each store's owner."""
    for door in doors(world.app, Audience.OTHERS):
        for own, other in world.pairs:
            question = door.question(store=own.store_id, id=own.id(OWN), word=own.word, name=own.name)
            yield probe(world, None, question, Expected(hidden=world.tenants, unmoved=world.tenants))
            if door.endpoint != "accounts.log_out":
                yield probe(world, own.person, question, Expected(hidden=(other,), unmoved=world.tenants))


def tokens(world: World) -> Iterator[Outcome]:
    """What names a store: each door in turn, for each store, in the other's hands."""
    for opened in OPEN_DOORS.values():
        for target, other in world.pairs:
            yield from opened(world, target, other)


def _link_is_shown(world: World, target: Tenant, other: Tenant) -> Iterator[Outcome]:
    shown = Expected((200,), hidden=(other,), unmoved=world.tenants, shown=target)
    yield probe(world, other.person, Question("GET", f"/u/{target.unsubscribe_token(2)}"), shown)
    unknown = Expected((404,), hidden=world.tenants, unmoved=world.tenants)
    half = f"/u/{target.unsubscribe_token(2)[:20]}{other.unsubscribe_token(2)[20:]}"
    yield probe(world, other.person, Question("GET", half), unknown)
    yield probe(world, other.person, Question("POST", half), unknown)


def _link_is_used(world: World, target: Tenant, other: Tenant) -> Iterator[Outcome]:
    """The contact has the same number in both stores."""
    used = Expected((200,), hidden=(other,), unmoved=(other,), moved=(target,), shown=target)
    yield probe(world, other.person, Question("POST", f"/u/{target.unsubscribe_token(3)}"), used)


def _delivery_arrives(world: World, target: Tenant, other: Tenant) -> Iterator[Outcome]:
    refused = Expected((401,), hidden=world.tenants, unmoved=world.tenants)
    yield probe(world, None, _delivery(target.webhook_token, other.webhook_secret, other), refused)
    unknown = Expected((404,), hidden=world.tenants, unmoved=world.tenants)
    yield probe(world, None, _delivery("nobody-delivers-here", other.webhook_secret, other), unknown)
    taken = Expected((200,), hidden=world.tenants, unmoved=(other,), moved=(target,))
    yield probe(world, None, _delivery(target.webhook_token, target.webhook_secret, other), taken)


def _delivery(token: str, secret: str, source: Tenant) -> Question:
    """The same bytes and numbers for every store, said to come from the other."""
    body = json.dumps({"id": 5001, "name": "a look-alike"}).encode()
    signature = base64.b64encode(sign(secret, body)).decode()
    headers = {"Id": "1", "Delivery-Id": "1", "Topic": "product.updated", "Source": source.url, "Signature": signature}
    return Question("POST", f"{WEBHOOKS}/{token}", body=body, headers={f"X-WC-Webhook-{name}": value for name, value in headers.items()})


def _keys_are_called_back(world: World, target: Tenant, other: Tenant) -> Iterator[Outcome]:
    """The other's keys for the store that this one was asked for: the store itself refuses them."""
    for state, statuses in (("nobody-s-state", (404,)), (target.state(1), (404,)), (target.state(2), (400,))):
        body = {"user_id": state, "consumer_key": other.key, "consumer_secret": other.secret, "key_permissions": "read_write"}
        question = Question("POST", "/connect/woocommerce/callback", body=json.dumps(body).encode())
        yield probe(world, None, question, Expected(statuses, hidden=(other,), unmoved=world.tenants))


def _keys_are_pasted(world: World, target: Tenant, other: Tenant) -> Iterator[Outcome]:
    form: Form = {"url": target.url, "key": other.key, "secret": other.secret}
    yield probe(world, other.person, Question("POST", "/connect/keys", form), Expected((422,), unmoved=world.tenants))


def _consent_is_asked_for(world: World, target: Tenant, other: Tenant) -> Iterator[Outcome]:
    """Typing a store's address gives nothing: consent is its owner's."""
    question = Question("POST", "/connect", {"url": target.url})
    yield probe(world, other.person, question, Expected((302,), hidden=(other,), unmoved=world.tenants))


def _consent_comes_back(world: World, target: Tenant, other: Tenant) -> Iterator[Outcome]:
    question = Question("GET", f"/connect/return?success=1&user_id={target.state(1)}")
    yield probe(world, other.person, question, Expected((409,), hidden=(target,)))
    yield probe(world, target.person, question, Expected((302,), hidden=(other,)))


def _stores_are_listed(world: World, target: Tenant, other: Tenant) -> Iterator[Outcome]:
    yield probe(world, target.person, Question("GET", "/stores"), Expected((302,), hidden=(other,)))
    yield probe(world, world.outsider, Question("GET", "/stores"), Expected((302,), hidden=world.tenants))


def _widgets_are_shown(world: World, target: Tenant, other: Tenant) -> Iterator[Outcome]:
    shown = Expected((200,), hidden=(other,), shown=target)
    for placement in PLACEMENTS:
        for asked in (f"product={target.id(2)}", f"product={other.id(OWN)}", f"cart={target.id(1)},{other.id(OWN)}&seen={target.id(2)}"):
            is_shown = placement is not Placement.RECENTLY_VIEWED or "seen" in asked
            expected = shown if is_shown else Expected((200,), hidden=world.tenants)
            yield probe(world, None, _widget(f"store={target.public_key}&placement={placement}&{asked}"), expected)
    twice = f"store={target.public_key}&store={other.public_key}&placement=similar"
    yield probe(world, other.person, _widget(twice), shown)
    for key in ("pk_nobody", str(target.store_id), target.public_key.upper(), ""):
        yield probe(world, other.person, _widget(f"store={key}&placement=similar"), Expected((404,), hidden=world.tenants))


def _widget(query: str) -> Question:
    return Question("GET", f"{WIDGETS}?{query}")


def _events_are_told(world: World, target: Tenant, other: Tenant) -> Iterator[Outcome]:
    """Of the target's widgets, naming the other's products: it counts for the target alone, and for nobody without a key."""
    told = {"id": f"told{target.word}", "kind": "click", "placement": "similar", "recommendation_id": "rec00001", "age_ms": 5}
    for key, statuses in ((target.public_key, (204,)), ("pk_nobody", (404,))):
        body = json.dumps({"store": key, "events": [told | {"products": [other.id(OWN)]}]}).encode()
        question = Question("POST", EVENTS, body=body, headers={"User-Agent": "Mozilla/5.0"})
        yield probe(world, other.person, question, Expected(statuses, hidden=world.tenants, unmoved=(other,)))
        gatherer.write(world.app)


Opened = Callable[[World, Tenant, Tenant], Iterator[Outcome]]
# Endpoint → its probes. What they change comes last.
OPEN_DOORS: dict[str, Opened] = {
    "connect.list_stores": _stores_are_listed,
    "connect.come_back": _consent_comes_back,
    "connect.new": _consent_is_asked_for,
    "connect.with_keys": _keys_are_pasted,
    "receiver.woocommerce_keys": _keys_are_called_back,
    "widgets.recommend": _widgets_are_shown,
    "widgets.take_events": _events_are_told,
    "links.show": _link_is_shown,
    "links.withdraw": _link_is_used,
    "receiver.woocommerce_delivery": _delivery_arrives,
}
ASKED = OPEN_DOORS.keys() | STORELESS
