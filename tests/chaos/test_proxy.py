"""The network of chaos does what it says, once at least, and passes everything on when nothing is the matter."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from chaos.mishaps import Burst, Fault, Link
from chaos.proxy import HALF_OPEN_S, Network

LONG = b"x" * 200_000


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says again what it is told, and "bye" to nobody."""

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(line,), daemon=True).start()

    def answer(line: socket.socket) -> None:
        with line, contextlib.suppress(OSError):
            while piece := line.recv(65_536):
                line.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


@pytest.fixture
def network() -> Iterator[Network]:
    with Network(seed=1) as running:
        yield running


def say(port: int, words: bytes) -> bytes:
    """All that comes back until the end, or until it is complete."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line, contextlib.suppress(ConnectionError):
        line.sendall(words)
        while len(heard) < len(words) and (piece := line.recv(65_536)):
            heard += piece
    return heard


def begin(network: Network, fault: Fault, *, for_s: float = 0.0) -> None:
    network.begin(Burst(Link.WEB, fault, for_s))
    time.sleep(0.05)


def test_in_calm_everything_passes(network: Network, echo: int) -> None:
    port = network.open(Link.WEB, echo)

    assert say(port, LONG) == LONG
    assert not network.struck


def test_a_server_that_is_not_there_is_a_broken_connection(network: Network) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = network.open(Link.WEB, gone.getsockname()[1])

    assert say(port, b"hello") == b""


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.DROP, Fault.HALF_OPEN])
def test_a_burst_breaks_one_connection_at_least_and_then_is_over(network: Network, echo: int, fault: Fault) -> None:
    port = network.open(Link.WEB, echo)
    begin(network, fault)

    broken = say(port, LONG)

    assert len(broken) < len(LONG)
    assert LONG.startswith(broken)
    assert network.struck[Link.WEB, fault] >= 1
    assert say(port, LONG) == LONG


def test_what_stalls_goes_on_after_it(network: Network, echo: int) -> None:
    port = network.open(Link.WEB, echo)
    begin(network, Fault.STALL, for_s=0.5)

    answers = [say(port, b"hello") for _ in range(10)]

    assert answers == [b"hello"] * 10
    assert network.struck[Link.WEB, Fault.STALL] >= 1


def test_a_fault_on_one_link_does_not_touch_another(network: Network, echo: int) -> None:
    port = network.open(Link.POSTGRES, echo)
    network.open(Link.WEB, echo)
    begin(network, Fault.DROP, for_s=5)

    assert say(port, LONG) == LONG


def test_a_server_keeps_a_connection_whose_client_is_gone_for_seconds(network: Network) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = network.open(Link.WEB, server.getsockname()[1])
        begin(network, Fault.HALF_OPEN)
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            kept, _ = server.accept()
            client.sendall(b"commit")
            with pytest.raises(ConnectionError):
                client.recv(10)
            with kept:
                kept.settimeout(HALF_OPEN_S / 3)
                with pytest.raises(TimeoutError):
                    kept.recv(10)
