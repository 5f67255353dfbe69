"""A request's body as it was sent: all of it, not too much of it, not compressed. What is signed is signed so."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge, UnsupportedMediaType


def whole_body(most_bytes: int) -> bytes:
    """Raises 413 for more than `most_bytes`, announced or in chunks; 415 for a compressed one, which no platform sends; 400 where it
    broke off: gunicorn hands over what came, and a wrong signature would be the wrong thing to look for."""
    request.max_content_length = most_bytes + 1  # without a length, werkzeug cuts at the limit and says nothing
    if encoding := request.headers.get("Content-Encoding", ""):
        raise UnsupportedMediaType(f"Send the body as it is, without the Content-Encoding {encoding[:20]}.")
    body = request.get_data()
    if len(body) > most_bytes:
        raise RequestEntityTooLarge
    if len(body) < (request.content_length or 0):
        raise ClientDisconnected(f"The body broke off: {len(body)} of {request.content_length} bytes came.")
    return body
