"""One answer for every error: a page for people, `{"error": {"code", "message"}}` for programs."""

from __future__ import annotations

import logging

from flask import Flask, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound as WerkzeugNotFound

from luxebrain.edge.access import RULES, Rule
from luxebrain.errors import InvalidInput, InvalidSignature, InvalidTransition, NotConnected, NotFound

log = logging.getLogger(__name__)
RETRY_AFTER_S = 10  # a PostgreSQL that was restarted or handed over is back by then


def init_errors(app: Flask) -> None:
    app.register_error_handler(NotFound, lambda error: answer(404, "not_found", str(error)))
    app.register_error_handler(InvalidInput, _invalid_input)
    app.register_error_handler(InvalidSignature, lambda error: answer(401, "invalid_signature", str(error)))
    app.register_error_handler(InvalidTransition, lambda error: answer(409, "conflict", str(error)))
    app.register_error_handler(NotConnected, lambda error: answer(409, "not_connected", str(error)))
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(NoConnectionFree, _database_away)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def answer(status: int, code: str, message: str) -> ResponseReturnValue:
    if _wants_json():
        return jsonify(error={"code": code, "message": message}), status
    return render_template("errors/error.html", status=status, message=message), status


def _wants_json() -> bool:
    return RULES.get(request.blueprint or "") is Rule.SIGNED or request.path.startswith(("/widgets/", "/webhooks/", "/healthz", "/readyz"))


def _invalid_input(error: InvalidInput) -> ResponseReturnValue:
    return answer(400, f"invalid_{error.field}", str(error))


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    return answer(400, "csrf", "This page was open for too long. Go back, reload it and try again.")


def _in_our_words(error: HTTPException) -> str:
    match error.code:
        case 404 if error.description == WerkzeugNotFound.description:
            return "No page has this address. It may have been mistyped, or what was here is gone."
        case 405:
            return "This address answers only to a button or a form. Go back and use that."
        case _:
            return error.description or ""


def _http_error(error: HTTPException) -> ResponseReturnValue:
    response = make_response(answer(error.code or 500, error.name.lower().replace(" ", "_"), _in_our_words(error)))
    for name, value in error.get_headers():  # Allow, Retry-After
        response.headers.setdefault(name, value)
    return response


def _route() -> str | None:
    """For the log: an address itself may hold a token (a webhook's, an unsubscribe link's)."""
    return request.url_rule.rule if request.url_rule else None


def _database_error(error: DBAPIError) -> ResponseReturnValue:
    """Away, starting, in recovery, full or out of connections: psycopg calls all that operational; a standby that takes no writes it does
    not. The rest is a mistake of ours."""
    is_its_state = isinstance(error, OperationalError) or isinstance(error.orig, ReadOnlySqlTransaction)
    return _database_away(error) if is_its_state else _unexpected(error)


def _database_away(error: SQLAlchemyError) -> ResponseReturnValue:
    """Whoever sends again later finds it working; nothing was acknowledged."""
    cause = getattr(error, "orig", None) or error
    log.error(
        "database unreachable", extra={"route": _route(), "error": type(cause).__name__, "sqlstate": getattr(cause, "sqlstate", None)}
    )
    words = "LuxeBrain cannot use its database right now. Nothing is lost; try again in a moment."
    response = make_response(answer(503, "unavailable", words))
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected error", extra={"route": _route(), "error": type(error).__name__})
    return answer(500, "internal", "Something went wrong on our side. It has been written down; try again in a moment.")
