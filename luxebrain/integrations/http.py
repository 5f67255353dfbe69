"""The one outgoing client. Every call to another system goes through `Http.request`; nothing about a call is kept between calls.

It refuses private addresses (connections.py), checks every redirect, sends tokens to the first origin only, bounds time and decoded bytes,
retries what can be repeated, and speaks in our errors. It ignores proxies, cookies and .netrc of the environment: each would undo a check.
"""

from __future__ import annotations

import base64
import json as jsonlib
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from urllib3 import BaseHTTPResponse, Timeout
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, SSLError, TimeoutError

from luxebrain.clock import utcnow
from luxebrain.errors import RateLimited, Refused, Retriable, Unavailable
from luxebrain.integrations.connections import make_pools

log = logging.getLogger(__name__)

# Called before every request. app.py adds one that raises while a database transaction is open (decision 7).
before_call: Final[list[Callable[[], None]]] = []

MAX_REDIRECTS = 3
CONNECT_TIMEOUT_S = 10.0
LONGEST_WAIT_S = 10.0  # a longer Retry-After is the caller's to schedule
LONGEST_RETRY_AFTER_S = 3600.0  # nobody puts our work off for longer than that
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
PASSING = frozenset({502, 503, 504})
DEFAULT_HEADERS: Final[Mapping[str, str]] = {"User-Agent": "LuxeBrain/0.1", "Accept": "application/json"}

# (method, url with its query) → the signed url. Called for each attempt, so that a signature never travels twice.
Signer = Callable[[str, str], str]
Auth = tuple[str, str] | Signer


class Cause(StrEnum):
    NO_HOST = "no such host"
    TIMEOUT = "no answer in time"
    TLS = "no trusted certificate"
    CONNECTION = "connection refused or broken"


class Unreachable(Unavailable):
    """No answer at all; `cause` says why, for a message to the person who can mend it."""

    def __init__(self, message: str, *, cause: Cause) -> None:
        self.cause = cause
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`timeout_s`: for one attempt as a whole, redirects and body included. `retries` None: 2 where the method may be repeated, else 0."""

    timeout_s: float = 30.0
    max_bytes: int = 10_000_000
    retries: int | None = None
    backoff_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` are found whatever their case. `url`: where the answer came from, after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str = field(repr=False)

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Raises Unavailable where the body is no JSON: a maintenance page, a proxy's error, a plugin's warning."""
        try:
            return jsonlib.loads(self.body)
        except (ValueError, RecursionError) as error:  # RecursionError: lists in lists, a thousand deep
            raise Unavailable(f"{_host(self.url)} answered with something that is not JSON (status {self.status})") from error


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    auth: Auth | None = field(repr=False)
    limits: Limits


class Http:
    """Made once a process; threads may share it."""

    def __init__(self, ssrf_allow: frozenset[str] = frozenset(), ca_bundle: str | None = None) -> None:
        self._pools = make_pools(ssrf_allow, ca_bundle)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | Mapping[str, str] | None = None,
        auth: Auth | None = None,
        limits: Limits = Limits(),
    ) -> Answer:
        """The answer, whatever its status, except 429 (RateLimited) and 502, 503, 504 (Unavailable).

        `auth`: (user, password) for Basic, or a Signer. Raises Unreachable, Unavailable, RateLimited, Refused.
        """
        sent, body = _encoded(json, data)
        full_url = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
        all_headers = {**DEFAULT_HEADERS, **sent, **(headers or {})}
        return self._with_retries(_Call(method, full_url, all_headers, body, auth, limits))

    def close(self) -> None:
        self._pools.clear()

    def _with_retries(self, call: _Call) -> Answer:
        retries = call.limits.retries if call.limits.retries is not None else (2 if call.method in REPEATABLE else 0)
        for attempt in range(retries + 1):
            try:
                return self._attempt(call)
            except Retriable as error:
                wait_s = _wait_s(error, attempt, call.limits.backoff_s)
                if attempt == retries or wait_s > LONGEST_WAIT_S:
                    raise
                log.info("outgoing call is tried again", extra={"host": _host(call.url), "error": type(error).__name__, "wait_s": wait_s})
                time.sleep(wait_s)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _attempt(self, call: _Call) -> Answer:
        ends = time.monotonic() + call.limits.timeout_s
        url, is_first_origin = call.url, True
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send(call, url, ends=ends, with_tokens=is_first_origin)
            location = response.headers.get("Location") if response.status in (301, 302, 303, 307, 308) else None
            if location is None:
                return _checked(Answer(response.status, response.headers, _read(response, call.limits.max_bytes, ends), url))
            response.close()
            url = _redirected(call.method, url, location)
            is_first_origin = is_first_origin and _origin(url) == _origin(call.url)
        raise Refused(f"{_host(call.url)} redirects too often")

    def _send(self, call: _Call, url: str, *, ends: float, with_tokens: bool) -> BaseHTTPResponse:
        _check_url(url)
        for hook in before_call:
            hook()
        headers: Mapping[str, str] = DEFAULT_HEADERS
        if with_tokens:
            url, headers = _authenticated(call, url)
        left_s = max(0.05, ends - time.monotonic())
        try:
            return self._pools.request(
                call.method,
                url,
                body=call.body,
                headers=headers,
                timeout=Timeout(connect=min(CONNECT_TIMEOUT_S, left_s), read=left_s),
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except HTTPError as error:
            raise _unreachable(url, error) from error
        except (ValueError, UnicodeError) as error:
            raise Refused(f"not an address we can call: {_host(url)}") from error


def _encoded(json: Any, data: bytes | Mapping[str, str] | None) -> tuple[dict[str, str], bytes | None]:
    if json is not None:
        return {"Content-Type": "application/json"}, jsonlib.dumps(json).encode()
    if isinstance(data, Mapping):
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(data).encode()
    return {}, data


def _authenticated(call: _Call, url: str) -> tuple[str, Mapping[str, str]]:
    match call.auth:
        case None:
            return url, call.headers
        case (user, password):
            token = base64.b64encode(f"{user}:{password}".encode()).decode()
            return url, {**call.headers, "Authorization": f"Basic {token}"}
        case sign:
            return sign(call.method, url), call.headers


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_ours = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and parts.password is None
    except ValueError:
        is_ours = False
    if not is_ours:
        raise Refused("only http and https addresses without a user name are called")


def _redirected(method: str, url: str, location: str) -> str:
    if method not in ("GET", "HEAD"):
        raise Refused(f"{_host(url)} redirects a write")
    try:
        target = urljoin(url, location)
        is_downgrade = (_origin(url)[0], _origin(target)[0]) == ("https", "http")  # reading the origin reads the port, which may be none
    except ValueError as error:
        raise Refused(f"{_host(url)} redirects to what is no address") from error
    if is_downgrade:
        raise Refused(f"{_host(url)} redirects from https to http")
    return target


def _read(response: BaseHTTPResponse, max_bytes: int, ends: float) -> bytes:
    body = bytearray()
    try:
        while chunk := response.read1(65536, decode_content=True):  # read1 returns what is there: the deadline is seen between drips
            body += chunk
            if len(body) > max_bytes:
                raise Refused("the answer is too large")
            if time.monotonic() > ends:
                raise Refused("the answer takes too long")
    except HTTPError as error:
        raise Unreachable("the answer broke off", cause=Cause.CONNECTION) from error
    except BaseException:
        response.close()  # never back into the pool half read
        raise
    response.release_conn()
    return bytes(body)


def _checked(answer: Answer) -> Answer:
    if answer.status == 429:
        raise RateLimited(f"{_host(answer.url)} asks us to slow down", retry_after_s=_retry_after_s(answer.headers))
    if answer.status in PASSING:
        raise Unavailable(
            f"{_host(answer.url)} is not available at the moment (status {answer.status})", retry_after_s=_retry_after_s(answer.headers)
        )
    return answer


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """RFC 9110, 10.2.3: seconds or a date."""
    value = headers.get("Retry-After", "")
    if value.isdecimal():
        return min(LONGEST_RETRY_AFTER_S, float(value[:9]))
    try:
        return min(LONGEST_RETRY_AFTER_S, max(0.0, (parsedate_to_datetime(value) - utcnow()).total_seconds()))
    except (ValueError, TypeError):
        return None


def _wait_s(error: Retriable, attempt: int, backoff_s: float) -> float:
    if error.retry_after_s is not None:
        return error.retry_after_s
    return float(backoff_s * 2**attempt * secrets.SystemRandom().uniform(0.5, 1.0))


def _unreachable(url: str, error: HTTPError) -> Exception:
    host = _host(url)
    if isinstance(error, NameResolutionError):
        return Unreachable(f"there is no host named {host}", cause=Cause.NO_HOST)
    if isinstance(error, SSLError):
        return Unreachable(f"{host} shows no certificate we can trust", cause=Cause.TLS)
    if isinstance(error, TimeoutError) and not isinstance(error, NewConnectionError):  # urllib3 derives one from the other
        return Unreachable(f"{host} does not answer in time", cause=Cause.TIMEOUT)
    if isinstance(error, ValueError):  # LocationParseError: no address at all
        return Refused(f"not an address we can call: {host}")
    return Unreachable(f"the connection to {host} is refused or broken", cause=Cause.CONNECTION)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _host(url: str) -> str:
    """Safe to show: without path, query or user name."""
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"
