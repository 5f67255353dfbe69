"""A store's refusals become errors that say whether to try again, whom to tell, and what the store said."""

from __future__ import annotations

import pytest

from lab.woocommerce.faults import FaultRule
from lab.woocommerce.server import LabServer
from luxebrain.errors import RateLimited, Rejected, Unauthorized, Unavailable
from luxebrain.integrations.http import Http
from luxebrain.integrations.platform import Credentials
from luxebrain.integrations.woocommerce.client import WooClient
from tests.integrations.hostile_peer import running_peer

PRODUCTS = "/wp-json/wc/v3/products"


def test_secret_is_not_printed_with_its_credentials(credentials: Credentials) -> None:
    assert credentials.secret not in repr(credentials)


def test_unknown_key_is_unauthorized_in_the_stores_words(lab: LabServer, http: Http) -> None:
    stranger = WooClient(Credentials(url=lab.url, key="ck_unknown", secret="cs_unknown"), http)

    with pytest.raises(Unauthorized, match="Sorry, you cannot list resources"):
        stranger.get_page("products", {})


def test_key_that_may_only_read_cannot_write(lab: LabServer, http: Http) -> None:
    key = lab.make_key(permissions="read")
    reader = WooClient(Credentials(url=lab.url, key=key["consumer_key"], secret=key["consumer_secret"]), http)

    with pytest.raises(Unauthorized, match="does not have write permissions"):
        reader.post("products", {"name": "Mug"})

    assert reader.get_page("products", {}).rows == []


def test_missing_row_is_rejected_with_its_code(client: WooClient) -> None:
    with pytest.raises(Rejected) as refusal:
        client.get("products/999999")

    assert (refusal.value.status, refusal.value.code) == (404, "woocommerce_rest_product_invalid_id")


def test_bad_parameter_is_rejected(client: WooClient) -> None:
    with pytest.raises(Rejected) as refusal:
        client.get_page("products", {"per_page": "101"})

    assert refusal.value.status == 400


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (500, Unavailable), (502, Unavailable), (503, Unavailable)])
def test_trouble_of_the_store_may_pass(client: WooClient, lab: LabServer, status: int, error: type[Exception]) -> None:
    lab.lab.faults.add(FaultRule(path=PRODUCTS, times=9, status=status, retry_after="60"))

    with pytest.raises(error):
        client.get_page("products", {})


def test_connection_that_breaks_is_tried_again(client: WooClient, lab: LabServer) -> None:
    lab.lab.faults.add(FaultRule(path=PRODUCTS, times=1, drop=True))

    assert client.get_page("products", {}).rows == []


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (0, Unavailable, "not JSON"),
        (401, Unauthorized, "password"),
        (403, Unavailable, "firewall"),
        (404, Rejected, "permalinks"),
        (500, Unavailable, "500"),
    ],
)
def test_page_in_place_of_data_is_explained(client: WooClient, lab: LabServer, status: int, error: type[Exception], words: str) -> None:
    lab.lab.faults.add(FaultRule(path=PRODUCTS, times=9, status=status, html=True))

    with pytest.raises(error, match=words):
        client.get_page("products", {})


def test_total_is_none_where_a_proxy_takes_the_header_away(credentials: Credentials) -> None:
    with running_peer() as peer:
        http = Http(ssrf_allow=peer.allow())
        peer.bodies["/wp-json/wc/v3/products"] = b"\xef\xbb\xbf[]"

        listing = WooClient(Credentials(url=peer.url(""), key="ck", secret="cs"), http).get_page("products", {})

        assert (listing.rows, listing.total) == ([], None)
        http.close()
