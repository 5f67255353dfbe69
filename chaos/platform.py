"""The stores' REST API, as far as deliveries make us read it again: one order or product by its id, as it is at this moment."""

from __future__ import annotations

import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from chaos import bodies
from chaos.bodies import Kind
from chaos.world import World

_ONE = re.compile(r"/shop(\d+)/wp-json/wc/v3/(order|product)s/(\d+)(?:\?|$)")


class Platform:
    """`reads` counts the answers."""

    def __init__(self, world: World) -> None:
        self.reads = 0
        self._server = _Server(("127.0.0.1", 0), _handler_of(self, world))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def __enter__(self) -> Platform:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A broken connection is what chaos is for; anything else is a mistake of its own."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _handler_of(platform: Platform, world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30  # a connection kept alive by a dead worker

        def do_GET(self) -> None:
            asked = _ONE.match(self.path)
            if asked is None:
                self._answer(404, b'{"code": "rest_no_route", "message": "No route was found."}')
                return
            platform.reads += 1
            shop, kind, id = int(asked[1]), Kind(asked[2]), int(asked[3])
            version = world.find((shop, kind, id))
            if version is None:
                self._answer(404, bodies.gone(kind))
            else:
                self._answer(200, bodies.build(shop, kind, id, version))

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent: this runs in chaos itself."""

    return Handler
