"""A store and LuxeBrain over real sockets: https with Basic auth, and deliveries as the store signs and sends them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.datastructures import Headers

from lab.woocommerce.context import Options
from lab.woocommerce.server import LabServer
from luxebrain.errors import Unauthorized
from luxebrain.integrations.http import Http
from luxebrain.integrations.platform import Changed, Credentials, Entity, Platform, Stale
from luxebrain.integrations.woocommerce.client import WooClient
from luxebrain.integrations.woocommerce.webhooks import check_signature, dedupe_key, is_ping, read_headers
from tests.integrations.hostile_peer import Hit, Peer, running_peer
from tests.integrations.woocommerce.shop import WooShop

SECRET = 'our <own> & "secret"'


def test_store_on_https_is_opened_with_basic_auth(certificate: Path) -> None:
    with LabServer(tls=(certificate, certificate)) as secure:
        port, key = urlsplit(secure.url).port, secure.make_key()
        http = Http(frozenset({f"localhost:{port}"}), str(certificate))
        ours = Credentials(url=f"https://localhost:{port}", key=key["consumer_key"], secret=key["consumer_secret"])
        wrong = Credentials(url=ours.url, key=ours.key, secret="cs_wrong")

        assert WooClient(ours, http).get_page("products", {}).rows == []
        with pytest.raises(Unauthorized, match="Consumer secret is invalid"):
            WooClient(wrong, http).get_page("products", {})
        http.close()


@pytest.fixture
def lab() -> Iterator[LabServer]:
    with LabServer(Options(development=True, delivery_delay_s=0.01)) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Peer]:
    with running_peer() as running:
        yield running


def test_store_pings_each_new_webhook_and_signs_what_it_delivers(platform: Platform, shop: WooShop, receiver: Peer) -> None:
    platform.subscribe(receiver.url("/hook"), SECRET)
    pings = list(receiver.hits)

    product = shop.make_product()
    (delivery,) = _deliveries(receiver, "product.created")

    assert all(is_ping(hit.headers, hit.body) for hit in pings)
    check_signature(SECRET, delivery.body, read_headers(Headers(delivery.headers).get).signature)
    change = platform.parse_delivery("product.created", json.loads(delivery.body))
    assert isinstance(change, Changed)
    assert change.record.id == product


def test_price_of_a_variation_arrives_and_names_its_product(platform: Platform, shop: WooShop, client: WooClient, receiver: Peer) -> None:
    product, (variation, _) = shop.make_variable_product(["1.00", "2.00"])
    platform.subscribe(receiver.url("/hook"), SECRET)

    client.post(f"products/{product}/variations/{variation}", {"regular_price": "1.50"})
    (delivery, *_) = _deliveries(receiver, "product.updated")

    assert platform.parse_delivery("product.updated", json.loads(delivery.body)) == Stale(Entity.PRODUCTS, product)


def test_prices_pushed_in_one_batch_come_back_as_deliveries_of_their_own(platform: Platform, shop: WooShop, receiver: Peer) -> None:
    ids = shop.make_products(5)
    platform.subscribe(receiver.url("/hook"), SECRET)

    shop.client.post("products/batch", {"update": [{"id": id, "regular_price": "9.00"} for id in ids]})
    deliveries = _deliveries(receiver, "product.updated", count=5)

    assert len({dedupe_key(read_headers(Headers(hit.headers).get), hit.body) for hit in deliveries}) == 5


def _deliveries(receiver: Peer, topic: str, *, count: int = 1) -> list[Hit]:
    """Those of one topic, once at least `count` have come; the store needs a moment."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        found = [hit for hit in receiver.hits if hit.headers.get("x-wc-webhook-topic") == topic]
        if len(found) >= count:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{topic} did not come: {[hit.headers for hit in receiver.hits]}")
