"""No spelling, redirect or answer of a name server opens a connection to a private address: `addresses.py` crossed with every way in.

The first half lets no connection go anywhere and writes down what was tried; the second half lets them go, with a canary that listens on
every address of this machine.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from luxebrain.errors import InvalidInput, Refused
from luxebrain.integrations.connections import PrivateAddress
from luxebrain.integrations.http import Cause, Http, Limits, Unreachable
from luxebrain.integrations.woocommerce import connect
from tests.integrations.addresses import (
    PORT,
    PUBLIC,
    PUBLIC_V4,
    PUBLIC_V6,
    TRICKS,
    Case,
    Outcome,
    meant_by,
    private_literals,
    private_v4,
    private_v6,
)
from tests.integrations.canary import canary
from tests.integrations.hostile_peer import running_peer

ONCE = Limits(timeout_s=2, retries=0)
SPELLED = list({case.url: case for case in (*private_v4(), *private_v6(), *TRICKS)}.values())
Way = Callable[[str], object]


class Line:
    """What was tried to be opened. `allowed`: the one peer whose connections are real. `names`: what the name server says to each call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tried: list[str] = []
        self.allowed: tuple[str, int] | None = None
        self.names: dict[str, list[Sequence[str]]] = {"localhost": [["127.0.0.1"]]}
        self._open, self._look_up = socket.create_connection, socket.getaddrinfo
        monkeypatch.setattr(socket, "create_connection", self._create_connection)
        monkeypatch.setattr(socket, "getaddrinfo", self._getaddrinfo)

    def _create_connection(self, address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        if address == self.allowed:
            return self._open(address, *rest, **more)
        self.tried.append(address[0])
        raise OSError("nothing leaves a test")

    def _getaddrinfo(self, host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        """No name is asked for outside; the system's own parser reads what may be an address."""
        answers = self.names.get(host.encode("idna").decode().lower() if isinstance(host, str) else host.decode().lower())
        if answers is None:
            return self._look_up(host, port, *rest, **{**more, "flags": socket.AI_NUMERICHOST})
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET6 if ":" in address else socket.AF_INET, 1, 6, "", (address, port)) for address in addresses]


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    return Line(monkeypatch)


@pytest.fixture
def http() -> Iterator[Http]:
    client = Http()
    yield client
    client.close()


def test_private_address_is_refused_in_every_spelling(line: Line, http: Http) -> None:
    assert len(SPELLED) > 1_000

    wrong = [case for case in SPELLED if _outcome(lambda url: http.request("GET", url, limits=ONCE), case.url) != case.outcome]

    assert wrong == []
    assert line.tried == []


def test_private_address_in_any_spelling_is_no_store_to_connect(line: Line, http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "PROBING", ONCE)

    wrong = [case for case in SPELLED if not _is_said_beside_the_field(case.url, http)]

    assert wrong == []
    assert line.tried == []


def test_redirect_leads_to_no_private_address_in_any_spelling(line: Line) -> None:
    with running_peer() as peer:
        line.allowed = ("127.0.0.1", peer.port)
        http = Http(ssrf_allow=peer.allow())
        absolute = [case for case in SPELLED if _is_absolute(case)]
        wrong = []
        for number, case in enumerate(absolute):
            peer.redirects[f"/{number}"] = case.url.encode().decode("latin-1")
            if _outcome(lambda url: http.request("GET", url, limits=ONCE), peer.url(f"/{number}")) is Outcome.OPENS:
                wrong.append(case)
        http.close()

    assert wrong == []
    assert line.tried == []
    assert len(peer.hits) == len(absolute) > 1_000


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_every_kind_of_redirect_is_checked(line: Line, status: int, method: str) -> None:
    with running_peer() as peer:
        line.allowed = ("127.0.0.1", peer.port)
        peer.redirects["/away"], peer.redirect_status = f"http://10.0.0.1:{PORT}/", status
        http = Http(ssrf_allow=peer.allow())
        with pytest.raises(Refused):
            http.request(method, peer.url("/away"), limits=ONCE)
        http.close()

    assert line.tried == []


@pytest.mark.parametrize("case", private_literals(), ids=lambda case: case.url)
def test_name_that_means_a_private_address_is_refused(line: Line, http: Http, case: Case) -> None:
    """Alone, and on whichever side of a public one."""
    for answer in ([case.url], [PUBLIC_V4, case.url], [case.url, PUBLIC_V6], [PUBLIC_V6, PUBLIC_V4, case.url]):
        line.names["shop.example"] = [answer]
        with pytest.raises(PrivateAddress):
            http.request("GET", "http://shop.example/", limits=ONCE)

    assert line.tried == []


@pytest.mark.parametrize("case", private_literals(), ids=lambda case: case.url)
def test_name_that_changes_its_meaning_after_it_was_checked_gains_nothing(line: Line, http: Http, case: Case) -> None:
    """One look-up per connection: the socket goes to the address that was checked, and the next call checks again."""
    line.names["shop.example"] = [[PUBLIC_V4], [case.url]]

    with pytest.raises(Unreachable) as failure:
        http.request("GET", "http://shop.example/", limits=ONCE)
    with pytest.raises(PrivateAddress):
        http.request("GET", "http://shop.example/", limits=ONCE)

    assert failure.value.cause is Cause.CONNECTION
    assert line.tried == [PUBLIC_V4]


def test_name_that_changes_its_meaning_between_two_tries_is_checked_at_each(line: Line, http: Http) -> None:
    line.names["shop.example"] = [[PUBLIC_V4], ["169.254.169.254"]]

    with pytest.raises(PrivateAddress):
        http.request("GET", "http://shop.example/", limits=Limits(timeout_s=2, retries=2, backoff_s=0.01))

    assert line.tried == [PUBLIC_V4]


@pytest.mark.parametrize("name", ["käse.example", "xn--kse-qla.example", "KÄSE.example"])
def test_name_in_other_letters_is_checked_by_what_it_means(line: Line, http: Http, name: str) -> None:
    line.names["xn--kse-qla.example"] = [["10.0.0.1"]]

    with pytest.raises(PrivateAddress):
        http.request("GET", f"http://{name}/", limits=ONCE)

    assert line.tried == []


@pytest.mark.parametrize("case", PUBLIC, ids=lambda case: case.url)
def test_public_address_is_opened(line: Line, http: Http, case: Case) -> None:
    assert _outcome(lambda url: http.request("GET", url, limits=ONCE), case.url) is Outcome.OPENS
    assert [ipaddress.ip_address(address) for address in line.tried] == [ipaddress.ip_address(meant_by(case))]


def test_canary_that_listens_everywhere_inside_hears_nothing(http: Http) -> None:
    """With nothing held back: every spelling of every address of this machine, directly and by way of a store's redirect."""
    with canary() as inside, running_peer() as peer:
        with socket.create_connection(("127.0.0.1", inside.port), 2):
            pass  # it does listen
        ours = [case for case in SPELLED if case.why.startswith(("loopback", "this host", "the name"))]
        store = Http(ssrf_allow=peer.allow())
        for number, case in enumerate(ours):
            url = case.url.replace(str(PORT), str(inside.port))
            peer.redirects[f"/{number}"] = url.encode().decode("latin-1")
            assert _outcome(lambda url: http.request("GET", url, limits=ONCE), url) is not Outcome.OPENS
            assert _outcome(lambda url: store.request("GET", url, limits=ONCE), peer.url(f"/{number}")) is not Outcome.OPENS
        store.close()

    assert len(ours) > 100
    assert inside.connections == 1


@pytest.mark.parametrize(("path", "timeout_s"), [("drip", 0.5), ("drip-head", 0.5), ("slow", 0.5), ("bomb", 10)])
def test_typed_address_is_asked_once_for_ten_seconds_and_five_megabytes_at_most(
    path: str, timeout_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seconds are shortened here; the megabytes and the number of tries are the real ones."""
    assert connect.PROBING.timeout_s <= 10
    assert connect.PROBING.max_bytes <= 5_000_000
    monkeypatch.setattr(connect, "PROBING", replace(connect.PROBING, timeout_s=timeout_s))
    with running_peer() as peer:
        peer.redirects[connect.INDEX_PATH] = f"/{path}"
        http = Http(ssrf_allow=peer.allow())
        with pytest.raises(InvalidInput):
            connect.probe(peer.url(""), http)
        http.close()

    assert [hit.path for hit in peer.hits] == [connect.INDEX_PATH, f"/{path}"]


def _outcome(way: Way, url: str) -> Outcome:
    try:
        way(url)
    except Refused:
        return Outcome.REFUSED
    except Unreachable as error:
        return Outcome.NO_HOST if error.cause is Cause.NO_HOST else Outcome.OPENS
    return Outcome.OPENS


def _is_said_beside_the_field(typed: str, http: Http) -> bool:
    try:
        connect.probe(connect.normalise_url(typed), http)
    except InvalidInput as error:
        return error.field == "url"
    return False


def _is_absolute(case: Case) -> bool:
    """What leads away from the store wherever it stands, and can stand in a header."""
    return re.match(r"(?i)(https?:)?//[^/?#]", case.url) is not None and not set("\r\n") & set(case.url)
