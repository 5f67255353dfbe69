"""Who may use REST v3: Basic or query keys over https, OAuth 1.0a over http, and the platform's ambiguous ways of saying no.

Recorded: an unknown key, a revoked one, none at all and Basic over http all read `woocommerce_rest_cannot_view`.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
from urllib.parse import quote, unquote

from flask import Request

from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError
from lab.woocommerce.state import State

ADMIN_USER_ID = 1
OAUTH_WINDOW_S = 15 * 60
READS = {"GET", "HEAD", "OPTIONS"}
DIGESTS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}

_used_nonces: set[tuple[str, str, str]] = set()


def create_key(state: State, *, description: str, permissions: str = "read_write") -> Document:
    """A new consumer key for the merchant."""
    key = {
        "id": state.next_id("key"), "description": description, "permissions": permissions, "user_id": ADMIN_USER_ID, "revoked": False,
        "consumer_key": f"ck_{secrets.token_hex(20)}", "consumer_secret": f"cs_{secrets.token_hex(20)}",
    }  # fmt: skip
    return state.put("key", key)


def authenticate(state: State, request: Request) -> Document:
    """The key this request may use; raises RestError 401."""
    key = _basic_key(state, request) if request.is_secure else _signed_key(state, request)
    if key is None:
        raise cannot(request)
    is_write = request.method not in READS
    if key["permissions"] == ("read" if is_write else "write"):
        kind = "write" if is_write else "read"
        raise _error(f"The API key provided does not have {kind} permissions.")
    return key


def cannot(request: Request) -> RestError:
    """What a request without a usable key is told; it depends on what was asked, not on why."""
    is_single = bool(re.search(r"/\d+$", request.path))
    match request.method:
        case "GET" if is_single:
            code, message = "view", "Sorry, you cannot view this resource."
        case "GET":
            code, message = "view", "Sorry, you cannot list resources."
        case "POST" if not is_single:
            code, message = "create", "Sorry, you are not allowed to create resources."
        case "DELETE":
            code, message = "delete", "Sorry, you are not allowed to delete this resource."
        case _:
            code, message = "edit", "Sorry, you are not allowed to edit this resource."
    return RestError(401, f"woocommerce_rest_cannot_{code}", message)


def _basic_key(state: State, request: Request) -> Document | None:
    given = _basic_credentials(request) or (request.args.get("consumer_key", ""), request.args.get("consumer_secret", ""))
    key = _find_key(state, given[0])
    if key is not None and not hmac.compare_digest(key["consumer_secret"].encode(), given[1].encode()):
        raise _error("Consumer secret is invalid.")
    return key


def _basic_credentials(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, password


def _signed_key(state: State, request: Request) -> Document | None:
    signed = _oauth_parameters(request)
    key = _find_key(state, signed.get("oauth_consumer_key", ""))
    if key is None:
        return None
    digest = DIGESTS.get(signed.get("oauth_signature_method", ""))
    if digest is None:
        raise _error("Invalid signature - signature method is invalid.")
    expected = hmac.new(f"{key['consumer_secret']}&".encode(), signature_base(request, signed).encode(), digest).digest()
    if not hmac.compare_digest(base64.b64encode(expected).decode(), signed.get("oauth_signature", "")):
        raise _error("Invalid signature - provided signature does not match.")
    _check_fresh(signed)
    return key


def signature_base(request: Request, signed: dict[str, str]) -> str:
    """RFC 5849, 3.4.1: method, address and sorted parameters."""
    parameters = {name: value for name, value in request.args.items() if not name.startswith("oauth_")} | signed
    parameters.pop("oauth_signature", None)
    pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in parameters.items())
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join(quote(part, safe="~") for part in (request.method, request.base_url, joined))


def _oauth_parameters(request: Request) -> dict[str, str]:
    header = request.headers.get("Authorization", "")
    if header.lower().startswith("oauth "):
        found = re.findall(r'(oauth_\w+)="([^"]*)"', header)
        return {name: unquote(value) for name, value in found}
    return {name: value for name, value in request.args.items() if name.startswith("oauth_")}


def _check_fresh(signed: dict[str, str]) -> None:
    stamp = signed.get("oauth_timestamp", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > OAUTH_WINDOW_S:
        raise _error("Invalid timestamp.")
    used = (signed["oauth_consumer_key"], stamp, signed.get("oauth_nonce", ""))
    if used in _used_nonces:
        raise _error("Invalid nonce - nonce has already been used.")
    _used_nonces.add(used)


def _find_key(state: State, consumer_key: str) -> Document | None:
    known = (key for key in state.all("key") if not key["revoked"])
    return next((key for key in known if consumer_key and key["consumer_key"] == consumer_key), None)


def _error(message: str) -> RestError:
    return RestError(401, "woocommerce_rest_authentication_error", message)
