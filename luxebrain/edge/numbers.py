"""Numbers in an address are written by anybody: none reaches the database that a column does not hold."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.routing import IntegerConverter, Map

LARGEST_ID = 2**63 - 1
LAST_PAGE = 10_000


class IdConverter(IntegerConverter):
    """`<int:…>` in a route: a larger number than a key's column holds names nothing, so the answer is 404."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST_ID)


def init_numbers(app: Flask) -> None:
    """Call it before routes are registered."""
    app.url_map.converters["int"] = IdConverter


def page_of_request() -> int:
    """`?page=`, from 1; the first where it is no number."""
    return min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
