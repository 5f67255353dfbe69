"""From what a merchant types to the keys of their store: address → probe → consent page on the store → callback.

The callback is neither signed nor says which shop it is from: the one-time state that we put into `user_id` is all that ties it to a
merchant.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from luxebrain.errors import InvalidInput, LuxeBrainError, OutgoingError, RateLimited, Refused
from luxebrain.integrations.connections import PrivateAddress
from luxebrain.integrations.http import Answer, Cause, Http, Limits, Unreachable

INDEX_PATH = "/wp-json/wc/v3"
LONGEST_URL = 300
LARGEST_CALLBACK = 10_000  # bytes; a real one has some 250
PROBING = Limits(timeout_s=10, max_bytes=5_000_000, retries=0)  # somebody waits for it; a real index is 0.4 MB, more with plugins
ADMIN_PATH = re.compile(r"/(wp-admin|wp-login\.php|wp-json|wc-auth|index\.php)(/.*)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackKeys:
    state: str = field(repr=False)
    key: str = field(repr=False)
    secret: str = field(repr=False)
    permissions: str


def normalise_url(typed: str) -> str:
    """ "HTTPS://Shop.example/ " → "https://shop.example". https where no scheme is typed; a path is kept. Raises InvalidInput("url")."""
    text = typed.strip()
    if not text or len(text) > LONGEST_URL or re.search(r"[\s\\\x00-\x1f<>\"]", text):
        raise _bad("Type the address of your store, such as https://shop.example.")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text.removeprefix('//')}")
        host, port, has_user = _ascii_host(parts.hostname or ""), parts.port, "@" in parts.netloc
    except ValueError as error:
        raise _bad(f"{text} is not an address. Type it as it stands in your browser, such as https://shop.example.") from error
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise _bad("The address has to start with https:// (or http://).")
    if has_user:
        raise _bad("Leave the user name and password out of the address.")
    is_default_port = port in (None, {"http": 80, "https": 443}[parts.scheme.lower()])
    path = ADMIN_PATH.sub("", parts.path).rstrip("/")
    return f"{parts.scheme.lower()}://{host}{'' if is_default_port else f':{port}'}{path}"


def _ascii_host(host: str) -> str:
    """ "käse.example" → "xn--kse-qla.example". Raises ValueError (UnicodeError is one)."""
    if ":" in host:
        return f"[{host}]"
    return host.rstrip(".").encode("idna").decode("ascii").lower()


def probe(url: str, http: Http) -> str:
    """The address to connect, once it has shown that it is a WooCommerce store whose REST API can be reached.

    It is where a redirect on the same host ends: many stores send http on to https, or into a folder. Raises InvalidInput("url") with what
    the merchant can do.
    """
    answer = _asked(f"{url}{INDEX_PATH}", http)
    found, asked = urlsplit(answer.url), urlsplit(url)
    if found.hostname != asked.hostname:
        raise _bad(f"This address sends us on to {found.hostname}. If that is your store, connect {found.scheme}://{found.netloc} instead.")
    _check_is_woocommerce(answer, url, http)
    base, is_index, _ = answer.url.partition(INDEX_PATH)
    return normalise_url(base) if is_index else url


def _asked(url: str, http: Http) -> Answer:
    try:
        return http.request("GET", url, limits=PROBING)
    except Unreachable as error:
        raise _bad(_unreachable_words(error, urlsplit(url).hostname or "")) from error
    except PrivateAddress as error:
        raise _bad("This address is inside a private network, where LuxeBrain cannot go. Use the store's public address.") from error
    except RateLimited as error:
        raise _bad("Your store, or the service in front of it, asks us to slow down. Try again in a few minutes.") from error
    except Refused as error:
        raise _bad(f"We stopped reading from this address: {error}. Check that it opens quickly in a browser, then try again.") from error
    except OutgoingError as error:
        raise _bad("Your store answers that it is not available, perhaps for maintenance. Try again once it opens.") from error


def _unreachable_words(error: Unreachable, host: str) -> str:
    match error.cause:
        case Cause.NO_HOST:
            return f"There is no host named {host}. Check the spelling of the address."
        case Cause.TIMEOUT:
            return f"{host} did not answer within {PROBING.timeout_s:.0f} seconds. Check that the store opens in a browser, then try again."
        case Cause.TLS:
            return f"{host} has no certificate that browsers trust, or it is for another name or out of date. Ask your host to renew it."
        case Cause.CONNECTION:
            return f"{host} does not accept our connection. Check the address, and that no firewall keeps visitors out."


def _check_is_woocommerce(answer: Answer, url: str, http: Http) -> None:
    body = _json_or_none(answer)
    if answer.is_ok and isinstance(body, dict) and body.get("namespace") == "wc/v3":
        return
    if answer.status in (401, 403):
        raise _bad(
            "This store asks for a password, or a security plugin keeps its REST API closed. Let /wp-json/ through (or"
            " take the store out of “coming soon”), then try again."
        )
    if isinstance(body, dict) and body.get("code") == "rest_no_route":
        raise _bad("This is a WordPress site, but WooCommerce is not active on it. Activate WooCommerce, then try again.")
    if answer.status == 404 and _has_plain_permalinks(url, http):
        raise _bad(
            "This store uses plain permalinks, and WooCommerce takes no keys that way. In WordPress under Settings → Permalinks choose"
            " “Post name”, then try again."
        )
    if answer.status >= 500:
        raise _bad("Your store answers with an internal error. Check that it opens in a browser, then try again.")
    raise _bad(
        "This address is no WooCommerce store: it does not answer as WordPress does. Is the shop in a folder? Add it: shop.example/store."
    )


def _has_plain_permalinks(url: str, http: Http) -> bool:
    try:
        answer = http.request("GET", f"{url}/", params={"rest_route": "/wc/v3"}, limits=PROBING)
    except LuxeBrainError:
        return False
    body = _json_or_none(answer)
    return isinstance(body, dict) and ("namespace" in body or "code" in body)


def _json_or_none(answer: Answer) -> Any:
    try:
        return answer.json()
    except OutgoingError:
        return None


def authorize_url(url: str, *, app_name: str, state: str, return_url: str, callback_url: str) -> str:
    """The store's consent page. The store insists on https:// for `callback_url` and refuses a state of "0"."""
    query = {"app_name": app_name, "scope": "read_write", "user_id": state, "return_url": return_url, "callback_url": callback_url}
    return f"{url}/wc-auth/v1/authorize?{urlencode(query)}"


def parse_callback(body: bytes) -> CallbackKeys:
    """Raises InvalidInput naming the field. Nothing in it is proof of anything but knowing `state`."""
    if len(body) > LARGEST_CALLBACK:
        raise InvalidInput("body", "The callback is too large to be WooCommerce's.")
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("body", "The callback is not JSON.") from error
    if not isinstance(sent, dict):
        raise InvalidInput("body", "The callback is no object.")
    keys = CallbackKeys(
        state=_matching(sent, "user_id", r"[\w.~-]{1,200}"),
        key=_matching(sent, "consumer_key", r"ck_\w{10,100}"),
        secret=_matching(sent, "consumer_secret", r"cs_\w{10,100}"),
        permissions=_matching(sent, "key_permissions", r"read|write|read_write"),
    )
    if keys.permissions != "read_write":
        raise InvalidInput("key_permissions", "LuxeBrain needs a key that may read and write. Connect again and approve both.")
    return keys


def _matching(sent: dict[str, Any], name: str, pattern: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise InvalidInput(name, f"The callback's {name} is missing or malformed.")
    return value


def _bad(message: str) -> InvalidInput:
    return InvalidInput("url", message)
