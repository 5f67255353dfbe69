"""Fixtures for the webhook doors: a store that is connected to a lab store over HTTP, and what it signs its deliveries with."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.processes import free_port
from luxebrain import crypto
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.work import Delivery
from luxebrain.services import stores
from tests.journeys.programs import program, wait_until
from tests.live import Connected, connected, lab, merchant_id, web
from tests.servers import Addresses

__all__ = ["connected", "lab", "merchant_id", "web"]


@pytest.fixture
def address(connected: Connected) -> tuple[str, str]:
    """(url, secret)."""
    with connected.app.app_context(), transaction():
        return stores.webhook_address_of(stores.get_store(connected.store_id))


@pytest.fixture(scope="module")
def gunicorn(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a web process as it is deployed: what it makes of a broken body is not what werkzeug's server does."""
    import requests

    def answers() -> bool:
        try:
            return requests.get(f"{url}/healthz", timeout=2).ok
        except requests.ConnectionError:
            return False

    home, port = tmp_path_factory.mktemp("gunicorn"), free_port()
    url = f"http://127.0.0.1:{port}"
    command = ("python", "-m", "gunicorn", "-c", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}", "--no-control-socket", "wsgi:app")
    with program(Path(home), *command, WEB_CONCURRENCY="1"):
        wait_until(answers, Path(home), timeout_s=180)
        yield url


def signed(secret: str, body: bytes, **changes: str) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": "https://shop.example/",
        "X-WC-Webhook-Topic": "product.updated",
        "X-WC-Webhook-ID": "1",
        "X-WC-Webhook-Delivery-ID": "abc",
        "X-WC-Webhook-Signature": base64.b64encode(crypto.sign(secret, body)).decode(),
    }
    return headers | changes


def stored(connected: Connected) -> int:
    with connected.app.app_context(), transaction(connected.store_id):
        return session.query(Delivery).count()
