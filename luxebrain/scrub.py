"""Takes secrets and people's addresses out of a text that somebody may read: a log line, an error kept beside its row, a failed job.

What has a shape is told by it (the table below); what has none, such as this process's own passphrases, is remembered by value. It is the
second wall: nothing should put a secret into such a text. Names of people have no shape, so nothing may count on their being found.

A line of 228 characters that holds none cost 41 µs, and 250 where one was found (`python -m bench.scrub`, on a busy two-core machine).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

SECRET, EMAIL, PHONE, ROW = "[secret]", "[e-mail]", "[phone]", "[row]"
SHORTEST = 8  # a shorter value would blot out ordinary words
_IS = r"(\\?[\"']?\s{0,3}[=:]\s{0,3})"
_VALUE = r"(?!\[secret)(?:\\?\"[^\"]*\"|\\?'[^']*'|[^\s\"'&]+)"
_NAMES = ("password", "passwd", "passphrase", "secret", "token", "credential", "api_key", "apikey", "consumer_key", "signature")


@dataclass(frozen=True, slots=True)
class Shape:
    """`signs`: in lower case; a text with none of them is not searched, which makes it forty times as fast. `left`: what stays of it."""

    what: str
    signs: tuple[str, ...]
    pattern: str
    left: str

    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.DOTALL | re.ASCII)


# In this order. Every repetition before a fixed part is bounded: no line takes for ever.
SHAPES: Final = (
    Shape("user and password in an address", ("://",), r"(?<=://)[^\s/\"'<>@]{1,300}@(?:[^\s/\"'<>@]{0,100}@)*", f"{SECRET}@"),
    Shape(
        "header", ("authorization", "cookie"), rf"(?i:\b((?:proxy-)?authorization|(?:set-)?cookie){_IS})[\"']?[^\r\n\"']+", rf"\1\2{SECRET}"
    ),
    Shape("scheme and credentials", ("bearer ", "basic "), r"\b((?i:bearer|basic)) +(?=\S{0,300}[0-9+/=])[\w.~+/=-]{8,}", rf"\1 {SECRET}"),
    Shape("named value", _NAMES, rf"(?i:\b([\w-]{{0,40}}(?:{'|'.join(_NAMES)})(?:_\w{{1,20}})?){_IS}){_VALUE}", rf"\1\2{SECRET}"),
    Shape("WooCommerce key", ("ck_", "cs_"), r"(?:ck|cs)_[0-9A-Za-z]{16,}", SECRET),
    Shape("WooCommerce key in Base64", ("y2tf", "y3nf"), r"Y(?:2t|3N)f[\w+/=-]{20,}", SECRET),
    Shape("token of ours in an address", ("/webhooks/", "/u/"), r"((?:/webhooks/\w{1,40}|/u)/)[\w-]+", rf"\1{SECRET}"),
    Shape("hash of a password", ("$argon2",), r"\$argon2\w{1,3}\$[\w$=,+/-]+", SECRET),
    Shape("token of ours", ("",), r"(?<![\w-])(?=[a-z0-9_-]*[A-Z])(?=[A-Z0-9_-]*[a-z])[\w-]{43}(?![\w-])", SECRET),
    Shape("signed cookie", ("eyj", ".ej"), r"(?:eyJ|\.eJ)[\w-]{10,}\.[\w-]{4,}\.[\w-]{10,}", SECRET),
    Shape("row in PostgreSQL's words", ("failing row",), r"(Failing row contains )\(.*?\)(?=\.?(?:\n|$))", rf"\1{ROW}"),
    Shape("key in PostgreSQL's words", ("key (",), r"(Key \([^)]{1,300}\)=)\(.*?\)(?= (?:already|is|conflicts)|\.?(?:\n|$))", rf"\1{ROW}"),
    Shape("value PostgreSQL cannot read", ("invalid input syntax",), r"(invalid input syntax for [\w ]{1,60}: )\"[^\n]*\"", rf"\1{ROW}"),
    Shape("value PostgreSQL cannot copy", ("copy ",), r"(COPY \w{1,60}, line \d{1,20}, column \w{1,60}: )\"[^\n]*\"", rf"\1{ROW}"),
    Shape("e-mail address", ("@", "%40"), r"(?u:[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+)", EMAIL),
    Shape("international phone number", ("+",), r"(?<![\w+])\+[1-9](?:[ ().-]{0,2}\d){7,14}(?!\d)", PHONE),
)
_COMPILED: Final = tuple((shape.signs, shape.compiled(), shape.left) for shape in SHAPES)
_TELLING = (*_NAMES, "authorization", "cookie")
_remembered: re.Pattern[str] | None = None


def remember(values: Iterable[str]) -> None:
    """This process's own secrets, whatever their shape; once a process."""
    global _remembered
    known = {form for value in values if len(value) >= SHORTEST for form in (value, quote(value, safe=""), *_in_base64(value.encode()))}
    longest_first = sorted(known, key=len, reverse=True)
    _remembered = re.compile("|".join(map(re.escape, longest_first))) if known else None


def _in_base64(value: bytes) -> Iterator[str]:
    """The characters that it alone decides, wherever among others it begins: a mail server repeats what it was sent to log in."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + value).decode()
        yield encoded[(before * 8 + 5) // 6 : (before + len(value)) * 8 // 6]


def scrub(text: str) -> str:
    if _remembered is not None:
        text = _remembered.sub(SECRET, text)
    lower = text.lower()
    for signs, pattern, left in _COMPILED:
        if any(sign in lower for sign in signs):
            text = pattern.sub(left, text)
    return text


def scrubbed(value: object, *, name: str = "") -> object:
    """Of a log line's field: numbers stay, text inside lists and mappings is scrubbed, and what is named like a secret goes as a whole."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if any(word in name.lower() for word in _TELLING):
        return SECRET
    if isinstance(value, dict):
        return {scrub(str(key)): scrubbed(part, name=str(key)) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrubbed(part) for part in value]
    return scrub(str(value))
