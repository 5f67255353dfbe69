"""REST v3 below /wp-json/wc/v3: who may in, what every answer carries, how errors look. The resources are in rest_*.py.

Keys do not work through /?rest_route= (recorded), so a store with plain permalinks cannot be read.
"""

import json
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request

from lab.woocommerce import auth
from lab.woocommerce.context import current_lab, current_store
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError, no_route
from lab.woocommerce.rendering import NO_CACHE, REST_HEADERS, json_answer
from lab.woocommerce.rest_admin import admin
from lab.woocommerce.rest_catalog import catalog_routes
from lab.woocommerce.rest_people import people
from lab.woocommerce.rest_sales import sales

PREFIX = "/wp-json/wc/v3"
METHOD_ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")

fallback = Blueprint("rest_fallback", __name__)


def register_rest(app: Flask) -> None:
    """Mount REST v3 on the app."""
    for blueprint in (catalog_routes, sales, people, admin):
        app.register_blueprint(blueprint, url_prefix=PREFIX)
    app.register_blueprint(fallback)
    app.register_error_handler(RestError, lambda error: json_answer(error.body, error.status))
    app.before_request(_check_key)
    app.after_request(_add_rest_headers)


@fallback.route("/wp-json/", methods=METHOD_ORDER)
def namespaces() -> Response:
    """What the site offers; the cheapest way to see that it is WordPress."""
    store = current_store()
    shown: Document = {"name": store.settings.name, "description": "", "url": store.home_url, "home": store.home_url}
    shown |= {"gmt_offset": str(store.settings.gmt_offset_hours), "timezone_string": "", "namespaces": ["wc/store/v1", "wc/v3", "wp/v2"]}
    return json_answer(shown)


@fallback.route("/wp-json/<path:rest>", methods=METHOD_ORDER)
def unknown_route(rest: str) -> Response:  # noqa: ARG001
    raise no_route()


def _check_key() -> Response | None:
    if "rest_route" in request.args:
        return _plain_permalink_answer(request.args["rest_route"])
    if not request.path.startswith("/wp-json/"):
        return None
    if not current_lab().faults.pretty_permalinks:
        return Response("<!DOCTYPE html><html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>", status=404)
    is_open = request.endpoint in ("rest_admin.index", "rest_fallback.unknown_route") or request.method == "OPTIONS"
    if request.path.startswith(f"{PREFIX}/") and not is_open:
        auth.authenticate(current_store(), request)
        _check_body()
    return None


def _plain_permalink_answer(route: str) -> Response:
    if route.rstrip("/") == "/wc/v3":
        return json_answer({"namespace": "wc/v3", "routes": {}})
    error = auth.cannot(request) if route.startswith("/wc/v3/") else no_route()
    return json_answer(error.body, error.status)


def _check_body() -> None:
    if not request.data:
        return
    try:
        json.loads(request.data)
    except ValueError as error:
        more = {"json_error_code": 4, "json_error_message": "Syntax error"}
        raise RestError(400, "rest_invalid_json", "Invalid JSON body passed.", more=more) from error


def _add_rest_headers(answer: Response) -> Response:
    is_rest = request.path.startswith("/wp-json") or "rest_route" in request.args
    if not is_rest or answer.mimetype != "application/json":
        return answer
    answer.headers.add("Link", f'<{current_store().home_url}/wp-json/>; rel="https://api.w.org/"')
    for name, value in REST_HEADERS.items():
        answer.headers.setdefault(name, value)
    if answer.status_code == 401:
        answer.headers.setdefault("Vary", "Origin")
        return answer
    is_route = request.endpoint not in ("rest_fallback.unknown_route", "rest_catalog.unknown_below_products")
    for name, value in (NO_CACHE | ({"Allow": _allowed()} if is_route else {})).items():
        answer.headers.setdefault(name, value)
    if "Origin" in request.headers and request.path.startswith(PREFIX):
        answer.headers.update(_cross_origin(request.headers["Origin"]))
    return answer


def _allowed() -> str:
    rule = request.url_rule.rule if request.url_rule else ""
    methods: set[str] = set()
    for other in current_app.url_map.iter_rules():
        if other.rule == rule:
            methods |= other.methods or set()
    return ", ".join(method for method in METHOD_ORDER if method in methods)


def _cross_origin(origin: str) -> Document:
    methods = "OPTIONS, GET, POST, PUT, PATCH, DELETE"
    found: dict[str, Any] = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": methods}
    return found | {"Access-Control-Allow-Credentials": "true", "Vary": "Origin"}
