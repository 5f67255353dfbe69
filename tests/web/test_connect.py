"""A merchant's way to a connected store, and every way it can fail, said in words."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

import pytest
import requests

from demo.client import find_form
from lab.woocommerce.faults import FaultRule
from lab.woocommerce.server import LabServer
from luxebrain.crypto import vault
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.catalog import Product
from luxebrain.models.orders import Order
from luxebrain.models.stores import Store, StoreCredential
from luxebrain.services import syncs
from tests.live import Connected, make_order, make_product


def _type_address(browser: requests.Session, web: str, address: str) -> requests.Response:
    form = find_form(browser.get(f"{web}/connect", timeout=10).text, action="/connect")
    return browser.post(f"{web}/connect", form.values | {"url": address}, timeout=30)


def _approve(browser: requests.Session, login_page: requests.Response) -> requests.Response:
    form = find_form(login_page.text)
    credentials = {"username": "merchant", "password": "merchant"}
    consent = browser.post(urljoin(login_page.url, form.action), form.values | credentials, timeout=10)
    link = re.search(r'href="([^"]*access_granted[^"]*)"', consent.text)
    assert link
    return browser.get(urljoin(consent.url, unescape(link[1])), timeout=20)


def _kept_key(connected: Connected) -> str:
    with connected.app.app_context(), transaction(connected.store_id):
        return vault().open(session.query(StoreCredential).one().sealed_key)


def test_consent_on_the_store_connects_it_and_starts_reading(browser: requests.Session, web: str, lab: LabServer, app: object) -> None:
    back = _approve(browser, _type_address(browser, web, lab.url))

    assert back.status_code == 200
    assert re.search(r"/stores/\d+/sync$", back.url)
    assert "Products" in back.text


def test_refused_consent_says_what_to_do_next(browser: requests.Session, web: str, lab: LabServer) -> None:
    login_page = _type_address(browser, web, lab.url)
    consent = browser.post(
        urljoin(login_page.url, find_form(login_page.text).action),
        find_form(login_page.text).values | {"username": "merchant", "password": "merchant"},
        timeout=10,
    )
    deny = re.search(r'href="([^"]*success=0[^"]*)"', consent.text)
    assert deny

    back = browser.get(unescape(deny[1]), timeout=10)

    assert back.status_code == 409
    assert "again" in back.text


def test_success_in_the_address_alone_proves_nothing(browser: requests.Session, web: str) -> None:
    back = browser.get(f"{web}/connect/return?success=1&user_id=made-up", timeout=10)

    assert back.status_code == 409


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "Type the address"),
        ("not an address", "address"),
        ("ftp://shop.example", "https://"),
        ("http://169.254.169.254/", "address"),
        ("http://127.0.0.1:1", "address"),
        ("https://no-such-shop.invalid", "no-such-shop.invalid"),
    ],
)
def test_address_that_cannot_be_a_store_is_explained_beside_the_field(
    browser: requests.Session, web: str, address: str, words: str
) -> None:
    answer = _type_address(browser, web, address)

    assert answer.status_code == 422
    assert words in unescape(answer.text)
    assert address in unescape(answer.text)


def test_plain_permalinks_are_explained(browser: requests.Session, web: str, lab: LabServer) -> None:
    lab.lab.faults.pretty_permalinks = False

    answer = _type_address(browser, web, lab.url)

    assert answer.status_code == 422
    assert "ermalink" in answer.text


def test_something_that_is_no_woocommerce_is_explained(browser: requests.Session, web: str, lab: LabServer) -> None:
    lab.lab.faults.add(FaultRule(path="/wp-json/wc/v3", status=200, html=True, times=20))

    answer = _type_address(browser, web, lab.url)

    assert answer.status_code == 422
    assert "WooCommerce" in answer.text


def test_keys_can_be_pasted_by_hand(browser: requests.Session, web: str, lab: LabServer) -> None:
    key = lab.make_key()
    form = find_form(browser.get(f"{web}/connect", timeout=10).text, action="/connect/keys")

    fields = {"url": lab.url, "key": key["consumer_key"], "secret": key["consumer_secret"]}
    answer = browser.post(f"{web}/connect/keys", form.values | fields, timeout=20)

    assert re.search(r"/stores/\d+/sync$", answer.url)


def test_connecting_again_keeps_the_store_and_its_data(browser: requests.Session, web: str, connected: Connected) -> None:
    """After the merchant deleted our key in the store, too: what is asked for meanwhile waits, nothing of the copy is lost."""
    make_order(connected.lab, make_product(connected.lab, "Mug"))
    connected.sync()
    for key in connected.lab.store.all("key"):
        connected.lab.store.remove("key", key["id"])
    with connected.app.app_context(), transaction(connected.store_id):
        syncs.start_sync()
    connected.sync()
    with connected.app.app_context(), transaction():
        assert session.get_one(Store, connected.store_id).paused_reason

    back = _approve(browser, _type_address(browser, web, connected.lab.url))

    assert back.url.endswith(f"/stores/{connected.store_id}/sync")
    with connected.app.app_context():
        with transaction():
            assert session.query(Store).count() == 1
            assert not session.get_one(Store, connected.store_id).paused_reason
        with transaction(connected.store_id):
            assert (session.query(Product).count(), session.query(Order).count()) == (1, 1)
    assert connected.sync().state == "done"


def test_second_approval_takes_the_place_of_the_first_and_of_its_webhooks(
    browser: requests.Session, web: str, connected: Connected
) -> None:
    connected.sync()
    first = {webhook["id"]: webhook["topic"] for webhook in connected.lab.store.all("webhook")}
    key_before = _kept_key(connected)

    _approve(browser, _type_address(browser, web, connected.lab.url))
    connected.sync()

    second = {webhook["id"]: webhook["topic"] for webhook in connected.lab.store.all("webhook")}
    assert not first.keys() & second.keys()
    assert sorted(second.values()) == sorted(first.values())
    assert _kept_key(connected) != key_before
    product = make_product(connected.lab, "Bowl")
    connected.apply_deliveries()
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Product).filter_by(id=product["id"]).one().title == "Bowl"
