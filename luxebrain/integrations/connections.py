"""Sockets to public addresses only: the place where a name becomes an address, and the only one.

A merchant's store URL is hostile input. The name is resolved once, every address it has must be public (or the host:port be named in
SSRF_ALLOW), and the socket goes to the address that was checked; Host, SNI and the certificate's name stay those of the URL. urllib3 asks
`_new_conn` for the socket, so a pooled connection cannot be resolved again behind the check.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from typing import Any

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from luxebrain.errors import Refused

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
# NAT64, Teredo, 6to4 and IPv4-compatible addresses wrap an IPv4 one, and `is_global` does not look inside.
WRAPPING = tuple(ipaddress.IPv6Network(network) for network in ("64:ff9b::/96", "2001::/32", "2002::/16", "::/96"))
# Nothing public either, whatever `is_global` says: IETF assignments (a cloud's metadata at 192.0.0.192), relays into 6to4, the inner server
# of Azure's machines, documentation, site-local.
NOT_PUBLIC = tuple(
    ipaddress.ip_network(network) for network in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20", "fec0::/10")
)

GRACE_S = 0.3


class PrivateAddress(Refused):
    """The host has an address that is not public."""


class HeadTooSlow(Refused):
    """The answer's head did not arrive in time, though bytes kept dripping in."""


def make_pools(allow: frozenset[str], ca_bundle: str | None) -> PoolManager:
    """Thread-safe. `allow`: "host:port" pairs that may be private. `ca_bundle`: certificates trusted besides the system's and certifi's."""
    tls = ssl.create_default_context()
    tls.load_verify_locations(certifi.where())
    if ca_bundle:
        tls.load_verify_locations(ca_bundle)
    pools = PoolManager(num_pools=100, maxsize=8, ssl_context=tls)
    pools.pool_classes_by_scheme = {
        "http": type("HttpPool", (HTTPConnectionPool,), {"ConnectionCls": _guarded(HTTPConnection, allow)}),
        "https": type("HttpsPool", (HTTPSConnectionPool,), {"ConnectionCls": _guarded(HTTPSConnection, allow)}),
    }
    return pools


def is_public(address: IP) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in WRAPPING):
            return False
    if any(address in network for network in NOT_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _guarded(base: type[Any], allow: frozenset[str]) -> type[Any]:
    class Guarded(base):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            failure: OSError | None = None
            for address in _checked_addresses(self, allow):
                try:
                    return socket.create_connection((address, self.port), self.timeout)
                except OSError as error:
                    failure = error
            if isinstance(failure, TimeoutError):
                raise ConnectTimeoutError(self, "no answer") from failure
            raise NewConnectionError(self, str(failure)) from failure

        def getresponse(self) -> Any:
            # A read time-out starts again with each byte. An alarm bounds the whole head, a moment later so that plain silence stays a
            # time-out; http.client takes the closed socket for the head's end, so a flag tells the difference.
            is_late = threading.Event()
            alarm = threading.Timer(self.timeout + GRACE_S, _hang_up, (self.sock, is_late))
            alarm.start()
            try:
                answer = super().getresponse()
            except Exception as error:
                if is_late.is_set():
                    raise HeadTooSlow("the answer takes too long") from error
                raise
            finally:
                alarm.cancel()
            if is_late.is_set():
                raise HeadTooSlow("the answer takes too long")
            return answer

    return Guarded


def _checked_addresses(connection: HTTPConnection, allow: frozenset[str]) -> list[str]:
    host, port = connection._dns_host, connection.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from error
    except (OSError, UnicodeError) as error:
        raise NameResolutionError(host, connection, socket.gaierror(str(error))) from error
    addresses = list(dict.fromkeys(str(entry[4][0]).split("%")[0] for entry in found))
    if f"{host}:{port}" not in allow and not all(is_public(ipaddress.ip_address(address)) for address in addresses):
        raise PrivateAddress(f"{host} is not a public address")
    return addresses


def _hang_up(sock: socket.socket, is_late: threading.Event) -> None:
    is_late.set()
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not SSLSocket.shutdown: it drops the TLS object under the reader
    except OSError:
        return  # closed already
