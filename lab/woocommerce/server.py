"""The lab store on a real socket: HTTP/1.1, a connection per request, TLS where a certificate is given.

`with LabServer() as lab:` serves from a thread until the block ends; `lab.url`, `lab.store`, `lab.app` are what tests need.
"""

import ssl
import threading
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from lab.woocommerce.app import make_lab
from lab.woocommerce.auth import create_key
from lab.woocommerce.context import Lab, Options
from lab.woocommerce.documents import Document
from lab.woocommerce.store import Store


class _QuietHandler(WSGIRequestHandler):
    """HTTP/1.1 and no line per request. Werkzeug ends every connection after its answer, because it reads on past the request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the lab counts requests at /lab/stats."""


class LabServer:
    """One store on 127.0.0.1; port 0 takes a free one, `tls` is (certificate file, key file)."""

    def __init__(self, options: Options | None = None, *, port: int = 0, tls: tuple[Path, Path] | None = None) -> None:
        self._socket_server = _bind(port, tls)
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._socket_server.server_port}"
        self.app: Flask = make_lab(replace(options or Options(), home_url=self.url))
        self._socket_server.app = self.app
        self._thread = threading.Thread(
            target=self._socket_server.serve_forever, kwargs={"poll_interval": 0.05}, name="lab-woocommerce", daemon=True
        )

    @property
    def lab(self) -> Lab:
        lab: Lab = self.app.extensions["lab"]
        return lab

    @property
    def store(self) -> Store:
        return self.lab.store

    def make_key(self, permissions: str = "read_write") -> Document:
        """A consumer key: {consumer_key, consumer_secret, …}."""
        return create_key(self.store, description="test", permissions=permissions)

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """End serving and delivering, close the database."""
        self._socket_server.shutdown()
        self._socket_server.server_close()
        self._thread.join(timeout=5)
        self.lab.deliveries.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def _bind(port: int, tls: tuple[Path, Path] | None) -> BaseWSGIServer:
    server = make_server("127.0.0.1", port, Flask("starting"), threaded=True, request_handler=_QuietHandler)
    server.daemon_threads = True  # type: ignore[attr-defined]
    if tls is not None:
        _speak_tls(server, *tls)
    return server


def _speak_tls(server: BaseWSGIServer, certificate: Path, key: Path) -> None:
    """Each connection shakes hands in its own thread. Werkzeug's way does it in accept: one silent visitor would hold up all others."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.ssl_context = context
