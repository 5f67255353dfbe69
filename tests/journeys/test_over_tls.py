"""The loop over TLS, where the platform lifts none of its rules about callbacks; and what merchant and platform are refused."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask, redirect

from demo.shopper import buy, find_simple_product
from lab.woocommerce import catalog
from lab.woocommerce.documents import Document
from lab.woocommerce.faults import FaultRule
from lab.woocommerce.server import LabServer
from luxebrain.integrations.http import Limits
from luxebrain.integrations.woocommerce import connect as connecting
from luxebrain.models.pricing import ProposalState
from luxebrain.models.work import RunState
from tests.journeys.secure import Secure, approve, make_client, opened, secure_lab, serving, settings, type_address
from tests.live import Connected, connect, make_product
from tests.services.priced import COST, found, in_lab, make_approved, push
from tests.tls import Authority, make_authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def secure(app: Flask, authority: Authority, merchant_id: int, tmp_path: Path) -> Iterator[Secure]:
    with opened(app, authority, tmp_path) as places:
        yield places


@pytest.fixture
def strict(app: Flask, authority: Authority, merchant_id: int, tmp_path: Path) -> Iterator[Secure]:
    """The store keeps the platform's rules: no private addresses, no http callbacks."""
    with opened(app, authority, tmp_path, development=False) as places:
        yield places


def connect_through_consent(secure: Secure) -> Connected:
    back = approve(secure.merchant, type_address(secure.merchant, secure.lab.url))
    landed = re.search(r"/stores/(\d+)/sync$", back.url)
    assert landed, back.text
    return Connected(int(landed[1]), secure.app, secure.lab)


def test_a_merchant_connects_reads_sells_and_changes_a_price(secure: Secure) -> None:
    mug = make_product(secure.lab, "Mug", "10.00", meta_data=COST, manage_stock=True, stock_quantity=30)

    store = connect_through_consent(secure)
    run = store.sync()
    number = buy(secure.merchant, find_simple_product(secure.merchant))
    deliveries = store.apply_deliveries()
    proposal_id = make_approved(store, mug)
    push(store)

    webhooks = secure.lab.store.all("webhook")
    assert run.state == RunState.DONE
    assert webhooks
    assert all(webhook["delivery_url"].startswith(f"{secure.web}/webhooks/woocommerce/") for webhook in webhooks)
    assert {"order.created"} <= {delivery.topic for delivery in deliveries}
    assert f"#{number}" in secure.merchant.get(f"/stores/{store.store_id}/orders").text
    assert found(store, proposal_id).state == ProposalState.APPLIED
    assert in_lab(store, mug)[0] == "9.50"


def test_keys_travel_in_a_header_and_never_in_an_address(secure: Secure) -> None:
    """Over TLS a store is asked with Basic authentication; only plain http needs signed addresses."""
    seen = watch_requests(secure.lab)

    connect_through_consent(secure).sync()

    with_keys = [authorization for authorization, _ in seen if authorization]
    assert with_keys
    assert all(authorization.startswith("Basic ") for authorization in with_keys)
    assert not [query for _, query in seen if "consumer_" in query or "oauth_" in query]


def watch_requests(lab: LabServer) -> list[tuple[str, str]]:
    """(Authorization, query) of every call of the store's API from now on."""
    seen: list[tuple[str, str]] = []
    serve = lab.app.wsgi_app

    def watch(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"].startswith("/wp-json/"):
            seen.append((environ.get("HTTP_AUTHORIZATION", ""), environ["QUERY_STRING"]))
        return serve(environ, start_response)

    lab.app.wsgi_app = watch  # type: ignore[method-assign]
    return seen


def test_log_in_is_kept_in_a_cookie_that_never_travels_in_the_clear(secure: Secure) -> None:
    cookies = {cookie.name: cookie for cookie in secure.merchant.session.cookies}

    assert cookies["__Host-luxebrain-login"].secure
    assert secure.merchant.get("/connect").headers["Strict-Transport-Security"]


def test_store_refuses_an_http_callback_in_its_own_words(web: str, merchant_id: int, tmp_path: Path) -> None:
    with LabServer() as store, settings(public_url=web, may_call=(store.url,), ca_bundle=None):
        merchant = make_client(tmp_path, web=web, store_url=store.url)
        merchant.log_in()
        page = type_address(merchant, store.url)

        assert page.url.startswith(store.url)
        assert page.status_code == 401
        assert "The callback_url needs to be over SSL" in page.text
        assert store.store.all("key") == []


def test_store_sends_no_keys_to_a_private_address(strict: Secure) -> None:
    denied = approve(strict.merchant, type_address(strict.merchant, strict.lab.url))

    assert denied.status_code == 401
    assert "A valid URL was not provided" in denied.text
    assert strict.lab.store.all("key") == []


def test_store_takes_webhooks_for_a_private_address_and_delivers_none(strict: Secure, merchant_id: int) -> None:
    mug = make_product(strict.lab)
    with strict.app.app_context():
        store = Connected(connect(strict.lab, owner_id=merchant_id), strict.app, strict.lab)

    run = store.sync()
    edit(strict.lab, mug, name="Larger mug")
    deliveries = store.apply_deliveries()

    assert run.state == RunState.DONE
    assert {webhook["status"] for webhook in strict.lab.store.all("webhook")} == {"active"}
    assert [made.status for made in strict.lab.lab.deliveries.made] == [0]
    assert deliveries == []


def edit(lab: LabServer, product: Document, **fields: str) -> None:
    with lab.store.lock:
        catalog.update_product(lab.store, lab.store.product(product["id"]), fields)


def test_visitor_who_says_nothing_does_not_hold_up_the_store(authority: Authority) -> None:
    """Browsers open connections before they need them."""
    with secure_lab(authority) as lab:
        port = urlsplit(lab.url).port
        with socket.create_connection(("127.0.0.1", int(port or 0))):
            answer = requests.get(f"{lab.url}/lab/health", verify=str(authority.certificate), timeout=5)

    assert answer.status_code == 200


def test_certificate_that_nobody_vouches_for_is_named(secure: Secure) -> None:
    with settings(public_url=secure.web, may_call=(secure.lab.url,), ca_bundle=None):
        page = type_address(secure.merchant, secure.lab.url)

    assert page.status_code == 422
    assert "certificate" in page.text
    assert secure.lab.url in page.text


def test_redirect_to_another_host_names_the_host_to_connect_instead(secure: Secure, authority: Authority) -> None:
    with serving(redirecting_to(secure.lab.url), authority) as own:
        moved = own.replace("127.0.0.1", "localhost")
        with settings(public_url=secure.web, may_call=(secure.lab.url, moved), ca_bundle=authority.certificate):
            page = type_address(secure.merchant, moved)

    assert page.status_code == 422
    assert f"connect {secure.lab.url} instead" in unescape(page.text)


def redirecting_to(url: str) -> Flask:
    moved = Flask("moved")
    moved.add_url_rule("/<path:path>", view_func=lambda path: redirect(f"{url}/{path}"), endpoint="all")
    return moved


def test_slow_store_is_said_to_be_slow(secure: Secure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "PROBING", Limits(timeout_s=1, retries=0))
    secure.lab.lab.faults.add(FaultRule(path="/wp-json/wc/v3", delay_s=1.5))

    page = type_address(secure.merchant, secure.lab.url)

    assert page.status_code == 422
    assert "did not answer within 1 seconds" in page.text


def test_site_behind_a_password_says_what_to_let_through(secure: Secure) -> None:
    secure.lab.lab.faults.add(FaultRule(path="/wp-json/wc/v3", status=401, html=True, times=5))

    page = type_address(secure.merchant, secure.lab.url)

    assert page.status_code == 422
    assert "asks for a password" in page.text
    assert "/wp-json/" in page.text
