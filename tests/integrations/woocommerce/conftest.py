"""A lab store on a real socket, with a key to it and the merchant's side of it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from lab.woocommerce.context import Options
from lab.woocommerce.server import LabServer
from luxebrain.integrations.http import Http
from luxebrain.integrations.platform import Credentials, Platform
from luxebrain.integrations.registry import open_platform
from luxebrain.integrations.woocommerce.client import WooClient
from tests.integrations.woocommerce.shop import WooShop


@pytest.fixture
def lab() -> Iterator[LabServer]:
    with LabServer(Options(development=True, delivery_delay_s=60)) as running:
        yield running


@pytest.fixture
def http(lab: LabServer) -> Iterator[Http]:
    client = Http(ssrf_allow=frozenset({urlsplit(lab.url).netloc}))
    yield client
    client.close()


@pytest.fixture
def credentials(lab: LabServer) -> Credentials:
    key = lab.make_key()
    return Credentials(url=lab.url, key=key["consumer_key"], secret=key["consumer_secret"])


@pytest.fixture
def client(credentials: Credentials, http: Http) -> WooClient:
    return WooClient(credentials, http)


@pytest.fixture
def platform(credentials: Credentials, http: Http) -> Platform:
    return open_platform("woocommerce", credentials, http)


@pytest.fixture
def shop(client: WooClient, lab: LabServer) -> WooShop:
    return WooShop(client, lab)
