"""A person with a browser, for the steps of the check: keeps cookies, follows redirects, fills in forms as they stand on the page.

One cookie jar for all addresses, as a browser has for all ports of 127.0.0.1. A second person is a second Client.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin

import requests

Found = TypeVar("Found")
TIMEOUT_S = 20


class StepFailed(Exception):
    """What a person would say is wrong."""


@dataclass(frozen=True, slots=True)
class Card:
    """var/demo.json: where everything is."""

    url: str
    store_url: str
    mail_url: str
    email: str
    password: str
    store_id: int | None
    public_key: str | None


class Client:
    def __init__(self, card_file: Path) -> None:
        self._card_file = card_file
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy between us and ourselves

    @property
    def card(self) -> Card:
        """As it is now: the store's id appears when it is connected."""
        return Card(**json.loads(self._card_file.read_text()))

    def get(self, url: str, **parameters: str) -> requests.Response:
        """Raises StepFailed for any status of 400 and up. A path is taken as the application's."""
        return _good(self.session.get(self.address(url), params=parameters, timeout=TIMEOUT_S))

    def get_json(self, url: str, **parameters: str) -> Any:
        return self.get(url, **parameters).json()

    def post_json(self, url: str, document: object) -> requests.Response:
        return _good(self.session.post(self.address(url), json=document, timeout=TIMEOUT_S))

    def submit(self, page_url: str, fields: Mapping[str, str] | None = None, *, action: str = "") -> requests.Response:
        """Opens the page, fills in the form and sends it with its hidden fields. `action`: part of the form's address, if several.

        Fields that are not given keep what the page says. Raises StepFailed where there is no such form, or on a status of 400 and up.
        """
        page = self.get(page_url)
        return self.send(find_form(page.text, action=action, where=page.url), fields or {}, base=page.url)

    def send(self, form: Form, fields: Mapping[str, str], *, base: str) -> requests.Response:
        """A form found with `find_form`; the answer after redirects."""
        if unknown := fields.keys() - form.names:
            raise StepFailed(f"the form at {base} has no field {', '.join(sorted(unknown))}; it has {', '.join(sorted(form.names))}")
        values, target = form.values | dict(fields), urljoin(base, form.action)
        if form.method == "get":
            return self.get(target, **values)
        return _good(self.session.post(target, data=values, headers={"Referer": base}, timeout=TIMEOUT_S))

    def log_in(self) -> None:
        card = self.card
        self.submit("/log-in", {"email": card.email, "password": card.password})

    def address(self, url: str) -> str:
        return urljoin(self.card.url, url)


def wait_until(what: str, condition: Callable[[], Found | None], timeout_s: float) -> Found:
    """The first true answer; raises StepFailed saying what never came."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise StepFailed(f"waited {timeout_s:g} s in vain for this: {what}")
        time.sleep(0.1)
    return found


@dataclass
class Form:
    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)  # what a browser would send if nobody touched it
    names: set[str] = field(default_factory=set)  # all its fields, unticked boxes and buttons included


def find_form(html: str, *, action: str = "", where: str = "the page") -> Form:
    """The first form whose address contains `action`; a form with hidden CSRF token comes before one without."""
    forms = [form for form in _forms(html) if action in form.action]
    forms.sort(key=lambda form: "csrf_token" not in form.names)
    if not forms:
        raise StepFailed(f"{where} has no form{f' that sends to {action}' if action else ''}")
    return forms[0]


def _forms(html: str) -> list[Form]:
    reader = _FormReader()
    reader.feed(html)
    return reader.forms


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form and tag in ("input", "select", "textarea", "button") and given.get("name"):
            self._form.names.add(given["name"])
            self._read_field(self._form, tag, given)
        elif self._form and tag == "option" and self._select and ("selected" in given or self._select not in self._form.values):
            self._form.values[self._select] = given.get("value", "")

    def _read_field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text").lower()
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea, form.values[name] = name, ""
        elif tag == "input" and kind in ("checkbox", "radio"):
            if "checked" in given:
                form.values[name] = given.get("value", "on")
        elif tag == "input" and kind not in ("submit", "button", "image", "file"):
            form.values[name] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._form and self._textarea:
            self._form.values[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""


def _good(answer: requests.Response) -> requests.Response:
    if answer.status_code >= 400:
        raise StepFailed(f"{answer.request.method} {answer.url} answered {answer.status_code}: {answer.text[:400]}")
    return answer
