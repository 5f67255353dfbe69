"""Headers that every answer carries, and the request log."""

from __future__ import annotations

import logging
import secrets
import time

from flask import Flask, Response, g, request

from luxebrain import config

log = logging.getLogger("luxebrain.request")


def content_security_policy(*, form_action: str = "'self'") -> str:
    """Pages load nothing from elsewhere; product pictures come from the stores."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src * data:; connect-src 'self'; "
        f"form-action {form_action}; base-uri 'none'; frame-ancestors 'none'; frame-src 'self'"
    )


def init_headers(app: Flask) -> None:
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = time.perf_counter()
    g.request_id = secrets.token_hex(8)


def _finish(response: Response) -> Response:
    response.headers.setdefault("X-Request-Id", g.request_id)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", content_security_policy())
        response.headers.setdefault("Cache-Control", "no-store")
    if config.current().is_https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    log.info(
        "request",
        extra={
            "request_id": g.request_id,
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else None,
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.started) * 1000, 1),
            "store_id": g.store.id if "store" in g else None,
        },
    )
    return response
