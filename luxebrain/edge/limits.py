"""Rate limits, counted in Redis so that all processes share them; in memory while Redis is away, so that log-in stays limited."""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from luxebrain import config

limiter = Limiter(key_func=get_remote_address, strategy="fixed-window", in_memory_fallback_enabled=True, headers_enabled=True)
# For log-in and sign-up: guessing must be slow, a mistyped password must not hurt.
ATTEMPTS = "10 per minute; 100 per hour"


# Every change in a store and every shopper comes through these: not limited, and asking whether they are is a tenth of an answer.
UNLIMITED = frozenset({"receiver.woocommerce_delivery", "widgets.recommend", "widgets.take_events"})


@limiter.request_filter
def _is_unlimited() -> bool:
    return request.endpoint in UNLIMITED


def init_limits(app: Flask) -> None:
    app.config["RATELIMIT_STORAGE_URI"] = config.current().redis_url
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_connect_timeout": 1, "socket_timeout": 1}
    limiter.init_app(app)
