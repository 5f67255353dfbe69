"""What the recorded store did over time or on many rows: keys, filters, paging, sales, stock, faults, restarts."""

import time
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from woocommerce import API

from lab.woocommerce import catalog, dates
from lab.woocommerce.auth import create_key
from lab.woocommerce.carts import Cart
from lab.woocommerce.context import Options
from lab.woocommerce.server import LabServer
from lab.woocommerce.store import Store
from tests.lab.recorded import HOME, lab_of, make_recorded_store

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
PRODUCTS = "/wp-json/wc/v3/products"


def test_plain_http_takes_only_signed_requests() -> None:
    with LabServer() as server:
        key = server.make_key()
        credentials = (key["consumer_key"], key["consumer_secret"])

        basic = requests.get(server.url + PRODUCTS, auth=credentials, timeout=5)
        signed = API(server.url, *credentials, version="wc/v3").get("products", params={"per_page": 5, "search": "a b&c"})
        forged = API(server.url, credentials[0], "cs_wrong", version="wc/v3").get("products")

    assert (basic.status_code, basic.json()["code"]) == (401, "woocommerce_rest_cannot_view")
    assert (signed.status_code, signed.json()) == (200, [])
    assert (forged.status_code, forged.json()["code"]) == (401, "woocommerce_rest_authentication_error")


def test_revoked_key_reads_like_an_unknown_one() -> None:
    client = make_recorded_store().test_client()
    store = lab_of(client.application).store
    key = create_key(store, description="soon gone")
    store.put("key", key | {"revoked": True})

    answer = client.get(PRODUCTS, base_url=HOME, auth=(key["consumer_key"], key["consumer_secret"]))

    assert (answer.status_code, answer.get_json()["code"]) == (401, "woocommerce_rest_cannot_view")


def test_paging_by_date_loses_rows_of_one_second_and_paging_by_id_does_not() -> None:
    store = Store()
    stamp = store.stamp()
    for number in range(60):
        product = catalog.create_product(store, {"name": f"Mug {number}", "regular_price": "1"})
        store.put("product", product | {"date_created_gmt": stamp})
    client = _client_of(store)

    by_date, by_id = (_all_ids(client, f"?per_page=10{order}") for order in ("", "&orderby=id&order=asc"))

    assert (len(by_date), len(set(by_id))) == (60, 60)
    assert len(set(by_date)) < 60
    assert by_id == sorted(by_id)


@pytest.mark.parametrize(
    ("written", "flag", "found"),
    [
        ("2026-11-22T23:00:00", "&dates_are_gmt=true", True),
        ("2026-11-22T23:00:00Z", "&dates_are_gmt=true", False),
        ("2026-11-22T23:00:00", "", True),
        ("2026-11-23T00:20:00", "", True),
        ("2026-11-22T23:00:00Z", "", True),
        ("2026-11-22T23:00:00%2B00:00", "", True),
        ("2026-11-22T23:31:00Z", "", False),
    ],
)
def test_modified_after_has_the_recorded_oddities(written: str, flag: str, found: bool) -> None:
    store = Store()
    product = catalog.create_product(store, {"name": "Mug"})
    store.put("product", product | {"date_modified_gmt": "2026-11-22T23:30:00"})

    assert bool(_all_ids(_client_of(store), f"?modified_after={written}{flag}")) is found


def test_sale_ends_in_two_steps() -> None:
    store = Store()
    ends = dates.site_time(store.stamp(), store.settings.gmt_offset_hours)
    store.advance(-60)
    product = catalog.create_product(store, {"name": "Mug", "regular_price": "30.00", "sale_price": "21.00", "date_on_sale_to": ends})
    assert (store.is_on_sale(product), product["price"]) == (True, "21.00")

    store.advance(120)
    before_cron = (store.is_on_sale(product), product["price"])
    changed = store.run_daily_cron()

    assert before_cron == (False, "21.00")
    assert changed == [product["id"]]
    assert (product["price"], product["sale_price"], product["date_on_sale_to_gmt"]) == ("30.00", "", None)


def test_variation_price_moves_its_parents_price_and_date() -> None:
    client = make_recorded_store().test_client()
    store = lab_of(client.application).store
    store.advance(60)
    before = store.product(41)["date_modified_gmt"]

    body = {"update": [{"id": 43, "sale_price": "12.00"}]}
    client.post(f"{PRODUCTS}/41/variations/batch", json=body, base_url=HOME, auth=_key(store))

    assert store.product(41)["price"] == "12.00"
    assert store.product(41)["date_modified_gmt"] > before


def test_cancelled_order_gives_its_stock_back_once() -> None:
    client = make_recorded_store().test_client()
    store = lab_of(client.application).store
    before = store.product(24)["stock_quantity"]
    order = store.place_order(Cart("t", {24: 2}), {"email": "a@example.com"})
    assert store.product(24)["stock_quantity"] == before - 2

    for _ in range(2):
        client.put(f"/wp-json/wc/v3/orders/{order['id']}", json={"status": "cancelled"}, base_url=HOME, auth=_key(store))

    assert store.product(24)["stock_quantity"] == before


def test_order_line_of_an_erased_product_keeps_its_name_and_total() -> None:
    client = make_recorded_store().test_client()
    store = lab_of(client.application).store
    client.delete(f"{PRODUCTS}/28?force=true", base_url=HOME, auth=_key(store))

    line = client.get("/wp-json/wc/v3/orders/49", base_url=HOME, auth=_key(store)).get_json()["line_items"][1]

    assert (line["product_id"], line["sku"], line["name"], line["total"]) == (0, None, "Sale Tee", "19.99")


def test_faults_answer_for_as_many_requests_as_asked_and_then_stop() -> None:
    with LabServer() as server:
        rules = ({"status": 503, "times": 2, "retry_after": "1"}, {"html": True}, {"drop": True})
        for rule in rules:
            requests.post(f"{server.url}/lab/faults", json={"path": "/wp-json/wc/v3", **rule}, timeout=5)

        statuses = [requests.get(f"{server.url}/wp-json/wc/v3", timeout=5).status_code for _ in range(2)]
        page = requests.get(f"{server.url}/wp-json/wc/v3", timeout=5)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{server.url}/wp-json/wc/v3", timeout=5)
        after = requests.get(f"{server.url}/wp-json/wc/v3", timeout=5)

    assert statuses == [503, 503]
    assert page.headers["Content-Type"].startswith("text/html")
    assert after.json()["namespace"] == "wc/v3"


def test_plain_permalinks_hide_the_api() -> None:
    client = make_recorded_store().test_client()
    client.post("/lab/faults", json={"pretty_permalinks": False}, base_url=HOME)

    answer = client.get("/wp-json/wc/v3", base_url=HOME)

    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_store_survives_a_restart_and_never_gives_an_id_twice(tmp_path: Path) -> None:
    options = Options(home=tmp_path)
    with LabServer(options) as server:
        gone = catalog.create_product(server.store, {"name": "Gone"})
        kept = catalog.create_product(server.store, {"name": "Kept", "regular_price": "5"})
        last = catalog.create_product(server.store, {"name": "Last"})
        for product in (gone, last):
            catalog.erase(server.store, product)
        key = server.make_key()

    with LabServer(options) as server:
        new = catalog.create_product(server.store, {"name": "New"})

        assert [product["name"] for product in server.store.products()] == ["Kept", "New"]
        assert new["id"] > last["id"] > kept["id"]
        assert server.store.find("key", key["id"]) == key


def test_samples_load_in_three_seconds_and_end_today() -> None:
    started = time.perf_counter()
    store = Store()
    store.load_samples(SAMPLES)
    took = time.perf_counter() - started

    newest = max(order["date_created_gmt"] for order in store.all("order"))
    assert len(store.products()) > 300
    assert newest[:10] >= dates.text(dates.moment(store.stamp()).replace(hour=0))[:8]
    assert took < 10, f"{took:.1f} s; 3 s on an idle machine"


def _client_of(store: Store) -> FlaskClient:
    app = make_recorded_store()
    lab_store = lab_of(app).store
    for product in lab_store.all("product"):
        lab_store.remove("product", product["id"])
    lab_store.put_all("product", store.all("product"))
    return app.test_client()


def _all_ids(client: FlaskClient, query: str) -> list[int]:
    found: list[int] = []
    for page in range(1, 8):
        answer = client.get(f"{PRODUCTS}{query}&page={page}", base_url=HOME, auth=_key(lab_of(client.application).store))
        assert answer.status_code == 200, answer.get_json()
        rows: list[dict[str, Any]] = answer.get_json()
        found += [row["id"] for row in rows]
    return found


def _key(store: Store) -> tuple[str, str]:
    key = create_key(store, description="test")
    return key["consumer_key"], key["consumer_secret"]
