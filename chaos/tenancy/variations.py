"""The stranger's questions with lots drawn: the same address in other spellings, doubled parameters, headers that pretend, other verbs.

Whatever the answer is, it holds nothing of the other store's and has moved none of its rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode

from chaos.tenancy.probe import Expected, Outcome, probe
from chaos.tenancy.routes import Audience, Door, Question, doors
from chaos.tenancy.tenants import OWN, SHARED, Person, Tenant
from chaos.tenancy.world import World

OTHER_VERBS = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "POST", "GET")
PARAMETERS = ("store_id", "store", "id", "ids", "product", "delivery", "segment", "state", "user_id", "page", "_method", "next", "format")
DIGITS = {"arabic": "٠١٢٣٤٥٦٧٨٩", "wide": "０１２３４５６７８９"}


def vary(world: World, most: int, seed: int) -> Iterator[Outcome]:
    if not most:
        return
    world.fresh()
    lot = random.Random(seed)
    asked = [*doors(world.app, Audience.MEMBERS), *doors(world.app, Audience.OTHERS)]
    for _ in range(most):
        target, other = lot.choice(world.pairs)
        person = lot.choice((other.person, world.outsider, None))
        question = _twisted(lot, _question(lot, lot.choice(asked), target, other, person), target)
        yield probe(world, person, question, Expected(hidden=(target,), unmoved=(target,)))


def _question(lot: random.Random, door: Door, target: Tenant, other: Tenant, person: Person | None) -> Question:
    """The other's store and ids; or one's own store and the other's ids."""
    store = other.store_id if person is other.person and lot.random() < 0.3 else target.store_id
    n = OWN if store == other.store_id else lot.randint(0, SHARED)
    return door.question(store=store, id=target.id(n), word="stranger", name="stranger")


def _twisted(lot: random.Random, question: Question, target: Tenant) -> Question:
    twists = lot.sample((_respelled, _more_asked, _pretended, _doubled, _other_verb), lot.randint(1, 3))
    for twist in twists:
        question = twist(lot, question, target)
    return question


def _respelled(lot: random.Random, question: Question, target: Tenant) -> Question:
    path, mark, query = question.address.partition("?")
    number = str(target.store_id)
    spelled = lot.choice(
        (
            path.replace(f"/{number}", f"/0{number}", 1),
            path.replace(f"/{number}", f"/+{number}", 1),
            path.replace(f"/{number}", f"/{number}.0", 1),
            path.replace(f"/{number}", f"/{number}%00", 1),
            path.replace(f"/{number}", f"/%20{number}", 1),
            path.replace(f"/{number}", f"/{int(number) + 2**64}", 1),
            path.replace(f"/{number}", f"/-{number}", 1),
            path.replace(f"/{number}", "/" + quote(number.translate(str.maketrans("0123456789", DIGITS[lot.choice(("arabic", "wide"))])))),
            path.replace("/", "//", lot.randint(1, 3)),
            path.replace("/stores", "/stores/../stores", 1),
            path.replace("/", "/./", 1),
            path.replace("/stores", "/STORES", 1),
            quote(path, safe=""),
            "/" + quote(path[1:], safe=""),
            "".join(f"%{ord(letter):02x}" if letter.isalnum() and lot.random() < 0.3 else letter for letter in path),
            f"{path};store_id={number}",
            f"{path}/",
        )
    )
    return replace(question, address=f"{spelled if spelled.startswith('/') else '/' + spelled}{mark}{query}")


def _more_asked(lot: random.Random, question: Question, target: Tenant) -> Question:
    """Names that a view might read, with the other store's values."""
    id, store_id = target.id(OWN), target.store_id
    values = (store_id, target.public_key[:3], id, f"{store_id},{id}", "*", "%", "null", "[]", "0 or 1=1")
    more = urlencode([(lot.choice(PARAMETERS), lot.choice(values)) for _ in range(lot.randint(1, 4))])
    return replace(question, address=f"{question.address}{'&' if '?' in question.address else '?'}{more}")


def _doubled(lot: random.Random, question: Question, target: Tenant) -> Question:
    if question.form is None:
        return _more_asked(lot, question, target)
    extra = {"store_id": target.store_id, "ids": target.id(lot.randint(0, SHARED)), "_method": "DELETE", "id": target.id(OWN)}
    return replace(question, form={**question.form, **dict(lot.sample(sorted(extra.items()), 2))})


def _pretended(lot: random.Random, question: Question, target: Tenant) -> Question:
    """What proxies and frameworks believe now and then."""
    address = f"/stores/{target.store_id}/settings"
    headers: Mapping[str, str] = {
        "X-Original-URL": address,
        "X-Rewrite-URL": address,
        "X-HTTP-Method-Override": "POST",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "localhost",
        "X-Forwarded-Prefix": f"/stores/{target.store_id}",
        "X-Forwarded-User": str(target.person.user_id),
        "X-Store-Id": str(target.store_id),
        "Referer": f"http://luxebrain.example{address}",
        "Origin": target.url,
        "Accept": lot.choice(("application/json", "text/csv", "*/*", "text/html;q=0")),
        "Content-Type": lot.choice(("application/json", "text/plain", "multipart/form-data", "application/xml")),
        "HX-Request": "true",
        "Range": "bytes=0-10",
    }
    return replace(question, headers=dict(lot.sample(sorted(headers.items()), lot.randint(1, 4))))


def _other_verb(lot: random.Random, question: Question, _target: Tenant) -> Question:
    return replace(question, verb=lot.choice(OTHER_VERBS))
