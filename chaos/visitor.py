"""A merchant with a browser, who keeps every page that was answered: what the search for canaries looks through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from chaos.canaries import Place
from demo.client import find_form

TIMEOUT_S = 30
# A cookie is for its browser; the way to a store's consent page and back carries the state that the platform wants there.
FOR_THE_BROWSER = ("Set-Cookie", "Location")


class Visitor:
    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.pages: list[Place] = []
        self.statuses: list[int] = []

    def get(self, path: str) -> requests.Response:
        return self._kept(self.session.get(urljoin(self.url, path), timeout=TIMEOUT_S))

    def post(self, path: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> requests.Response:
        return self._kept(self.session.post(urljoin(self.url, path), data=dict(fields), headers=headers, timeout=TIMEOUT_S))

    def send(self, path: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
        """As a platform does: without this browser's cookies."""
        return self._kept(requests.post(urljoin(self.url, path), data=body, headers=dict(headers), timeout=TIMEOUT_S))

    def submit(self, path: str, fields: Mapping[str, str], *, action: str = "") -> requests.Response:
        page = self.get(path)
        form = find_form(page.text, action=action, where=page.url)
        return self.post(urljoin(page.url, form.action), form.values | dict(fields), headers={"Referer": page.url})

    def press(self, page: str, action: str) -> requests.Response:
        """A button that may or may not be on the page just now."""
        form = find_form(self.get(page).text)
        return self.post(action, {"csrf_token": form.values["csrf_token"]}, headers={"Referer": urljoin(self.url, page)})

    def connect(self, store_url: str) -> str:
        """Through the store's own consent page; returns the connect state."""
        page = self.submit("/connect", {"url": store_url}, action="/connect")
        state = parse_qs(urlsplit(page.url).query)["user_id"][0]
        if "access_granted" not in page.text:  # the store does not know its merchant yet
            form, known = find_form(page.text, where=page.url), {"username": "merchant", "password": "merchant"}
            page = self.session.post(urljoin(page.url, form.action), data=form.values | known, timeout=TIMEOUT_S)
        approve = re.search(r'href="([^"]*access_granted[^"]*)"', page.text)
        assert approve, page.text[:500]
        self.get(urljoin(page.url, unescape(approve[1])))
        return state

    def cookie(self, name: str) -> str:
        return str(self.session.cookies.get(name) or "")

    def _kept(self, answer: requests.Response) -> requests.Response:
        """Ours only, those that led there included; not what the store answers about itself."""
        for each in (*answer.history, answer):
            if each.url.startswith(self.url):
                self.statuses.append(each.status_code)
                headers = {name: value for name, value in each.headers.items() if name not in FOR_THE_BROWSER}
                content = b"" if each.is_redirect else each.content  # a redirect's page repeats its Location
                self.pages.append(Place(f"page:{urlsplit(each.url).path}", f"{each.status_code} {headers}\n".encode() + content))
        return answer
