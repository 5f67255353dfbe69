"""Peers that repeat in their errors what was sent to them, as some stores, plugins and mail servers do."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask import Response, request

from lab.woocommerce.server import LabServer


class EchoingStore:
    """A lab store that answers `status` to every call, once it is set, with all it was told: key, signature, webhook secret, the lot."""

    def __init__(self, lab: LabServer) -> None:
        self.lab, self.status = lab, 0
        lab.app.before_request_funcs.setdefault(None, []).insert(0, self._answer)

    @property
    def address(self) -> str:
        return urlsplit(self.lab.url).netloc

    def _answer(self) -> Response | None:
        if not self.status or not request.path.startswith("/wp-json/wc/v3/"):
            return None
        keys = [f"{key['consumer_key']} with {key['consumer_secret']}" for key in self.lab.store.all("key")]
        told = f"No: {request.url} {dict(request.headers)} {request.get_data(as_text=True)}"
        body = {"code": keys[0].partition(" ")[0] if keys else "no", "message": f"{' '.join(keys)} {told}", "data": {"status": self.status}}
        return Response(json.dumps(body), self.status, mimetype="application/json")


@contextmanager
def echoing_mail_server() -> Iterator[int]:
    """Its port. It wants a password, refuses every one and says which it was."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class _Mail(socketserver.StreamRequestHandler):
    timeout = 20

    def handle(self) -> None:
        self._say("220 mail")
        while line := self.rfile.readline().decode(errors="replace").strip():
            word, _, rest = line.partition(" ")
            match word.upper():
                case "EHLO":
                    self._say("250-mail\r\n250 AUTH PLAIN")
                case "AUTH":
                    sent = rest.rpartition(" ")[2]
                    self._say(f"535 no: {sent} that is {base64.b64decode(sent).decode().split(chr(0))[-1]}")
                case "QUIT":
                    return self._say("221 bye")
                case _:
                    self._say("250 ok")
        return None

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
