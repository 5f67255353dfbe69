"""`make bench-woocommerce`: a first sync and a push of 1,500 prices, end to end, beside the time that the store itself was busy with them.

The store is a process of its own at a real store's recorded pace (paced_store). Calls that go out several at a time count with the share of
the store's time that so many together would take.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import urlsplit

import requests
from flask import Flask

from bench.paced_store import CUSTOMERS, ORDERS, PRODUCTS
from chaos.house import House
from demo.home import CHECKOUT
from demo.processes import spawn
from luxebrain import jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.edge.connecting import open_store
from luxebrain.integrations.pace import MOST_AT_ONCE
from luxebrain.integrations.platform import Credentials
from luxebrain.models.catalog import Variant
from luxebrain.models.orders import Customer, Order
from luxebrain.models.pricing import OPEN_STATES, Proposal, ProposalState
from luxebrain.models.work import RunState, SyncRun
from luxebrain.services import accounts, connecting, proposals, stores

PRICES = 1_500
READ_TOGETHER = "/products/<int:product_id>/variations"


def main() -> int:
    store = spawn([sys.executable, "-m", "bench.paced_store"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=CHECKOUT)
    assert store.stdout is not None
    opened = json.loads(store.stdout.readline())
    with House(workers=0, SSRF_ALLOW=urlsplit(opened["url"]).netloc) as house:
        store_id = _connect(house.app, Credentials(**opened))
        sync_ratio = _measure(house.app, opened["url"], "sync.pages", store_id, is_parallel=True)
        _check_copy(house.app, store_id)
        _approve_prices(house.app, store_id)
        push_ratio = _measure(house.app, opened["url"], "prices.push", store_id, is_parallel=False)
        _check_prices(house.app, store_id)
    store.kill()
    peak_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps({"name": "woocommerce", "sync_ratio": sync_ratio, "push_ratio": push_ratio, "peak_mb": peak_mb}), flush=True)
    return 0


def _connect(app: Flask, credentials: Credentials) -> int:
    with app.app_context():
        with transaction():
            owner_id = accounts.sign_up("owner@bench.example", "correct horse battery").id
        profile = connecting.prove_keys(credentials)
        return open_store(
            lambda: stores.record_store("woocommerce", credentials.url, profile, owner_id=owner_id, now=utcnow()), credentials
        )


def _measure(app: Flask, url: str, kind: str, store_id: int, *, is_parallel: bool) -> float:
    """Wall time over the store's own busy time, of one kind of work until nothing of it is left."""
    before, began = _busy(url), time.monotonic()
    with app.app_context():
        while _is_open(kind, store_id):
            jobs.run(kind, store_id)
    wall_s = time.monotonic() - began
    busy = {endpoint: seconds - before.get(endpoint, 0.0) for endpoint, seconds in _busy(url).items()}
    busy_s = sum(seconds / (MOST_AT_ONCE if is_parallel and READ_TOGETHER in endpoint else 1) for endpoint, seconds in busy.items())
    print(f"  {kind}: {wall_s:.1f} s, the store busy for {busy_s:.1f} s of it", flush=True)
    for endpoint, seconds in sorted(busy.items(), key=lambda each: -each[1])[:5]:
        print(f"    {seconds:7.1f} s  {endpoint}", flush=True)
    return round(wall_s / busy_s, 2)


def _busy(url: str) -> Mapping[str, float]:
    stats = requests.get(f"{url}/lab/stats", timeout=10).json()
    return {endpoint: each["busy_s"] for endpoint, each in stats.items()}


def _is_open(kind: str, store_id: int) -> bool:
    with transaction(store_id):
        if kind == "sync.pages":
            return session.query(SyncRun).filter_by(state=RunState.RUNNING).first() is not None
        return session.query(Proposal).filter(Proposal.state.in_(OPEN_STATES)).first() is not None


def _check_copy(app: Flask, store_id: int) -> None:
    with app.app_context(), transaction(store_id):
        counted = (session.query(Variant.product_id).distinct().count(), session.query(Customer).count(), session.query(Order).count())
    assert counted == (PRODUCTS, CUSTOMERS + 1, ORDERS), counted  # one customer is in every store of the lab


def _approve_prices(app: Flask, store_id: int) -> None:
    with app.app_context(), transaction(store_id):
        chosen = session.query(Variant).filter(Variant.price.is_not(None)).order_by(Variant.id).limit(PRICES).all()
        made = [
            Proposal(
                product_id=variant.product_id,
                variant_id=variant.id,
                old_price=variant.price,
                new_price=round(Decimal(variant.price or 0) * Decimal("0.97"), 2),
                reason="bench",
                figures={"list_price": str(variant.price)},
            )
            for variant in chosen
        ]
        session.add_all(made)
        session.flush()
        proposals.approve([each.id for each in made], by=1, now=utcnow())


def _check_prices(app: Flask, store_id: int) -> None:
    with app.app_context(), transaction(store_id):
        applied = session.query(Proposal).filter_by(state=ProposalState.APPLIED).count()
    assert applied == PRICES, f"{applied} of {PRICES} prices were written"


if __name__ == "__main__":
    sys.exit(main())
