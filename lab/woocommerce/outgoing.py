"""The store's own calls: webhook deliveries and wc-auth callbacks, as WordPress makes them (wp_safe_remote_request).

WordPress refuses private addresses and ports other than 80, 443 and 8080 unless a developer's filters lift it (`development`).
"""

import ipaddress
import socket
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

SAFE_PORTS = {80, 443, 8080}


class Refused(Exception):
    """WordPress will not send there; the message is its own."""


class Outgoing:
    """Sends with the platform's rules; `ca_bundle` is trusted beside the usual certificates."""

    def __init__(self, *, development: bool = False, ca_bundle: Path | None = None, timeout_s: float = 20.0) -> None:
        self.development = development
        self._ca_bundle = ca_bundle
        self._timeout_s = timeout_s

    def post(self, url: str, body: bytes, headers: dict[str, str], *, redirects: bool = False) -> int:
        """POST once; returns the status. Raises Refused, or requests.RequestException when nothing answered."""
        self.check(url)
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", _TrustingAdapter(self._ca_bundle))
            answer = session.post(url, data=body, headers=headers, timeout=self._timeout_s, allow_redirects=False)
            for _ in range(5):
                if not redirects or not answer.is_redirect:
                    break
                answer = session.request("GET", requests.compat.urljoin(answer.url, answer.headers["Location"]), data=body, headers=headers,
                                         timeout=self._timeout_s, allow_redirects=False)  # fmt: skip
            return answer.status_code

    def check(self, url: str) -> None:
        """Raise Refused for an address WordPress does not send to."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refused("A valid URL was not provided.")
        if self.development:
            return
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if port not in SAFE_PORTS or not _is_public(parts.hostname):
            raise Refused("A valid URL was not provided.")


class _TrustingAdapter(HTTPAdapter):
    def __init__(self, ca_bundle: Path | None) -> None:
        self._context = ssl.create_default_context()
        if ca_bundle is not None:
            self._context.load_verify_locations(ca_bundle)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)


def _is_public(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return all(ipaddress.ip_address(address[4][0]).is_global for address in found)
