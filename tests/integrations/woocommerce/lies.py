"""A lab store on its real socket that lies under the addresses it is told to, and says the truth under all others."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from lab.woocommerce.server import LabServer

API = "/wp-json/wc/v3/"
Lie = Callable[[Request], Response]
CHANGED = "2026-01-05T10:00:00"


class Lies:
    """`asked`: how many requests were lied to."""

    def __init__(self, lab: LabServer) -> None:
        self.asked = 0
        self._by_path: dict[str, Lie] = {}
        self._truth = lab.app.wsgi_app
        lab.app.wsgi_app = self._answer  # type: ignore[method-assign]

    def tell(self, path: str, lie: Lie) -> None:
        """`path`: below /wp-json/wc/v3/."""
        self._by_path[API + path] = lie

    def stop(self) -> None:
        self._by_path.clear()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        lie = self._by_path.get(environ["PATH_INFO"])
        if lie is None:
            return self._truth(environ, start_response)
        self.asked += 1
        return lie(Request(environ))(environ, start_response)


def data(body: Any, *, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    return Response(json.dumps(body), status, headers=dict(headers or {}), content_type="application/json; charset=UTF-8")


def product(id: int, **fields: Any) -> dict[str, Any]:
    """What of a product a reader needs."""
    known = {"id": id, "name": f"Mug {id}", "type": "simple", "status": "publish", "price": "5.00", "regular_price": "5.00"}
    return {**known, "date_created_gmt": CHANGED, "date_modified_gmt": CHANGED, **fields}


def page_of(request: Request) -> int:
    return int(request.args.get("page", "1"))


def dripping(request: Request) -> Response:
    """A list that is well begun: a byte each 50 ms, for five seconds."""

    def drops() -> Iterator[bytes]:
        yield b"["
        for _ in range(100):
            time.sleep(0.05)
            yield b" "

    return Response(drops(), headers={"Content-Length": "200"}, content_type="application/json")


def bomb(size: int) -> Lie:
    """So many bytes of blanks, and hardly any on the line."""
    packed = gzip.compress(b"[" + b" " * size + b"]")
    return lambda _request: Response(packed, headers={"Content-Encoding": "gzip"}, content_type="application/json")


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels
