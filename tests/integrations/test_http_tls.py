"""TLS: the certificate's name is checked, the name is sent, and CA_BUNDLE adds to what is trusted."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from luxebrain.errors import Refused
from luxebrain.integrations.connections import make_pools
from luxebrain.integrations.http import Cause, Http, Limits, Unreachable
from tests.integrations.hostile_peer import Peer, running_peer

ONCE = Limits(timeout_s=3, retries=0)


@pytest.fixture
def names() -> list[str | None]:
    return []


@pytest.fixture
def peer(certificate: Path, names: list[str | None]) -> Iterator[Peer]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    tls.sni_callback = lambda _socket, name, _context: names.append(name)
    with running_peer(tls) as running:
        yield running


def test_certificate_in_the_bundle_is_trusted_and_its_name_is_sent(peer: Peer, certificate: Path, names: list[str | None]) -> None:
    http = Http(peer.allow(), str(certificate))

    assert http.request("GET", peer.url("/ok", host="localhost"), limits=ONCE).body == b"/ok"

    assert names == ["localhost"]
    http.close()


def test_certificate_for_another_name_is_not_trusted(peer: Peer, certificate: Path) -> None:
    with pytest.raises(Unreachable) as failure:
        Http(peer.allow(), str(certificate)).request("GET", peer.url("/ok"), limits=ONCE)

    assert failure.value.cause is Cause.TLS


def test_unknown_certificate_is_not_trusted(peer: Peer) -> None:
    with pytest.raises(Unreachable) as failure:
        Http(peer.allow()).request("GET", peer.url("/ok", host="localhost"), limits=ONCE)

    assert failure.value.cause is Cause.TLS


def test_bundle_adds_to_the_certificates_that_are_trusted_anyway(certificate: Path) -> None:
    without, with_bundle = (make_pools(frozenset(), bundle).connection_pool_kw["ssl_context"] for bundle in (None, str(certificate)))

    assert with_bundle.cert_store_stats()["x509_ca"] == without.cert_store_stats()["x509_ca"] + 1


def test_redirect_from_https_to_http_is_refused(peer: Peer, certificate: Path) -> None:
    with pytest.raises(Refused, match="https to http"):
        Http(peer.allow(), str(certificate)).request("GET", peer.url("/to?http://localhost:1/", host="localhost"), limits=ONCE)
