"""Mails from templates, without Flask: jobs have no request. Merge fields become words, HTML is escaped by the template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

TEMPLATES = Path(__file__).parent.parent / "templates"
FIRST_NAME = "first_name"
_FIELD = re.compile(r"\{([a-zA-Z_]+)(?:\|([^{}\n]*))?\}")
# A last paragraph such as "See the candles: https://shop.example/candles" becomes the mail's button.
_CALL = re.compile(r"(?P<word>[^\n:]{1,40}): (?P<url>https?://\S+)")


@dataclass(frozen=True, slots=True)
class Call:
    word: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a campaign says, and to whom. `body`: plain text, an empty line between paragraphs."""

    subject: str
    body: str
    first_name: str
    store_name: str
    postal_address: str
    unsubscribe_url: str


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    html: str
    text: str


def find_bad_field(text: str) -> str | None:
    """What is wrong with the merge fields of a text, in words; None where nothing is."""
    for name, fallback in _FIELD.findall(text):
        if name != FIRST_NAME:
            return f"There is no field {{{name}}}. {{{FIRST_NAME}|there}} stands for the first name."
        if not fallback.strip():
            return f"Say what stands there for people whose name is not known, such as {{{FIRST_NAME}|there}}."
    return None


def render_letter(letter: Letter) -> Rendered:
    subject = _merge(letter.subject, letter.first_name)
    paragraphs = _paragraphs(_merge(letter.body, letter.first_name))
    call = _CALL.fullmatch(paragraphs[-1]) if paragraphs else None
    context = {
        "subject": subject,
        "paragraphs": paragraphs[:-1] if call else paragraphs,
        "products": [],
        "call": Call(call["word"], call["url"]) if call else None,
        "store_name": letter.store_name,
        "postal_address": " ".join(letter.postal_address.split()),
        "why": f"You get this because you are a customer of {letter.store_name}.",
        "unsubscribe_url": letter.unsubscribe_url,
    }
    html, text = (_environment().get_template(f"mail/campaign.{kind}").render(context) for kind in ("html", "txt"))
    return Rendered(subject, html, text)


def _merge(text: str, first_name: str) -> str:
    name = " ".join(first_name.split())
    return _FIELD.sub(lambda field: name or field[2] or "", text)


def _paragraphs(body: str) -> list[str]:
    lines = body.replace("\r\n", "\n").replace("\r", "\n")
    return [paragraph.strip() for paragraph in re.split(r"\n[ \t]*\n", lines) if paragraph.strip()]


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["html"]), undefined=StrictUndefined)
