"""The unsubscribe link of a mail. Opening it changes nothing: mail programs and scanners open links. The button, and a mail program's own
one-click button (RFC 8058), send POST. The token proves the right to act, so there is no log-in and no CSRF token.
"""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.services import unsubscribe
from luxebrain.services.unsubscribe import Link

blueprint = Blueprint("links", __name__)


@blueprint.get("/u/<token>")
def show(token: str) -> ResponseReturnValue:
    link = _find(token)
    if link is None:
        return _unknown()
    with transaction(link.store_id):
        subscriber = unsubscribe.get_subscriber(link)
    return render_template("links/unsubscribe.html", subscriber=subscriber)


@blueprint.post("/u/<token>")
def withdraw(token: str) -> ResponseReturnValue:
    link = _find(token)
    if link is None:
        return _unknown()
    with transaction(link.store_id):
        unsubscribe.withdraw_consent(link, now=utcnow())
        subscriber = unsubscribe.get_subscriber(link)
    return render_template("links/unsubscribe.html", subscriber=subscriber)


def _find(token: str) -> Link | None:
    with transaction():
        return unsubscribe.find_link(token)


def _unknown() -> ResponseReturnValue:
    return render_template("links/unknown.html"), 404
