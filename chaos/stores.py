"""Stores of a chaos run, connected as if by consent: their platform is chaos itself, or a store of the lab."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from flask import Flask

from lab.woocommerce.documents import Document
from lab.woocommerce.server import LabServer
from luxebrain.clock import utcnow
from luxebrain.database.session import db
from luxebrain.database.tenancy import transaction
from luxebrain.edge.connecting import open_store
from luxebrain.integrations.platform import Credentials, StoreProfile
from luxebrain.services import accounts, connecting, stores


@dataclass(frozen=True, slots=True)
class Connected:
    store_id: int
    delivery_url: str
    secret: str


def connect_stores(app: Flask, admin_url: str, *, platform_url: str, count: int) -> list[Connected]:
    """Store number n calls its platform at `platform_url`/shop<n>. Nothing is due for them but what chaos sends."""
    with app.app_context():
        with transaction():
            owner_id = accounts.sign_up("owner@chaos.example", "correct horse battery").id
        connected = [_connect(f"{platform_url}/shop{number}", owner_id) for number in range(count)]
        db.engine.dispose()
    with psycopg.connect(admin_url) as connection:  # else the clock would start a first sync and a training
        connection.execute("insert into sync_run (store_id, id, state, finished_at) select id, id, 'done', now() from store")
        # Compared only just: a comparison would put right what the run is to find lost.
        connection.execute(
            "insert into certificate (store_id, id, state, started_at) select id, id, 'done', now() + interval '1 day' from store"
        )
        connection.execute("insert into training_run (store_id, id, state) select id, id, 'done' from store")
    return connected


def _connect(url: str, owner_id: int) -> Connected:
    profile = StoreProfile(name=url.rpartition("/")[2], url=url, currency="EUR", timezone="UTC", prices_include_tax=False)
    with transaction():
        store = stores.record_store("woocommerce", url, profile, owner_id=owner_id, now=utcnow())
    with transaction(store.id):
        stores.open_store(store, Credentials(url=url, key="ck_chaos", secret="cs_chaos"))
        return Connected(store.id, *stores.webhook_address_of(store))


def connect(lab: LabServer, *, owner_id: int, key: Document | None = None) -> int:
    """A lab store, as a merchant connects it; within the app's context."""
    key = key or lab.make_key()
    credentials = Credentials(url=lab.url, key=key["consumer_key"], secret=key["consumer_secret"])
    profile = connecting.prove_keys(credentials)
    return open_store(lambda: stores.record_store("woocommerce", lab.url, profile, owner_id=owner_id, now=utcnow()), credentials)
