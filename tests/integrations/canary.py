"""A service inside the network, on every address of this machine: whoever connects to it went where nobody outside may."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Canary:
    def __init__(self, server: socket.socket) -> None:
        self.port: int = server.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.connections = 0
        self._server = server

    def listen(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()


@contextmanager
def canary() -> Iterator[Canary]:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100) as server:
        listening = Canary(server)
        thread = threading.Thread(target=listening.listen, daemon=True)
        thread.start()
        try:
            yield listening
        finally:
            server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)
