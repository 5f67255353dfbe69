"""Who may come in. Every blueprint is registered with one rule; a test of the house walks the routes and misses none."""

from __future__ import annotations

from enum import StrEnum

from flask import Blueprint, Flask, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from luxebrain.database.tenancy import transaction
from luxebrain.edge.forms import csrf
from luxebrain.edge.session import load_user
from luxebrain.services import stores


class Rule(StrEnum):
    PUBLIC = "public"  # anyone
    PERSON = "person"  # somebody who is logged in
    MEMBER = "member"  # a member of the store in the address; anybody else gets a 404
    OPERATOR = "operator"  # an admin or a super admin; anybody else gets a 404
    SHOPPER = "shopper"  # anyone's browser on a store's own pages, without cookies of ours: CSRF does not apply
    SIGNED = "signed"  # a program that proves itself in the request: the view checks, CSRF does not apply


RULES: dict[str, Rule] = {}  # blueprint name → its rule


def register(app: Flask, blueprint: Blueprint, rule: Rule) -> None:
    RULES[blueprint.name] = rule
    if rule in (Rule.SIGNED, Rule.SHOPPER):
        csrf.exempt(blueprint)
    app.register_blueprint(blueprint)


def init_access(app: Flask) -> None:
    app.before_request(_apply_rule)


def _apply_rule() -> Response | None:
    """A page without a blueprint is Flask's own (static files, 404): public."""
    match RULES[request.blueprint] if request.blueprint else Rule.PUBLIC:
        case Rule.PUBLIC | Rule.SHOPPER | Rule.SIGNED:
            return None
        case Rule.PERSON:
            return _ask_to_log_in()
        case Rule.MEMBER:
            return _ask_to_log_in() or _choose_store()
        case Rule.OPERATOR:
            return _ask_to_log_in() or _require_operator()


def _ask_to_log_in() -> Response | None:
    if load_user() is not None:
        return None
    if request.method == "GET":
        return redirect(url_for("accounts.log_in", next=request.full_path.rstrip("?")))
    return redirect(url_for("accounts.log_in"))


def _choose_store() -> Response | None:
    assert request.view_args is not None
    with transaction():
        store = stores.find_store_of(g.user.id, request.view_args["store_id"])
        g.stores = stores.list_stores_of(g.user.id)
    if store is None:
        abort(404)
    g.store = store
    return None


def _require_operator() -> Response | None:
    if not g.user.is_operator:
        abort(404)
    return None
