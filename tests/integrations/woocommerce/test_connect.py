"""From what a merchant types to keys: each way it can go wrong has words of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lab.woocommerce.faults import FaultRule
from lab.woocommerce.server import LabServer
from luxebrain.errors import InvalidInput
from luxebrain.integrations.http import Http, Limits
from luxebrain.integrations.woocommerce import connect
from luxebrain.integrations.woocommerce.connect import CallbackKeys, authorize_url, normalise_url, parse_callback, probe
from tests.integrations.hostile_peer import Peer, running_peer

INDEX = "/wp-json/wc/v3"
CALLBACK = {
    "key_id": 3,
    "user_id": "state-1",
    "consumer_key": "ck_" + "a" * 40,
    "consumer_secret": "cs_" + "b" * 40,
    "key_permissions": "read_write",
}


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example/ ", "https://shop.example"),
        ("http://shop.example:80/store/", "http://shop.example/store"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("shop.example/wp-admin/index.php?x=1#top", "https://shop.example"),
        ("shop.example/store/wp-login.php", "https://shop.example/store"),
        ("shop.example/?utm_source=x", "https://shop.example"),
        ("//shop.example", "https://shop.example"),
        ("shop.example.", "https://shop.example"),
        ("käse.example", "https://xn--kse-qla.example"),
        ("127.0.0.1:8080", "https://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_typed_address_is_made_canonical(typed: str, url: str) -> None:
    assert normalise_url(typed) == url
    assert normalise_url(url) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "my shop",
        "ftp://shop.example",
        "javascript:alert(1)",
        "https://user:pw@shop.example",
        "https://",
        "https://shop.example:99999",
        "x" * 400,
        "http://[",
        "a\\b",
        "sh<op>",
        "https://" + "a" * 70 + ".example",
        "...",
    ],
)
def test_what_is_no_address_is_refused_beside_its_field(typed: str) -> None:
    with pytest.raises(InvalidInput) as problem:
        normalise_url(typed)

    assert problem.value.field == "url"


def test_store_is_recognised(lab: LabServer, http: Http) -> None:
    assert probe(lab.url, http) == lab.url


def test_plain_permalinks_are_named_with_the_way_out(lab: LabServer, http: Http) -> None:
    lab.lab.faults.pretty_permalinks = False

    assert "Settings → Permalinks" in _problem(lab.url, http)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (FaultRule(path=INDEX, times=9, status=401, html=True), "password"),
        (FaultRule(path=INDEX, times=9, status=403, html=True), "security plugin"),
        (FaultRule(path=INDEX, times=9, html=True), "no WooCommerce store"),
        (FaultRule(path=INDEX, times=9, status=503), "maintenance"),
        (FaultRule(path=INDEX, times=9, status=500), "internal error"),
        (FaultRule(path=INDEX, times=9, status=429, retry_after="60"), "slow down"),
        (FaultRule(path=INDEX, times=9, drop=True), "does not accept"),
        (FaultRule(path=INDEX, times=9, delay_s=1.5), "did not answer within 1 seconds"),
    ],
)
def test_store_in_trouble_says_which(lab: LabServer, http: Http, fault: FaultRule, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "PROBING", Limits(timeout_s=1, retries=0))
    lab.lab.faults.add(fault)

    assert words in _problem(lab.url, http)


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running_peer() as running:
        yield running


def test_wordpress_without_woocommerce_is_told_to_activate_it(peer: Peer) -> None:
    peer.bodies[INDEX] = json.dumps({"code": "rest_no_route", "message": "No route", "data": {"status": 404}}).encode()

    assert "WooCommerce is not active" in _problem(peer.url(""), Http(peer.allow()))


def test_site_that_is_no_wordpress_is_no_store(peer: Peer) -> None:
    peer.bodies[INDEX] = b'{"hello": "world"}'

    assert "no WooCommerce store" in _problem(peer.url(""), Http(peer.allow()))


def test_redirect_to_another_host_names_it(peer: Peer) -> None:
    peer.redirects[INDEX] = peer.url("/elsewhere", host="localhost")

    assert f"connect http://localhost:{peer.port} instead" in _problem(peer.url(""), Http(peer.allow()))


def test_redirect_on_the_same_host_is_where_the_store_is(peer: Peer) -> None:
    peer.redirects[INDEX] = "/store" + INDEX
    peer.bodies["/store" + INDEX] = b'{"namespace": "wc/v3", "routes": {}}'
    http = Http(peer.allow())

    assert probe(peer.url(""), http) == peer.url("/store")
    http.close()


def test_private_address_is_refused(peer: Peer) -> None:
    assert "private network" in _problem(peer.url(""), Http())


def test_host_that_does_not_exist_is_named() -> None:
    assert "no host named shop.invalid" in _problem("https://shop.invalid", Http())


def test_certificate_for_nobody_is_explained(lab: LabServer) -> None:
    netloc = urlsplit(lab.url).netloc

    assert "certificate" in _problem(f"https://{netloc}", Http(frozenset({netloc})))


def test_consent_page_is_asked_for_everything_it_needs() -> None:
    url = authorize_url(
        "https://shop.example/store", app_name="LuxeBrain", state="s1", return_url="https://us/r?a=1", callback_url="https://us/c"
    )

    assert url.startswith("https://shop.example/store/wc-auth/v1/authorize?")
    assert parse_qs(urlsplit(url).query) == {
        "app_name": ["LuxeBrain"],
        "scope": ["read_write"],
        "user_id": ["s1"],
        "return_url": ["https://us/r?a=1"],
        "callback_url": ["https://us/c"],
    }


def test_callback_gives_the_keys_and_does_not_print_them() -> None:
    keys = parse_callback(json.dumps(CALLBACK).encode())

    assert keys == CallbackKeys(state="state-1", key="ck_" + "a" * 40, secret="cs_" + "b" * 40, permissions="read_write")
    assert "cs_" not in repr(keys)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"user_id": None}, "user_id"),
        ({"user_id": 7}, "user_id"),
        ({"user_id": "a\nb"}, "user_id"),
        ({"consumer_key": "xx"}, "consumer_key"),
        ({"consumer_secret": ["cs_"]}, "consumer_secret"),
        ({"key_permissions": "read"}, "key_permissions"),
        ({"key_permissions": "admin"}, "key_permissions"),
    ],
)
def test_callback_that_lacks_something_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as problem:
        parse_callback(json.dumps({**CALLBACK, **change}).encode())

    assert problem.value.field == field


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 9000, b"x" * 20_000, b"null"])
def test_callback_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_callback(body)


def _problem(url: str, http: Http) -> str:
    with pytest.raises(InvalidInput) as problem:
        probe(url, http)
    http.close()
    assert problem.value.field == "url"
    return str(problem.value)
