"""Addresses that nobody outside may send us to, in every spelling, each with what has to come of it; and public ones that must open.

The table is made by crossing addresses with spellings. Whatever a spelling means to the system's own parser is written beside it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

PORT = 8081  # where a service inside might listen
PUBLIC_V4, PUBLIC_V6 = "93.184.216.34", "2606:4700::1111"


class Outcome(StrEnum):
    REFUSED = "refused"  # we do not make that call
    NO_HOST = "no host"  # it is no address to the system, and no name
    OPENS = "opens"  # a connection is tried, to the public address that is meant


@dataclass(frozen=True, slots=True)
class Case:
    url: str
    outcome: Outcome
    why: str


PRIVATE_V4 = {
    "this host": ["0.0.0.0", "0.1.2.3"],
    "loopback": ["127.0.0.1", "127.0.0.2", "127.255.255.254"],
    "private network": ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
    "carrier-grade NAT": ["100.64.0.1", "100.127.255.254"],
    "metadata of a cloud": ["169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16"],
    "link-local": ["169.254.0.1", "169.254.255.255"],
    "protocol assignment": ["192.0.0.1", "192.0.0.8", "192.0.0.170", "192.88.99.1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1"],
    "benchmark": ["198.18.0.1", "198.19.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.250"],
    "reserved": ["240.0.0.1", "255.255.255.255"],
}
PRIVATE_V6 = {
    "this host": ["::", "::2"],
    "loopback": ["::1", "0:0:0:0:0:0:0:1"],
    "unique local": ["fc00::1", "fd00:ec2::254", "fdff::1"],
    "link-local": ["fe80::1", "febf::1", "fe80::1%251", "fe80::5efe:127.0.0.1"],
    "site-local": ["fec0::1", "feff::1"],
    "multicast": ["ff02::1", "ff05::1", "ff0e::1"],
    "documentation": ["2001:db8::1", "3fff::1", "3fff:fff::1"],
    "discard": ["100::1"],
    "protocol assignment": ["2001::1", "2001:2::1", "2001:10::1"],
    "not given to anybody": ["4000::1", "8000::1", "c000::1", "e000::1", "200::1"],
}


@dataclass(frozen=True, slots=True)
class Spelling:
    name: str
    write: Callable[[IPv4Address], str]
    outcome: Outcome = Outcome.REFUSED  # what a private address in this spelling comes to


def _octets(address: IPv4Address) -> list[int]:
    return list(address.packed)


def _joined(pattern: str, address: IPv4Address) -> str:
    return ".".join(format(octet, pattern) for octet in _octets(address))


def _wide(text: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(figure)) if figure.isdecimal() else figure for figure in text)


def _circled(text: str) -> str:
    return "".join(("⓪" if figure == "0" else chr(ord("①") + int(figure) - 1)) if figure.isdecimal() else figure for figure in text)


V4_SPELLINGS = (
    Spelling("dotted", str),
    Spelling("decimal", lambda address: str(int(address))),
    Spelling("hexadecimal", lambda address: hex(int(address))),
    Spelling("hexadecimal in capitals", lambda address: f"0X{int(address):08X}"),
    Spelling("octal", lambda address: f"0{int(address):o}"),
    Spelling("hexadecimal octets", lambda address: _joined("#x", address)),
    Spelling("octal octets", lambda address: ".".join(f"0{octet:o}" for octet in _octets(address))),
    Spelling("octal octets with many zeros", lambda address: ".".join(f"000000{octet:o}" for octet in _octets(address))),
    Spelling("three parts", lambda address: "{}.{}.{}".format(*_octets(address)[:2], int(address) & 0xFFFF)),
    Spelling("two parts", lambda address: f"{_octets(address)[0]}.{int(address) & 0xFFFFFF}"),
    Spelling("two parts, mixed", lambda address: f"{_octets(address)[0]:#x}.{int(address) & 0xFFFFFF:#x}"),
    Spelling("each octet otherwise", lambda address: "{:#x}.{}.0{:o}.{:#x}".format(*_octets(address))),
    Spelling("full-width figures", lambda address: _wide(str(address), "０")),
    Spelling("mathematical figures", lambda address: _wide(str(address), "𝟎")),
    Spelling("circled figures", lambda address: _circled(str(address))),
    Spelling("ideographic full stops", lambda address: str(address).replace(".", "。")),
    Spelling("half-width full stops", lambda address: str(address).replace(".", "｡")),
    Spelling("zero-width space", lambda address: f"{address}\u200b"),
    Spelling("soft hyphen", lambda address: f"{address}\u00ad"),
    Spelling("IPv4-mapped", lambda address: f"[::ffff:{address}]"),
    Spelling("IPv4-mapped, in hexadecimal", lambda address: f"[::ffff:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}]"),
    Spelling("IPv4-mapped, in full", lambda address: f"[0:0:0:0:0:ffff:{address}]"),
    Spelling("IPv4-mapped, in capitals", lambda address: f"[::FFFF:{address}]"),
    Spelling("IPv4-compatible", lambda address: f"[::{address}]"),
    Spelling("IPv4-translated", lambda address: f"[::ffff:0:{address}]"),
    Spelling("NAT64", lambda address: f"[64:ff9b::{address}]"),
    Spelling("NAT64, of a network's own", lambda address: f"[64:ff9b:1::{address}]"),
    Spelling("6to4", lambda address: f"[2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::1]"),
    Spelling("Teredo server", lambda address: f"[2001:0:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::1]"),
    Spelling("Teredo client", lambda address: "[2001:0:5db8:d822:0:0:{:x}:{:x}]".format(*divmod(int(address) ^ 0xFFFFFFFF, 0x10000))),
    Spelling("with a dot behind", lambda address: f"{address}.", Outcome.NO_HOST),
    Spelling("a fifth octet", lambda address: f"{address}.1", Outcome.NO_HOST),
    Spelling("too large by 2^32", lambda address: str(int(address) + 2**32), Outcome.NO_HOST),
    Spelling("an octet too large", lambda address: "{}.{}.{}.{}".format(_octets(address)[0] + 256, *_octets(address)[1:]), Outcome.NO_HOST),
    Spelling("with a sign", lambda address: f"+{address}", Outcome.NO_HOST),
    Spelling("in binary", lambda address: "0b" + bin(int(address))[2:], Outcome.NO_HOST),
)


def private_v4() -> Iterator[Case]:
    for why, addresses in PRIVATE_V4.items():
        for address in addresses:
            for spelling in V4_SPELLINGS:
                host = spelling.write(IPv4Address(address))
                yield Case(f"http://{host}:{PORT}/", spelling.outcome, f"{why}, {spelling.name}")


def private_v6() -> Iterator[Case]:
    for why, addresses in PRIVATE_V6.items():
        for address in addresses:
            plain, _, zone = address.partition("%25")
            for host in sorted({address, f"{IPv6Address(plain).exploded}{'%25' + zone if zone else ''}", address.upper()}):
                yield Case(f"http://[{host}]:{PORT}/", Outcome.REFUSED, why)


def private_literals() -> list[Case]:
    """As a name server would answer them."""
    return [*_private(PRIVATE_V4), *_private(PRIVATE_V6)]


def _private(table: dict[str, list[str]]) -> list[Case]:
    return [Case(address.partition("%")[0], Outcome.REFUSED, why) for why, addresses in table.items() for address in addresses]


INSIDE = f"127.0.0.1:{PORT}"
TRICKS = [
    *(
        Case(url, Outcome.REFUSED, why)
        for url, why in [
            (f"http://user@{INSIDE}/", "user name"),
            (f"http://127.0.0.1%00.{PUBLIC_V4}:{PORT}/", "NUL in figures"),
            (f"http://%31%32%37.0.0.1:{PORT}/", "figures of figures"),
            (f"http://127.0.0.1%09:{PORT}/", "a tabulator in figures"),
            (f"http://user:word@{INSIDE}/", "user name and password"),
            (f"http://:@{INSIDE}/", "empty user name"),
            (f"http://@{INSIDE}/", "an @ alone"),
            (f"http://{PUBLIC_V4}@{INSIDE}/", "public address for a user name"),
            (f"http://{PUBLIC_V4}:80@{INSIDE}/", "public address and port for a user name"),
            (f"http://{INSIDE}@{PUBLIC_V4}/", "private address for a user name"),
            (f"http://a@b@{INSIDE}/", "two @"),
            (f"http://{PUBLIC_V4}\\@{INSIDE}/", "backslash before an @"),
            (f"http://{INSIDE}\\@{PUBLIC_V4}/", "backslash behind a host"),
            (f"http:\\\\{INSIDE}/", "backslashes for slashes"),
            (f"http:/{INSIDE}/", "one slash"),
            (f"http:///{INSIDE}/", "three slashes"),
            (f"http:{INSIDE}/", "no slash"),
            (f"//{INSIDE}/", "no scheme"),
            (INSIDE, "a host alone"),
            (f"http://[{INSIDE}]/", "IPv4 in brackets"),
            ("http://[::1/", "bracket that stays open"),
            (f"http://::1:{PORT}/", "IPv6 without brackets"),
            ("http://[::1]]/", "a bracket too many"),
            (f"http://localhost:{PORT}/", "the name of this host"),
            (f"http://LOCALHOST:{PORT}/", "the name in capitals"),
            (f"http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{PORT}/", "the name in circled letters"),
            (f"http://ｌｏｃａｌｈｏｓｔ:{PORT}/", "the name in full-width letters"),
            (f"http://local\u00adhost:{PORT}/", "the name with a soft hyphen"),
            (f"http://127.0.0.1\t:{PORT}/", "a tabulator"),
            (f"http://127.0.\n0.1:{PORT}/", "a line feed"),
            (f"http://127.0.0.1\r\n.example.com:{PORT}/", "a header of one's own"),
            (f" http://{INSIDE}/", "a blank before"),
            ("http:///", "no host"),
            ("http://:80/", "a port alone"),
            ("http://", "nothing"),
            ("", "nothing at all"),
            (f"file:///etc/passwd#http://{PUBLIC_V4}/", "a file"),
            ("gopher://127.0.0.1:6379/_FLUSHALL", "gopher"),
            ("ftp://127.0.0.1/", "ftp"),
            ("dict://127.0.0.1:11211/stat", "dict"),
            ("ldap://127.0.0.1/", "ldap"),
            ("data:application/json,{}", "data"),
            ("javascript:alert(1)", "javascript"),
            ("jar:http://127.0.0.1!/", "jar"),
            ("unix:///var/run/docker.sock", "a socket file"),
            ("http+unix://%2Fvar%2Frun%2Fdocker.sock/info", "a socket file over http"),
            ("ws://127.0.0.1/", "web socket"),
            ("HTTP://127.0.0.1/", "scheme in capitals"),
            ("http://127.0.0.1:22/", "ssh"),
            ("http://127.0.0.1:25/", "smtp"),
            ("http://127.0.0.1:5432/", "PostgreSQL"),
            ("http://127.0.0.1:6379/", "Redis"),
            ("http://127.0.0.1:0/", "port nought"),
            ("http://127.0.0.1:65535/", "the last port"),
            ("http://127.0.0.1:65536/", "a port too large"),
            ("http://127.0.0.1:-1/", "a port below nought"),
            ("http://127.0.0.1:8o/", "a port that is no number"),
            ("http://127.0.0.1:８０/", "a port in full-width figures"),
            ("https://127.0.0.1/", "https"),
        ]
    ),
    *(
        Case(url, Outcome.NO_HOST, why)
        for url, why in [
            (f"http://{PUBLIC_V4}%40{INSIDE}/", "an @ in figures"),
            (f"http://127.0.0.1%2e:{PORT}/", "a dot in figures"),
            (f"http://127.0.0.1,{PUBLIC_V4}:{PORT}/", "two hosts"),
            (f"http://127.0.0.1;{PUBLIC_V4}:{PORT}/", "two hosts with a semicolon"),
            (f"http://{'a' * 300}.example:{PORT}/", "a name too long"),
            (f"http://a..b:{PORT}/", "an empty label"),
        ]
    ),
]
JUST_OUTSIDE = (
    *("9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"),
    *("169.253.255.255", "169.255.0.0", "192.167.255.255", "192.169.0.0", "192.0.1.0", "168.63.129.17", "223.255.255.255"),
)
PUBLIC = [
    Case(f"http://{PUBLIC_V4}/", Outcome.OPENS, "dotted"),
    Case(f"http://{int(IPv4Address(PUBLIC_V4))}/", Outcome.OPENS, "decimal"),
    Case(f"http://[{PUBLIC_V6}]/", Outcome.OPENS, "IPv6"),
    Case(f"http://[::ffff:{PUBLIC_V4}]/", Outcome.OPENS, "IPv4-mapped"),
    Case(f"http://{PUBLIC_V4}:8443/?at=@127.0.0.1", Outcome.OPENS, "an @ in the query"),
    Case(f"http://{PUBLIC_V4}/@127.0.0.1/", Outcome.OPENS, "an @ in the path"),
    Case(f"http://{PUBLIC_V4}#@127.0.0.1/", Outcome.OPENS, "an @ in the fragment"),
    *(Case(f"http://{address}/", Outcome.OPENS, "just outside") for address in JUST_OUTSIDE),
]


def meant_by(case: Case) -> str:
    """The address that a public case has to open."""
    host = case.url.removeprefix("http://").split("/")[0].split("#")[0]
    if host.startswith("["):
        return str(IPv6Address(host[1:-1]))
    host = host.split(":")[0]
    return str(ipaddress.ip_address(int(host) if host.isdecimal() else host))
