"""The route map as questions: every address and verb, with the ids, query strings and forms that make it do something.

What cannot be asked, because nobody said what a name in the address means or what a form holds, is `unprobed`: a test and R5 fail on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from urllib.parse import urlencode

from flask import Flask
from werkzeug.routing import Rule as Route

from chaos.tenancy.planting import SEGMENTS
from luxebrain.services.placements import PLACEMENTS

VERBS = ("DELETE", "GET", "PATCH", "POST", "PUT")
Form = Mapping[str, object]
_NAME = re.compile(r"<(?:[^<>:]+:)?(\w+)>")

# A name in an address → what it may stand for; "id": of the thing that is asked for.
NAMES: dict[str, tuple[str, ...]] = {
    "store_id": ("store",),
    "campaign_id": ("id",),
    "message_id": ("id",),
    "proposal_id": ("id",),
    "placement": tuple(PLACEMENTS),
    "section": ("placements", "prices", "sender"),
    "token": ("no-such-token",),
    "filename": ("style.css",),
    "kind": ("inbox.apply",),
    "language": ("de",),
}
# Endpoint → the query strings it understands.
QUERIES: dict[str, tuple[str, ...]] = {
    "campaigns.new": ("", "segment=loyal"),
    "prices.show": ("", "state=decided"),
    "prices.show_list": ("", "state=decided"),
    "recommendations.show": ("", "product={id}"),
    "segments.show": ("", *(urlencode({"segment": segment}) for segment in SEGMENTS)),
    "segments.download": tuple(urlencode({"segment": segment}) for segment in SEGMENTS),
    "sync.quarantine": ("", "topic=product.updated"),
    "sync.replay": ("", "delivery={id}"),
    "work.deliveries": ("", "topic=product.updated"),
    "work.replay": ("", "delivery={id}"),
    "orders.show": ("", "page=2"),
}
_MAIL: Form = {"segment": "everyone", "subject": "{word} writes", "body": "{word} writes to you"}
_SETTINGS: Form = {
    "floor_margin": "21",
    "max_step": "11",
    "sender_name": "{word} sends",
    "sender_email": "sender@{word}.example",
    "postal_address": "{word} lane",
    **{f"{placement}_title": "{word} shows" for placement in PLACEMENTS},
}
# Endpoint of a member's or an operator's page that writes → what its form holds.
FORMS: dict[str, Form] = {
    "campaigns.edit": _MAIL,
    "campaigns.mark_arrived": {},
    "campaigns.mark_lost": {},
    "campaigns.new": _MAIL,
    "campaigns.send": {},
    "campaigns.send_test": {},
    "prices.approve": {"ids": "{id}"},
    "prices.propose": {},
    "prices.reject": {"ids": "{id}"},
    "prices.roll_back": {"ids": "{id}"},
    "recommendations.look_for_plugin": {},
    "recommendations.rename": {f"{placement}-title": "{word} renames" for placement in PLACEMENTS},
    "recommendations.switch": {},
    "recommendations.train": {},
    "settings.disconnect": {},
    "settings.erase": {"confirm": "{name}"},
    "settings.save": _SETTINGS,
    "sync.check": {},
    "sync.replay": {},
    "sync.start": {},
    "work.replay": {},
    "work.resume": {},
}
# Endpoints that end what the others need: asked last, each in a fresh world.
ENDINGS = ("settings.disconnect", "settings.erase")


@dataclass(frozen=True, slots=True)
class Question:
    """`form` None: no body."""

    verb: str
    address: str
    form: Form | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.verb} {self.address}"

    @property
    def writes(self) -> bool:
        return self.verb != "GET"


@dataclass(frozen=True, slots=True)
class Door:
    """A route, a verb, one choice of what its names stand for and one query string: a template of questions."""

    endpoint: str
    verb: str
    template: str

    @property
    def names_things(self) -> bool:
        """Beyond its store."""
        return "{id}" in self.template or "{id}" in str(FORMS.get(self.endpoint, "") if self.verb != "GET" else "")

    @property
    def is_ending(self) -> bool:
        return self.endpoint in ENDINGS

    def question(self, *, store: object, id: object, word: str, name: str) -> Question:
        given = {"store": store, "id": id, "word": word, "name": name}
        form = FORMS.get(self.endpoint, {}) if self.verb != "GET" else None
        filled = None if form is None else {key: str(value).format(**given) for key, value in form.items()}
        return Question(self.verb, self.template.format(**given), filled)


class Audience(StrEnum):
    """Whom an address is for: known by the address, not by the access rule, as that is what is proved."""

    MEMBERS = "members"
    OPERATORS = "operators"
    OTHERS = "others"


def doors(app: Flask, audience: Audience, *, verb: str = "") -> list[Door]:
    routes = [route for route in app.url_map.iter_rules() if _audience(route) is audience]
    return [door for route in routes for door in _doors(route) if verb in ("", door.verb)]


def _audience(route: Route) -> Audience:
    if route.rule.startswith("/admin/"):
        return Audience.OPERATORS
    return Audience.MEMBERS if "store_id" in route.arguments else Audience.OTHERS


def _doors(route: Route) -> Iterator[Door]:
    for path in _paths(route):
        for verb in sorted((route.methods or set()) & set(VERBS)):
            for query in QUERIES.get(route.endpoint, ("",)):
                yield Door(route.endpoint, verb, f"{path}{'?' if query else ''}{query}")


def _paths(route: Route) -> Iterator[str]:
    names = sorted(route.arguments)
    for values in product(*(NAMES[name] for name in names)):
        shown = {name: f"{{{value}}}" if value in ("store", "id") else value for name, value in zip(names, values, strict=True)}
        yield _NAME.sub(lambda found, shown=shown: shown[found[1]], route.rule)  # type: ignore[misc]


def unprobed(app: Flask, *, open_doors: Iterable[str]) -> list[str]:
    """`open_doors`: the endpoints that are for others than members or operators and have a probe, or no store to tell of."""
    missing = []
    for route in app.url_map.iter_rules():
        missing += [f"{route}: what is {name}? (NAMES)" for name in sorted(route.arguments - NAMES.keys())]
        if _audience(route) is Audience.OTHERS:
            missing += [f"{route}: which store does it name? (OPEN_DOORS, STORELESS)"] if route.endpoint not in open_doors else []
        elif (route.methods or set()) & set(VERBS) - {"GET"} and route.endpoint not in FORMS:
            missing.append(f"{route}: what does its form hold? (FORMS)")
    return missing
