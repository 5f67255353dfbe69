"""A merchant, a lab store and our web process on real sockets: what tests of the way between them start from.

Ask for `lab`, `web` and `connected` in a conftest by `from tests.live import *` - fixtures are found by name.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.serving import make_server

from lab.woocommerce.auth import create_key
from lab.woocommerce.context import Options
from lab.woocommerce.documents import Document
from lab.woocommerce.server import LabServer
from luxebrain import config, jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.edge.connecting import open_store
from luxebrain.integrations.platform import Credentials, StoreProfile
from luxebrain.models.outbox import Effect
from luxebrain.models.work import Delivery, Departure, RunState, SyncRun
from luxebrain.services import accounts, connecting, leaving, stores

__all__ = ["connected", "lab", "merchant_id", "web"]
PASSWORD = "correct horse battery"


@pytest.fixture
def lab() -> Iterator[LabServer]:
    with LabServer(Options(development=True, delivery_delay_s=0.01)) as running:
        yield running


@pytest.fixture
def web(app: Flask, lab: LabServer) -> Iterator[str]:
    """Our address. The lab's is one that we may call."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    before = config.current()
    url = f"http://127.0.0.1:{server.server_port}"
    config.use(replace(before, public_url=url, ssrf_allow=frozenset({urlsplit(lab.url).netloc}), slice_s=60))
    try:
        yield url
    finally:
        config.use(before)
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@pytest.fixture
def merchant_id(app: Flask) -> int:
    with app.app_context(), transaction():
        return accounts.sign_up("merchant@shop.example", PASSWORD).id


@dataclass(frozen=True, slots=True)
class Connected:
    """A store that is connected to the lab but not read yet."""

    store_id: int
    app: Flask
    lab: LabServer

    def sync(self) -> SyncRun:
        with self.app.app_context():
            jobs.run("sync.pages", self.store_id)
            with transaction(self.store_id):
                return session.query(SyncRun).order_by(SyncRun.started_at.desc()).limit(1).one()

    def leave(self, *, restores_prices: bool = True) -> Departure:
        """To the end, without waiting for the time of the next try."""
        with self.app.app_context():
            with transaction(self.store_id):
                leaving.start_leaving(restores_prices=restores_prices, by=7, now=utcnow())
            while True:
                jobs.run("prices.push", self.store_id)
                jobs.run(leaving.KIND, self.store_id)
                with transaction(self.store_id):
                    departure = session.query(Departure).order_by(Departure.started_at.desc(), Departure.id.desc()).limit(1).one()
                    if departure.state != RunState.RUNNING:
                        return departure
                    session.query(Departure).update({"retry_at": utcnow()})
                    session.query(Effect).filter(Effect.retry_at.is_not(None)).update({"retry_at": utcnow()})

    def apply_deliveries(self) -> list[Delivery]:
        """Waits for what the lab still has to send, applies it, and returns all that ever came."""
        assert self.lab.lab.deliveries.wait_until_idle()
        with self.app.app_context():
            jobs.run("inbox.apply", self.store_id)
            with transaction(self.store_id):
                return session.query(Delivery).order_by(Delivery.id).all()


@pytest.fixture
def connected(app: Flask, lab: LabServer, web: str, merchant_id: int) -> Connected:
    with app.app_context():
        return Connected(connect(lab, owner_id=merchant_id), app, lab)


def connect(lab: LabServer, *, owner_id: int) -> int:
    key = create_key(lab.store, description="test")
    credentials = Credentials(url=lab.url, key=key["consumer_key"], secret=key["consumer_secret"])
    profile = connecting.prove_keys(credentials)
    return open_store(lambda: stores.record_store("woocommerce", lab.url, profile, owner_id=owner_id, now=utcnow()), credentials)


def make_other_store(*, owner_id: int) -> int:
    """A store of the same merchant that nothing is done to: what is planted there must stay as it is."""
    profile = StoreProfile(name="Noise", url="https://noise.example", currency="GBP", timezone="UTC", prices_include_tax=False)
    with transaction():
        return stores.record_store("woocommerce", profile.url, profile, owner_id=owner_id, now=utcnow()).id


def make_product(lab: LabServer, name: str = "Mug", price: str = "10.00", **more: object) -> Document:
    from lab.woocommerce import catalog

    with lab.store.lock:
        return catalog.create_product(lab.store, {"name": name, "type": "simple", "regular_price": price, **more})


def make_order(lab: LabServer, product: Document, quantity: int = 1, *, email: str = "ada@example.com", **more: object) -> Document:
    from lab.woocommerce import orders

    line = {"product_id": product["id"], "quantity": quantity}
    billing = {"email": email, "first_name": "Ada", "last_name": "Lovelace"}
    with lab.store.lock:
        return orders.create_order(lab.store, {"status": "processing", "line_items": [line], "billing": billing, **more})
