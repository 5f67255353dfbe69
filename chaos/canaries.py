"""Canaries: secrets that are unique and can be told wherever they turn up, and where each may be. Pure: the tests plant them themselves."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Canary:
    """`may_be_at`: beginnings of the names of places that it belongs to."""

    name: str
    value: str
    may_be_at: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.value) >= SHORTEST, f"{self.name} could turn up by chance"

    def is_allowed_at(self, place: str) -> bool:
        return place.startswith(self.may_be_at) if self.may_be_at else False


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere that anybody might read. `is_raw`: large and binary; only the plain form is looked for there."""

    name: str
    content: bytes
    is_raw: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """Never the canary itself: this is printed."""

    canary: str
    place: str


def forms(value: str) -> frozenset[bytes]:
    """As it is, as it stands in an address, in hex, and in Base64 wherever in the encoded text it begins."""
    plain = value.encode()
    return frozenset({plain, quote_from_bytes(plain, safe="").encode(), plain.hex().encode(), *_base64_cores(plain)})


def _base64_cores(plain: bytes) -> Iterable[bytes]:
    """The characters that the value alone decides, for each of the three ways it can fall into groups of three bytes."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + plain)
        first, last = (before * 8 + 5) // 6, (before + len(plain)) * 8 // 6
        core = encoded[first:last]
        yield core
        yield core.translate(bytes.maketrans(b"+/", b"-_"))


def search(canaries: Iterable[Canary], places: Iterable[Place]) -> list[Sighting]:
    """Every canary at every place where it may not be."""
    known = [(canary, canary.value.encode(), forms(canary.value)) for canary in canaries]
    seen: list[Sighting] = []
    for place in places:
        for canary, plain, every in known:
            if canary.is_allowed_at(place.name):
                continue
            if any(form in place.content for form in ((plain,) if place.is_raw else every)):
                seen.append(Sighting(canary.name, place.name))
    return seen
