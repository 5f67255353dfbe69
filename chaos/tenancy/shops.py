"""The two stores' platform: each answers to its own keys only, with rows that carry its canary, under the ids that the other has too.

It writes down every call, so that a job that turns to the wrong store, or tells one store of the other, is seen.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

AT = "2026-05-04T12:00:00"
Words = Mapping[str, str]  # a store's word → its consumer key


@dataclass(frozen=True, slots=True)
class Call:
    """`word`: of the store that was called. `sent`: all that it was told."""

    word: str
    sent: str


class Shops:
    def __init__(self, keys: Words) -> None:
        self.calls: list[Call] = []
        self.keys = keys
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Shops:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _handler_of(shops: Shops) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            self._serve()

        do_POST = do_DELETE = do_GET

        def _serve(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
            asked = urlsplit(self.path)
            word, _, rest = asked.path.removeprefix("/").partition("/wp-json")
            query, is_open = dict(parse_qsl(asked.query)), rest.strip("/") in ("", "wc/v3")
            shops.calls.append(Call(word, f"{self.path} {sent} {self.headers}"))
            if not is_open and shops.keys.get(word) != (query.get("oauth_consumer_key") or self._basic_user()):
                self._answer(401, {"code": "woocommerce_rest_cannot_view", "message": "Sorry, this is not your store."})
            else:
                self._answer(200, _answer(word, rest.removeprefix("/wc/v3").strip("/"), self.command, sent))

        def _basic_user(self) -> str:
            try:
                return base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                return ""

        def _answer(self, status: int, body: object) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Silent: this runs in chaos itself."""

    return Handler


def _answer(word: str, path: str, method: str, sent: str) -> Any:
    if path == "":
        return {"namespace": "wc/v3", "name": word, "timezone_string": "UTC"}
    if method == "POST":
        return {"update": json.loads(sent)["update"]} if path.endswith("/batch") else {"id": 1}
    kind, _, id = path.partition("/")
    rows = [_row(word, kind, number) for number in range(5001, 5004)] if kind in ("products", "customers", "orders") else []
    if path == "products/categories":
        return [{"id": 5001, "name": f"{word} category", "parent": 0}]
    if path.startswith(("data/", "settings/")):
        return {"code": "GBP", "value": "yes"}
    return next((row for row in rows if str(row["id"]) == id), {}) if id.isdigit() else rows


def _row(word: str, kind: str, id: int) -> dict[str, Any]:
    dated = {"id": id, "date_created_gmt": AT, "date_modified_gmt": AT}
    person = {"email": f"buyer{id}@{word}.example", "first_name": word, "last_name": "Reader", "phone": ""}
    match kind:
        case "products":
            address = f"https://{word}.example/{id}"
            return dated | {"name": f"{word} read", "type": "simple", "status": "publish", "permalink": address, "price": "9.00"}
        case "customers":
            return dated | person
        case _:
            lines = [{"id": id, "product_id": id, "name": f"{word} line", "quantity": 1, "total": "9.00"}]
            order = {"number": f"{word}-{id}", "status": "processing", "currency": "GBP", "total": "9.00", "customer_id": 0}
            return dated | order | {"billing": person, "line_items": lines, "refunds": []}
