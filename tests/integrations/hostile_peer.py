"""A web server on a real socket that answers in every way a hostile or broken one can; the path says how."""

from __future__ import annotations

import gzip
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from urllib.parse import unquote

BOMB = gzip.compress(b"\0" * 50_000_000)


@dataclass(frozen=True, slots=True)
class Hit:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Peer:
    port: int
    scheme: str
    hits: list[Hit] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    bodies: dict[str, bytes] = field(default_factory=dict)  # by path, instead of what the path says
    redirects: dict[str, str] = field(default_factory=dict)
    redirect_status: int = 302

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def allow(self) -> frozenset[str]:
        return frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})


@contextmanager
def running_peer(tls: SSLContext | None = None) -> Iterator[Peer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    peer = Peer(server.server_port, "https" if tls else "http")
    _Handler.peers[server.server_port] = peer
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    peers: dict[int, Peer] = {}  # noqa: RUF012 - filled by running_peer

    def answer(self) -> None:
        assert isinstance(self.server, ThreadingHTTPServer)
        peer = self.peers[self.server.server_port]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        peer.hits.append(Hit(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        peer.counts[self.path] += 1
        path, _, argument = self.path.partition("?")
        try:
            if path in peer.redirects:
                self.reply(peer.redirect_status, b"", {"Location": peer.redirects[path]})
            elif path in peer.bodies:
                self.reply(200, peer.bodies[path], {"Content-Type": "application/json"})
            else:
                self.act(path, unquote(argument), peer.counts[self.path])
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def act(self, path: str, argument: str, count: int) -> None:
        match path:
            case "/to":
                self.reply(302, b"", {"Location": argument})
            case "/drip":
                self.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x")
            case "/drip-head":
                self.drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n")
            case "/slow":
                time.sleep(1.5)
                self.reply(200, b"{}", {})
            case "/bomb":
                self.reply(200, BOMB, {"Content-Encoding": "gzip"})
            case "/status":
                self.reply(int(argument), b"{}", {})
            case "/slow-down":
                self.reply(429, b"{}", {"Retry-After": argument})
            case "/away":
                self.reply(503, b"{}", {"Retry-After": argument})
            case "/fails-twice":
                self.reply(503 if count <= 2 else 200, b'{"ok": true}', {})
            case "/cut":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                self.close_connection = True
            case "/hang-up":
                self.close_connection = True
            case _:
                self.reply(200, self.path.encode(), {"Set-Cookie": "session=1"})

    def drip(self, start: bytes, drop: bytes) -> None:
        self.wfile.write(start)
        for _ in range(100):
            self.wfile.write(drop)
            time.sleep(0.05)

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return
