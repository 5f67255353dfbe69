"""The log-in cookie: a random token, known to the database by its hash. Deleting the row logs out."""

from __future__ import annotations

from flask import Flask, Request, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.wrappers import Response

from luxebrain import config
from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.models.accounts import User
from luxebrain.services import accounts


def cookie_name() -> str:
    return "__Host-luxebrain-login" if config.current().is_https else "luxebrain_login"


class Sessions(SecureCookieSessionInterface):
    """Flask's, but for a request without its cookie nothing is unpacked: platforms and shoppers never have one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def load_user() -> User | None:
    if "user" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.user = None
        if token:
            with transaction():
                g.user = accounts.find_user_by_token(token, now=utcnow())
    user: User | None = g.user
    return user


def remember(response: Response, token: str, *, is_long: bool) -> Response:
    age_s = int(accounts.session_length(is_long=is_long).total_seconds()) if is_long else None
    response.set_cookie(cookie_name(), token, max_age=age_s, httponly=True, samesite="Lax", secure=config.current().is_https, path="/")
    return response


def forget(response: Response) -> Response:
    response.delete_cookie(cookie_name(), path="/", secure=config.current().is_https, httponly=True, samesite="Lax")
    return response


def token_of_request() -> str:
    return request.cookies.get(cookie_name(), "")
