"""Calls to one WooCommerce store's REST API, its answers checked and its errors turned into ours.

https: Basic auth. Plain http: OAuth 1.0a in the query, the only way that works there (oauth.py).

A store may lie, or be broken in a way that looks like it. What one may cost us at most stands here: bytes and seconds of a call, rows of a
page, pages of a list and of a walk. Past it the work ends in words for the merchant.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from luxebrain.errors import Refused, Rejected, Unauthorized, Unavailable
from luxebrain.integrations.fields import id_if_any, storable
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
LONGEST_LIST_S = 240.0  # for what takes several calls within one step, such as the variations of a page of products
MOST_PAGES_AT_ONCE = 50  # of what is read as one, such as the variations of one product
MOST_PAGES = 100_000  # of a walk through all products or orders
IDLE_PAGE = 1_000  # as many count for one that brought nothing new: what is made meanwhile fills a few, a store that repeats itself all
ENDLESS = "The store's list does not end: it gives full pages that bring nothing new, or more of them than a store can have"


@dataclass(frozen=True, slots=True)
class Listing:
    """One page. `total`: rows on all pages, None where a proxy took the header away or where it is no number to count with."""

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
        return _read(self._request("GET", f"{self.url}/wp-json/", params={"_fields": ROOT_FIELDS}))

    def get_page(self, path: str, params: Mapping[str, str], *, page: int = 1) -> Listing:
        answer = self._answer("GET", path, params={"per_page": str(PAGE_SIZE), "page": str(page), **params})
        rows, total = _read(answer), answer.headers.get("X-WP-Total", "")
        if not isinstance(rows, list):
            raise Unavailable(f"The store answered with something that is no list ({path}).")
        if len(rows) > PAGE_SIZE:
            raise Refused(
                f"The store answered with {len(rows)} rows to a question for {PAGE_SIZE} ({path}). A plugin may be changing its lists."
            )
        return Listing(rows, int(total) if total.isdecimal() and len(total) < 10 else None)

    def get_all(self, path: str, params: Mapping[str, str], *, ends: float | None = None) -> list[Any]:
        """Every row once, page after page: for what is short, such as one product's variations. `ends`: of time.monotonic()."""
        rows: dict[object, Any] = {}
        ends = time.monotonic() + LONGEST_LIST_S if ends is None else ends
        for page in range(1, MOST_PAGES_AT_ONCE + 1):
            if time.monotonic() > ends:
                raise Unavailable(f"The store takes too long over its lists ({path}).")
            found, known = self.get_page(path, params, page=page).rows, len(rows)
            rows |= {id_if_any(row) or (page, place): row for place, row in enumerate(found)}
            if len(found) < PAGE_SIZE:
                return list(rows.values())
            if len(rows) == known:
                break
        raise Refused(f"{ENDLESS} ({path})")

    def post(self, path: str, body: Any, *, limits: Limits = WRITING) -> Any:
        return self._call("POST", path, json=body, limits=limits)

    def ask_plugin(self, method: str, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Raises Rejected with status 404 where it is not installed."""
        return _read(self._request(method, f"{self.url}{PLUGIN}/{path}", params=params, auth=self._auth))

    def delete(self, path: str) -> Any:
        """For good: webhooks know no trash."""
        return self._call("DELETE", path, params={"force": "true"}, limits=WRITING)

    def _call(self, method: str, path: str, **sent: Any) -> Any:
        return _read(self._answer(method, path, **sent))

    def _answer(self, method: str, path: str, **sent: Any) -> Answer:
        return self._request(method, f"{self.url}/wp-json/wc/v3/{path}", auth=self._auth, **sent)

    def _request(self, method: str, url: str, **sent: Any) -> Answer:
        try:
            return _checked(self._http.request(method, url, **{"limits": READING, **sent}))
        except Refused as error:
            raise Refused(
                f"We stopped reading from your store: {error}. Ask your host or a developer what answers at /wp-json/."
            ) from error


def id_of(row: Any) -> int:
    """Raises Unavailable: what a list that cannot be read leaves out is not gone."""
    id = id_if_any(row)
    if id is None:
        raise Unavailable("The store's list has a row without an id.")
    return id


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


def _read(answer: Answer) -> Any:
    """What it holds. Some plugins answer 200 with an error for a body, which is no row, no list and no empty store."""
    body = answer.json()
    if isinstance(body, Mapping) and "code" in body and "message" in body:
        code, message = _in_words(body)
        raise Unavailable(f"The store answered with an error in place of data: {message} ({code})")
    return body


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
    return _in_words(body) if isinstance(body, Mapping) and "code" in body else None


def _in_words(body: Mapping[str, Any]) -> tuple[str, str]:
    code, message = (str(value)[:2000] if isinstance(value, str | int) else "" for value in (body["code"], body.get("message")))
    message = html.unescape(re.sub(r"<[^>]{0,500}>", " ", message))
    # It is kept and shown, and some stores and plugins repeat the request in it, key and all.
    return scrub(storable(code))[:100], scrub(storable(" ".join(message.split())))[:300]
