"""The fake store answers as the recorded one did: same status, headers, keys, types, and the values that are not that store's own."""

import base64

import pytest
from flask import Flask
from werkzeug.datastructures import Headers

from lab.woocommerce.auth import create_key
from lab.woocommerce.documents import Document
from tests.lab.recorded import assert_alike, captures, lab_of, make_recorded_store, replay

# Each was recorded with a key that could not be used, so it is sent without one.
WITHOUT_KEY = {"auth_none", "auth_bad_key_401", "auth_rest_route_plain_https", "auth_http_basic", "auth_http_querystring"}
WITH_WRONG_SECRET = {"auth_bad_secret_401"}
WITH_READ_ONLY_KEY = {"auth_readonly_key_write", "create_with_read_only_key"}
# Replayed with keys of their own in test_auth.py, or after another request below.
ELSEWHERE = {
    "auth_https_querystring",
    "auth_https_basic_ok",
    "product_trashed_get",
    "order_partially_refunded",
    "order_partially_refunded_refunds",
}
# The fake store answers the parts of the report and of a setting that a client has a use for.
PARTIAL = {"system_status_trimmed", "settings_currency", "settings_prices_include_tax"}
COMPARED_HEADERS = (
    "Content-Type",
    "Allow",
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
    "Cache-Control",
    "X-Robots-Tag",
)

# What had been done to the recorded store before, or had not been made yet.
PRECEDED_BY = {
    "put_clear_sale": ["put_sale_until"],
    "put_no_change": ["put_sale_until"],
    "put_price_comma": ["put_price_more_decimals"],
    "put_readonly_price_field": ["batch_price_update_ok", "batch_numeric_price_item"],
    "batch_numeric_price_item": ["batch_price_update_ok"],
    "batch_one_bad_item": ["batch_price_update_ok"],
}
NOT_YET_THERE = {
    "product_create_html_entities": ("product", 25),
    "product_create_scheduled_sale": ("product", 29),
    "variation_create_any_fabric": ("variation", 45),
    "customer_create_201": ("customer", 2),
}
REST = sorted(set(captures("rest")) - ELSEWHERE - PARTIAL)


@pytest.mark.parametrize("name", REST)
def test_rest_answer_is_the_recorded_one(name: str) -> None:
    capture = captures("rest")[name]
    app = make_recorded_store()
    if name in NOT_YET_THERE:
        lab_of(app).store.remove(*NOT_YET_THERE[name])
    for earlier in PRECEDED_BY.get(name, []):
        replay(app, captures("rest")[earlier])

    answer = replay(app, capture, permissions="read" if name in WITH_READ_ONLY_KEY else "read_write", headers=_headers(app, name))

    assert answer.status_code == capture["status"], answer.get_data(as_text=True)[:500]
    _assert_same_headers(capture, answer.headers)
    assert_alike(capture["json"], answer.get_json())


@pytest.mark.parametrize("name", sorted(captures("webhooks")))
def test_webhook_answer_is_the_recorded_one(name: str) -> None:
    capture = captures("webhooks")[name]
    app = make_recorded_store()

    answer = replay(app, capture, permissions="read" if name in WITH_READ_ONLY_KEY else "read_write")

    assert answer.status_code == capture["status"]
    _assert_same_headers(capture, answer.headers)
    assert_alike(capture["json"], answer.get_json())


@pytest.mark.parametrize("name", sorted(PARTIAL))
def test_settings_have_the_recorded_types_for_what_they_answer(name: str) -> None:
    capture = captures("rest")[name]

    answer = replay(make_recorded_store(), capture)

    assert answer.status_code == capture["status"]
    shown = answer.get_json()
    assert set(shown) <= set(capture["json"])
    assert shown.get("value") == capture["json"].get("value")


def test_trashed_product_is_still_answered_as_recorded() -> None:
    app = make_recorded_store()
    replay(app, captures("rest")["delete_product_trash"])

    answer = replay(app, captures("rest")["product_trashed_get"])

    assert_alike(captures("rest")["product_trashed_get"]["json"], answer.get_json())
    assert answer.get_json()["slug"] == "hidden-catalog-thing__trashed"


def test_partly_refunded_order_keeps_its_total_as_recorded() -> None:
    app = make_recorded_store()
    replay(app, captures("rest")["refund_create_partial_by_line"])

    order = replay(app, captures("rest")["order_partially_refunded"]).get_json()
    refunds = replay(app, captures("rest")["order_partially_refunded_refunds"]).get_json()

    recorded = captures("rest")["order_partially_refunded"]["json"]
    assert (order["total"], order["status"], order["refunds"][0]["total"]) == (recorded["total"], "completed", "-12.50")
    assert set(order) == set(recorded)
    assert_alike(captures("rest")["order_partially_refunded_refunds"]["json"][-1:], refunds)


def _headers(app: Flask, name: str) -> dict[str, str] | None:
    if name in WITHOUT_KEY:
        return {}
    if name in WITH_WRONG_SECRET:
        key = create_key(lab_of(app).store, description="test")
        return {"Authorization": "Basic " + base64.b64encode(f"{key['consumer_key']}:cs_wrong".encode()).decode()}
    return None


def _assert_same_headers(capture: Document, answered: Headers) -> None:
    for name in COMPARED_HEADERS:
        recorded = capture["answer_headers"].get(name)
        if recorded and not (capture["status"] == 401 and name == "Cache-Control"):
            assert answered.get(name) == recorded[0], name
    paged = {name for name in ("X-WP-Total", "X-WP-TotalPages", "Location") if name in capture["answer_headers"]}
    assert paged == {name for name in ("X-WP-Total", "X-WP-TotalPages", "Location") if name in answered}
