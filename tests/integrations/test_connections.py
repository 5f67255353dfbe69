"""No name, literal or answer of a name server brings a connection to a private address."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from luxebrain.errors import Refused
from luxebrain.integrations.connections import PrivateAddress, is_public
from luxebrain.integrations.http import Cause, Http, Limits, Unreachable

ONCE = Limits(timeout_s=2, retries=0)
HOSTILE = [
    "http://127.0.0.1:1/",
    "http://localhost:1/",
    "https://127.0.0.1:1/",
    "http://[::1]:1/",
    "http://169.254.169.254/latest",
    "http://10.0.0.1/",
    "http://[::ffff:127.0.0.1]:1/",
    "http://0x7f000001:1/",
    "http://2130706433:1/",
    "http://0:1/",
    "http://0177.0.0.1:1/",
    "http://127.1:1/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://100.64.0.1/",
    "http://192.168.1.1/",
    "http://[::]:1/",
    "http://[::127.0.0.1]:1/",
    "http://①②⑦.⓪.⓪.①:1/",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_private_address_is_refused_in_every_spelling(url: str) -> None:
    with pytest.raises(Refused):
        Http().request("GET", url, limits=ONCE)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34"])
def test_public_address_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_host_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _name_server_answers(monkeypatch, ["93.184.216.34", "127.0.0.1"])

    with pytest.raises(PrivateAddress):
        Http().request("GET", "http://evil.test/", limits=ONCE)


def test_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[str, int]] = []
    _name_server_answers(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])

    def refuse(address: tuple[str, int], timeout: float) -> socket.socket:
        tried.append(address)
        raise OSError("no route")

    monkeypatch.setattr(socket, "create_connection", refuse)

    with pytest.raises(Unreachable) as failure:
        Http().request("GET", "http://evil.test/", limits=ONCE)

    assert tried == [("93.184.216.34", 80)]
    assert failure.value.cause is Cause.CONNECTION


def test_allowed_pair_opens_that_port_only(monkeypatch: pytest.MonkeyPatch) -> None:
    http = Http(ssrf_allow=frozenset({"127.0.0.1:9"}))

    with pytest.raises(PrivateAddress):
        http.request("GET", "http://127.0.0.1:10/", limits=ONCE)


def _name_server_answers(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """One list of addresses per look-up; the last one stays."""
    left = list(answers)

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET6 if ":" in address else socket.AF_INET, 1, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
