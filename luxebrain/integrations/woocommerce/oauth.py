"""OAuth 1.0a (RFC 5849, HMAC-SHA256, no token) as WooCommerce checks it on plain http.

Made here: the `woocommerce` package leaves "/" unescaped, which the store escapes, and draws its nonce from a predictable source.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from luxebrain.integrations.platform import Credentials


class OAuth1:
    """A Signer: every call gives another nonce, for the store takes each one once."""

    def __init__(self, credentials: Credentials) -> None:
        self._key, self._secret = credentials.key, credentials.secret

    def __call__(self, method: str, url: str) -> str:
        parts = urlsplit(url)
        params = {
            **dict(parse_qsl(parts.query, keep_blank_values=True)),
            "oauth_consumer_key": self._key,
            "oauth_nonce": secrets.token_hex(16),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_timestamp": str(int(time.time())),
        }
        bare_url = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        params["oauth_signature"] = signature(self._secret, method, bare_url, params)
        return f"{bare_url}?{urlencode(params, quote_via=quote, safe='')}"


def signature(secret: str, method: str, bare_url: str, params: dict[str, str]) -> str:
    """RFC 5849, 3.4. The key ends with "&" because there is no token secret."""
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in params.items())
    normalised = "&".join(f"{name}={value}" for name, value in pairs)
    text = "&".join([method.upper(), _escaped(bare_url), _escaped(normalised)])
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha256).digest()).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="")
