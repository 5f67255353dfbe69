"""Puts the application together: settings, database, doors with their access rules."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.middleware.proxy_fix import ProxyFix

from luxebrain import config, models, scrub
from luxebrain.config import Settings, load_settings
from luxebrain.database import alone, tenancy
from luxebrain.database.patience import LINK
from luxebrain.database.prepare import check_is_prepared, check_role
from luxebrain.database.session import db
from luxebrain.edge.access import Rule, init_access, register
from luxebrain.edge.errors import init_errors
from luxebrain.edge.forms import csrf
from luxebrain.edge.headers import init_headers
from luxebrain.edge.limits import init_limits
from luxebrain.edge.numbers import init_numbers
from luxebrain.edge.session import Sessions
from luxebrain.integrations import http
from luxebrain.log import set_up_logging
from luxebrain.web.filters import init_filters

LARGEST_BODY = 10 * 1024 * 1024
# Parameters are people's addresses and payloads, and an error's words go into the log: hidden. More connections than threads: whoever
# waits for one waits for a leak, and gets a 503 as soon as for a server that is away.
ENGINE = {"pool_size": 5, "max_overflow": 5, "pool_timeout": 5, "pool_pre_ping": True, "hide_parameters": True, "connect_args": LINK}

assert models.__all__  # importing the package fills the metadata that migrations and queries need


def make_app(settings: Settings | None = None) -> Flask:
    """Raises ConfigError listing all that is wrong with the settings."""
    settings = settings or load_settings()
    config.use(settings)
    scrub.remember(settings.secrets)
    set_up_logging(settings.log_level)
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=ENGINE,
        SQLALCHEMY_BINDS={alone.BIND: {"url": settings.database_url} | ENGINE | alone.OPTIONS},
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = Sessions()
    db.init_app(app)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies)  # type: ignore[method-assign]
    init_headers(app)  # first: a request that the next two turn away is logged too
    csrf.init_app(app)
    init_limits(app)
    init_errors(app)
    init_numbers(app)
    init_access(app)
    init_filters(app)
    _forbid_calls_inside_transactions()
    _register_doors(app)
    return app


def check_database(app: Flask) -> None:
    """Raises ConfigError for a role that ignores row security, and for one (or a database) that was never made.

    A database that is away for a moment is no reason not to start.
    """
    try:
        with app.app_context():
            check_role(db.engine)
    except OperationalError as error:
        check_is_prepared(error)
        app.logger.warning("database unreachable at start", extra={"error": type(error).__name__})


def _forbid_calls_inside_transactions() -> None:
    def check() -> None:
        assert not tenancy.is_transaction_open(), "an outside call inside a transaction: claim, call, record"

    if not http.before_call:
        http.before_call.append(check)


def _register_doors(app: Flask) -> None:
    from luxebrain.web import accounts, connect, health, links, marketing, settings, styleguide
    from luxebrain.web.admin import work
    from luxebrain.web.dashboard import campaigns, forecasts, orders, overview, prices, recommendations, segments, sync
    from luxebrain.webhooks import receiver
    from luxebrain.widgets import recommendations as widgets

    register(app, health.blueprint, Rule.PUBLIC)
    register(app, marketing.blueprint, Rule.PUBLIC)
    register(app, accounts.blueprint, Rule.PUBLIC)
    register(app, receiver.blueprint, Rule.SIGNED)
    register(app, links.blueprint, Rule.SIGNED)
    register(app, widgets.blueprint, Rule.SHOPPER)
    register(app, connect.blueprint, Rule.PERSON)
    register(app, work.blueprint, Rule.OPERATOR)
    if config.current().is_development:
        register(app, styleguide.blueprint, Rule.PUBLIC)
    for room in (overview, recommendations, sync, orders, prices, campaigns, forecasts, segments, settings):
        register(app, room.blueprint, Rule.MEMBER)
