"""A TCP proxy between the parts that goes wrong on purpose. In calm it passes on what comes; in a burst of one fault some of it meets that.

One thread, one event loop, one port a link. What is drawn by lot comes from a seed; what it strikes depends on the traffic as well, so a
burst lasts until it has struck once, however quiet its link is.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar, assert_never

from chaos.mishaps import Burst, Fault, Link

CHANCE = 0.15  # of each piece of data in a burst
LONGEST_DELAY_S = 0.2
HALF_OPEN_S = 3.0  # the server learns so much later that its client is gone: until then it keeps the locks of an open transaction
T = TypeVar("T")
_RST = struct.pack("ii", 1, 0)


class Network:
    """`struck` counts by link and fault."""

    def __init__(self, seed: int) -> None:
        self.struck: Counter[tuple[Link, Fault]] = Counter()
        self._lot = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._lines: dict[Link, _Line] = {}

    def __enter__(self) -> Network:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for line in self._lines.values():
            self._do(line.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def open(self, link: Link, port: int) -> int:
        """The port through which `port` is reached from now on."""
        line = self._lines[link] = _Line(link, port, random.Random(self._lot.random()), self.struck)
        return self._do(line.open())

    def begin(self, burst: Burst) -> None:
        """One at a time on each link: the last one counts."""
        self._loop.call_soon_threadsafe(self._lines[burst.link].begin, burst)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)


class _Line:
    """All connections of one link, and what they suffer at the moment."""

    def __init__(self, link: Link, port: int, lot: random.Random, struck: Counter[tuple[Link, Fault]]) -> None:
        self.lot = lot
        self.ends: set[_End] = set()
        self._link, self._port, self._struck = link, port, struck
        self._burst: Burst | None = None
        self._until = 0.0
        self._joining: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        self._loop = asyncio.get_running_loop()
        self._server = await self._loop.create_server(lambda: _End(self), "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        self._server.close()
        for end in list(self.ends):
            end.transport.abort()
        await asyncio.sleep(0)  # let them go before the loop does

    def begin(self, burst: Burst) -> None:
        self._burst, self._until, self._has_struck = burst, self._loop.time() + burst.for_s, False

    def join(self, client: _End) -> None:
        task = self._loop.create_task(self._connect(client))
        self._joining.add(task)
        task.add_done_callback(self._joining.discard)

    async def _connect(self, client: _End) -> None:
        try:
            await self._loop.create_connection(lambda: _End(self, client), "127.0.0.1", self._port)
        except OSError:
            client.transport.abort()

    def strike(self) -> Fault | None:
        """What befalls the piece of data that just came."""
        if self._burst is None:
            return None
        is_late = self._loop.time() > self._until
        fault = self._burst.fault
        if is_late and self._has_struck:
            self._burst = None
            return None
        if not is_late and self.lot.random() > CHANCE:
            return None
        self._has_struck = True
        self._struck[self._link, fault] += 1
        return fault

    def wait_s(self, fault: Fault) -> float:
        if fault is Fault.DELAY or self._burst is None:
            return self.lot.uniform(0, LONGEST_DELAY_S)
        return max(self._until - self._loop.time(), LONGEST_DELAY_S)


class _End(asyncio.Protocol):
    """One end of a connection; what it reads goes to the other. The client's end has no other until the server's end is there."""

    transport: asyncio.Transport

    def __init__(self, line: _Line, other: _End | None = None) -> None:
        self.line, self.other, self.is_client = line, other, other is None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.line.ends.add(self)
        if self.other is None:
            transport.pause_reading()
            self.line.join(self)
        elif self.other.transport.is_closing():
            transport.abort()
        else:
            self.other.other = self
            self.other.transport.resume_reading()

    def connection_lost(self, _error: Exception | None) -> None:
        self.line.ends.discard(self)
        if self.other is not None:
            self.other.transport.close()

    def data_received(self, data: bytes) -> None:
        assert self.other is not None
        match self.line.strike():
            case None:
                self.other.transport.write(data)
            case (Fault.DELAY | Fault.STALL) as fault:
                self.transport.pause_reading()
                asyncio.get_running_loop().call_later(self.line.wait_s(fault), self._pass_on_late, data)
            case Fault.CUT:
                self.other.transport.write(data[: self.line.lot.randrange(len(data))])
                self.other.transport.close()
            case Fault.DROP:
                for end in (self, self.other):
                    end.drop(with_reset=self.line.lot.random() < 0.5)
            case Fault.HALF_OPEN:
                client, server = (self, self.other) if self.is_client else (self.other, self)
                client.other = server.other = None
                client.drop(with_reset=True)
                server.transport.pause_reading()
                asyncio.get_running_loop().call_later(HALF_OPEN_S, server.transport.abort)
            case fault:
                assert_never(fault)

    def _pass_on_late(self, data: bytes) -> None:
        if self.other is not None and not self.transport.is_closing():
            self.other.transport.write(data)
            self.transport.resume_reading()

    def drop(self, *, with_reset: bool) -> None:
        if with_reset:
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
        self.transport.abort()
