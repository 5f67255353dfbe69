"""The loop with a certificate at both ends: the lab's store and our web process on TLS, and a merchant whose browser trusts them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from flask import Flask
from werkzeug.serving import make_server

from demo.client import Client, find_form
from lab.woocommerce.context import Options
from lab.woocommerce.server import LabServer
from luxebrain import config
from tests.live import PASSWORD
from tests.tls import Authority

EMAIL = "merchant@shop.example"
STORE_USER = {"username": "merchant", "password": "merchant"}


@dataclass(frozen=True, slots=True)
class Secure:
    """What a journey over TLS goes through."""

    app: Flask
    lab: LabServer
    web: str
    merchant: Client


@contextmanager
def secure_lab(authority: Authority, *, development: bool = True) -> Iterator[LabServer]:
    options = Options(development=development, delivery_delay_s=0.01, ca_bundle=authority.certificate)
    with LabServer(options, tls=authority.issue("shop")) as running:
        yield running


@contextmanager
def serving(app: Flask, authority: Authority) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=authority.server_context("luxebrain"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@contextmanager
def settings(*, public_url: str, may_call: tuple[str, ...], ca_bundle: Path | None) -> Iterator[None]:
    """Those of a process that runs at `public_url`. `may_call`: private addresses it is allowed to reach."""
    before = config.current()
    allow = frozenset(urlsplit(url).netloc for url in may_call)
    config.use(replace(before, public_url=public_url, ssrf_allow=allow, ca_bundle=str(ca_bundle) if ca_bundle else None, slice_s=60))
    try:
        yield
    finally:
        config.use(before)


@contextmanager
def opened(app: Flask, authority: Authority, folder: Path, *, development: bool = True) -> Iterator[Secure]:
    """Both ends trust the authority; the merchant is logged in. `folder`: for the merchant's card."""
    with (
        secure_lab(authority, development=development) as lab,
        serving(app, authority) as web,
        settings(public_url=web, may_call=(lab.url,), ca_bundle=authority.certificate),
    ):
        merchant = make_client(folder, web=web, store_url=lab.url, trusts=authority.certificate)
        merchant.log_in()
        yield Secure(app, lab, web, merchant)


def make_client(folder: Path, *, web: str, store_url: str, trusts: Path | None = None) -> Client:
    card = {"url": web, "store_url": store_url, "mail_url": "", "email": EMAIL, "password": PASSWORD, "store_id": None, "public_key": None}
    file = folder / "card.json"
    file.write_text(json.dumps(card))
    client = Client(file)
    client.session.verify = str(trusts) if trusts else True
    return client


def type_address(client: Client, address: str) -> requests.Response:
    """What the merchant sees after typing it: the store's own log-in, or a word about what is wrong; whatever its status."""
    page = client.get("/connect")
    form = find_form(page.text, action="/connect")
    return client.session.post(client.address("/connect"), form.values | {"url": address}, headers={"Referer": page.url}, timeout=30)


def approve(client: Client, login_page: requests.Response) -> requests.Response:
    """Where the merchant is after logging in to the store and pressing Approve, whatever its status."""
    consent = client.send(find_form(login_page.text), STORE_USER, base=login_page.url)
    link = re.search(r'href="([^"]*access_granted[^"]*)"', consent.text)
    assert link, consent.text
    return client.session.get(urljoin(consent.url, unescape(link[1])), timeout=30)
