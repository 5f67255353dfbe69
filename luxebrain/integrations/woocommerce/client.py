"""Calls to one WooCommerce store's REST API, its answers checked and its errors turned into ours.

https: Basic auth. Plain http: OAuth 1.0a in the query, the only way that works there (oauth.py).
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from luxebrain.errors import Rejected, Unauthorized, Unavailable
from luxebrain.integrations.fields import storable
from luxebrain.integrations.http import Answer, Auth, Http, Limits
from luxebrain.integrations.platform import Credentials
from luxebrain.integrations.woocommerce.oauth import OAuth1
from luxebrain.scrub import scrub

PLUGIN = "/wp-json/luxebrain/v1"  # extensions/woocommerce/luxebrain, where the merchant has it
ROOT_FIELDS = "name,home,timezone_string,gmt_offset"  # the whole index has half a megabyte
PAGE_SIZE = 100  # 101 is a 400
READING = Limits(timeout_s=60, max_bytes=30_000_000)
WRITING = Limits(timeout_s=60)
# Prices are absolute, so a batch may be repeated. A hundred took 4 to 10 s on a quiet store.
PRICE_BATCH = Limits(timeout_s=120, max_bytes=30_000_000, retries=1)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page. `total`: rows on all pages, None where a proxy took the header away."""

    rows: list[Any]
    total: int | None


class WooClient:
    """One store. Keeps nothing between calls, so threads may share it."""

    def __init__(self, credentials: Credentials, http: Http) -> None:
        self.url = credentials.url.rstrip("/")
        self._http = http
        self._auth: Auth = OAuth1(credentials) if self.url.startswith("http://") else (credentials.key, credentials.secret)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        return self._call("GET", path, params=params)

    def get_root(self) -> Any:
        """WordPress's own index: the site's name, address and time zone; open to everybody."""
        return _checked(self._http.request("GET", f"{self.url}/wp-json/", params={"_fields": ROOT_FIELDS}, limits=READING)).json()

    def get_page(self, path: str, params: Mapping[str, str], *, page: int = 1) -> Listing:
        answer = self._answer("GET", path, params={"per_page": str(PAGE_SIZE), "page": str(page), **params})
        rows, total = answer.json(), answer.headers.get("X-WP-Total", "")
        if not isinstance(rows, list):
            raise Unavailable(f"the store answered something that is no list ({path})")
        return Listing(rows, int(total) if total.isdecimal() else None)

    def get_all(self, path: str, params: Mapping[str, str]) -> list[Any]:
        """Every row, page after page: for what is short, such as one product's variations."""
        rows: list[Any] = []
        while True:
            found = self.get_page(path, params, page=len(rows) // PAGE_SIZE + 1).rows
            rows += found
            if len(found) < PAGE_SIZE:
                return rows

    def post(self, path: str, body: Any, *, limits: Limits = WRITING) -> Any:
        return self._call("POST", path, json=body, limits=limits)

    def ask_plugin(self, method: str, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Raises Rejected with status 404 where it is not installed."""
        return _checked(self._http.request(method, f"{self.url}{PLUGIN}/{path}", params=params, auth=self._auth, limits=READING)).json()

    def delete(self, path: str) -> Any:
        """For good: webhooks know no trash."""
        return self._call("DELETE", path, params={"force": "true"}, limits=WRITING)

    def _call(self, method: str, path: str, **sent: Any) -> Any:
        return self._answer(method, path, **sent).json()

    def _answer(self, method: str, path: str, **sent: Any) -> Answer:
        return _checked(self._http.request(method, f"{self.url}/wp-json/wc/v3/{path}", auth=self._auth, **{"limits": READING, **sent}))


def _checked(answer: Answer) -> Answer:
    """Raises Unauthorized with the store's own words (a 401 means many things), Rejected, or Unavailable."""
    if answer.is_ok:
        return answer
    said = _said(answer)
    if said is None and answer.status == 401:
        raise Unauthorized(
            "The store asks for a password before it shows anything. Take the password protection off, or let /wp-json/ through."
        )
    if answer.status >= 500:
        raise Unavailable(f"The store has an internal error (status {answer.status}{f': {said[1]}' if said else ''}).")
    if said is None:
        raise _no_json(answer)
    code, message = said
    if answer.status in (401, 403):
        raise Unauthorized(f"The store refused our key: {message} ({code})")
    raise Rejected(f"The store refused: {message} ({code})", status=answer.status, code=code)


def _no_json(answer: Answer) -> Exception:
    if answer.status == 403:
        return Unavailable("A firewall or security plugin of the store answered instead of WooCommerce. It has to let /wp-json/ through.")
    return Rejected(
        f"The store answered with a page instead of data (status {answer.status}). Its permalinks may be plain.", status=answer.status
    )


def _said(answer: Answer) -> tuple[str, str] | None:
    """(code, message) of WordPress's error body, None where it is something else."""
    try:
        body = answer.json()
    except Unavailable:
        return None
    if not isinstance(body, dict) or "code" not in body:
        return None
    message = html.unescape(re.sub(r"<[^>]{0,500}>", " ", str(body.get("message", ""))[:2000]))
    # It is kept and shown, and some stores and plugins repeat the request in it, key and all.
    return scrub(storable(str(body["code"])))[:100], scrub(storable(" ".join(message.split())))[:300]
