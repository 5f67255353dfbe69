"""Puts a lab store together: its state, its doors, its faults, its deliveries.

`make_lab(options)` is a Flask application; server.py puts it on a socket.
"""

import json
import time

from flask import Flask, Response, g, request

from lab.woocommerce.context import Lab, Options, current_lab
from lab.woocommerce.deliveries import Deliveries
from lab.woocommerce.faults import Faults
from lab.woocommerce.lab_control import control
from lab.woocommerce.outgoing import Outgoing
from lab.woocommerce.plugin import plugin
from lab.woocommerce.rest import register_rest
from lab.woocommerce.store import Store
from lab.woocommerce.store_api import register_store_api
from lab.woocommerce.storefront import make_storefront
from lab.woocommerce.wc_auth import consent

DATABASE = "woocommerce.sqlite"


def make_lab(options: Options) -> Flask:
    """A WooCommerce store as a WSGI application; `app.extensions["lab"]` holds its parts."""
    app = Flask("lab.woocommerce", static_folder=None)
    app.extensions["lab"] = make_parts(options)
    app.before_request(_meet_faults)
    app.after_request(_record)
    app.register_blueprint(control)
    app.register_blueprint(consent)
    app.register_blueprint(plugin)
    register_rest(app)
    register_store_api(app)
    app.register_blueprint(make_storefront(app.extensions["lab"].store))
    return app


def make_parts(options: Options) -> Lab:
    """The store behind the application, filled from the samples when it is empty."""
    store = Store(options.home / DATABASE if options.home else None)
    store.home_url = options.home_url
    if options.data is not None and store.is_empty:
        store.load_samples(options.data)
    faults = Faults()
    outgoing = Outgoing(development=options.development, ca_bundle=options.ca_bundle)
    deliveries = Deliveries(store, outgoing, faults, delay_s=options.delivery_delay_s)
    return Lab(options=options, store=store, faults=faults, deliveries=deliveries, outgoing=outgoing)


def _meet_faults() -> Response | None:
    if request.path.startswith("/lab/"):
        return None
    rule = current_lab().faults.claim(request.path, request.method)
    g.started = time.perf_counter()
    if rule is None:
        return None
    if rule.drop:
        request.environ["werkzeug.socket"].shutdown(2)
        return Response(status=500)
    if rule.html:
        return Response(
            "<!DOCTYPE html><title>One moment, please</title><p>Checking your browser.", status=rule.status or 200, mimetype="text/html"
        )
    if not rule.status:
        return None
    headers = {"Retry-After": rule.retry_after} if rule.retry_after else {}
    body = {"code": "lab_fault", "message": "This answer was asked for.", "data": {"status": rule.status}}
    return Response(json.dumps(body), status=rule.status, headers=headers, mimetype="application/json")


def _record(answer: Response) -> Response:
    if "started" in g:
        rule = request.url_rule.rule if request.url_rule else request.path
        current_lab().faults.record(f"{request.method} {rule}", time.perf_counter() - g.started)
    return answer
