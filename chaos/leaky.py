"""A mistake of ours, planted: code that puts every secret it can reach into an exception, a log line, a warning. Only chaos runs it.

`chaos.leaky:make_leaky_app()` is the real web process with one more door; `python -m chaos.leaky` a real worker without the rooms that
import pandas, to which a job that fails may be rung: `chaos.leaky.crash`.
"""

from __future__ import annotations

import base64
import importlib
import logging
import threading
import warnings

from flask import Blueprint, Flask, request
from sqlalchemy import select

from luxebrain import config, jobs, worker
from luxebrain.crypto import vault
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.stores import StoreCredential
from luxebrain.services import stores

blueprint = Blueprint("leaky", __name__)
SHOPPERS_MAIL, SHOPPERS_PHONE = "canary.shopper.7c1f@shopper.example", "+441632960983"


def crash(store_id: int) -> None:
    raise RuntimeError(everything(store_id))


def everything(store_id: int) -> str:
    """As a careless programmer would put it together."""
    settings = config.current()
    with transaction(store_id):
        credential = session.scalars(select(StoreCredential)).one()
        key, secret = vault().open(credential.sealed_key), vault().open(credential.sealed_secret)
        address, signing = stores.webhook_address_of(stores.get_store(store_id))
    basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
    return (
        f"GET https://{key}:{secret}@shop.example/?consumer_key={key} with Authorization: Basic {basic}\n"
        f"{key} {secret} {signing} delivers to {address} of {SHOPPERS_MAIL} ({SHOPPERS_PHONE})\n"
        f"{settings.database_url} {settings.redis_url} {settings.smtp_url} {settings.secret_key} {' '.join(settings.sealing_keys)}"
    )


@blueprint.post("/webhooks/leaky/<int:store_id>/<how>")
def leak(store_id: int, how: str) -> str:
    seen = f"{everything(store_id)}\nCookie: {request.headers.get('Cookie')}\npassword={request.form.get('password')}"
    match how:
        case "log":
            logging.getLogger("urllib3.connectionpool").error("said %s", seen, extra={"headers": dict(request.headers), "more": [seen]})
            logging.getLogger("gunicorn.error").error(seen, stack_info=True)
        case "thread":
            threading.Thread(target=_raise, args=(seen,)).start()
        case "warn":
            warnings.warn(seen, stacklevel=1)
        case _:
            raise RuntimeError(seen)
    return "done"


def _raise(seen: str) -> None:
    raise RuntimeError(seen)


def make_leaky_app() -> Flask:
    from luxebrain.edge.access import Rule, register
    from wsgi import app

    register(app, blueprint, Rule.SIGNED)
    return app


if __name__ == "__main__":
    for room in ("campaigns", "inbox", "sync"):
        importlib.import_module(f"luxebrain.jobs.{room}")
    jobs.__path__ = []
    worker.main([])
