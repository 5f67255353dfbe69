"""The shopper's API of the fake store: carts, checkout, and who may read it from elsewhere."""

import pytest
from flask.testing import FlaskClient

from tests.lab.recorded import HOME, assert_alike, captures, lab_of, make_recorded_store

# Fields that only hold with the recorded store's pictures, stock or later prices.
API = "/wp-json/wc/store/v1"
WITHOUT_CART = ["cart_get", "product_draft", "product_variable", "product_variation", "products_per_page_101", "options_preflight"]
ADDED = ["cart_add_item_nonce_cookies", "cart_add_variation"]
REFUSED = ["cart_add_any_variation_needs_attr", "cart_add_missing_product", "cart_add_oos", "cart_add_variable_parent"]


@pytest.fixture
def browser() -> FlaskClient:
    return make_recorded_store().test_client()


@pytest.mark.parametrize("name", WITHOUT_CART)
def test_answer_without_a_cart_has_the_recorded_shape(browser: FlaskClient, name: str) -> None:
    capture = captures("store_api")[name]

    answer = browser.open(capture["path"], method=capture["method"], headers=capture["headers"], base_url=HOME)

    assert answer.status_code == capture["status"]
    assert answer.headers.get("Access-Control-Allow-Origin") == (capture["answer_headers"].get("Access-Control-Allow-Origin") or [None])[0]
    if capture["json"]:
        assert_alike(capture["json"], answer.get_json(), same_thing=False)
        assert set(capture["json"]) == set(answer.get_json())


@pytest.mark.parametrize("name", ADDED)
def test_cart_after_adding_has_the_recorded_shape(browser: FlaskClient, name: str) -> None:
    capture = captures("store_api")[name]

    answer = browser.post(capture["path"], data=capture["body"], headers=_nonce(browser), base_url=HOME)

    assert answer.status_code == capture["status"]
    shown, recorded = answer.get_json(), capture["json"]
    assert set(shown) == set(recorded)
    assert set(shown["items"][0]) == set(recorded["items"][0])
    assert_alike(recorded, shown, same_thing=False)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_bought_is_refused_in_the_recorded_words(browser: FlaskClient, name: str) -> None:
    capture = captures("store_api")[name]

    answer = browser.post(capture["path"], data=capture["body"], headers=_nonce(browser), base_url=HOME)

    assert answer.status_code == capture["status"]
    assert answer.get_json() == capture["json"]


@pytest.mark.parametrize(("name", "headers"), [("cart_add_item_no_nonce", {}), ("cart_add_item_bad_nonce", {"Nonce": "bad"})])
def test_cart_write_needs_a_nonce(browser: FlaskClient, name: str, headers: dict[str, str]) -> None:
    capture = captures("store_api")[name]

    answer = browser.post(capture["path"], data=capture["body"], headers=headers, base_url=HOME)

    assert (answer.status_code, answer.get_json()) == (capture["status"], capture["json"])


def test_cart_token_needs_neither_nonce_nor_cookie_and_pays(browser: FlaskClient) -> None:
    token = browser.get(f"{API}/cart", base_url=HOME).headers["Cart-Token"]
    elsewhere = browser.application.test_client(use_cookies=False)
    headers = {"Cart-Token": token, "Origin": "https://widget.example"}
    added = elsewhere.post(f"{API}/cart/add-item", json={"id": 24, "quantity": 2}, headers=headers, base_url=HOME)

    capture = captures("store_api")["checkout_post_cod"]
    body = {"billing_address": capture["json"]["billing_address"], "payment_method": "cod", "extensions": {"luxebrain": {"click": "c1"}}}
    answer = elsewhere.post(f"{API}/checkout", json=body, headers=headers, base_url=HOME)

    assert added.headers["Access-Control-Allow-Origin"] == "https://widget.example"
    assert answer.status_code == capture["status"]
    assert_alike(capture["json"], answer.get_json(), same_thing=False)
    store = lab_of(browser.application).store
    order = store.order(answer.get_json()["order_id"])
    assert (store.order_total(order), order["status"]) == ("25.00", "processing")
    assert order["meta_data"][0]["value"] == '{"click":"c1"}'
    assert elsewhere.get(f"{API}/cart", headers=headers, base_url=HOME).get_json()["items_count"] == 0


def test_opening_the_checkout_leaves_a_draft_that_orders_list(browser: FlaskClient) -> None:
    headers = _nonce(browser)
    browser.post(f"{API}/cart/add-item", json={"id": 24, "quantity": 1}, headers=headers, base_url=HOME)

    number = browser.get(f"{API}/checkout", base_url=HOME).get_json()["order_id"]
    paid = browser.post(f"{API}/checkout", json={"billing_address": {"email": "a@example.com"}}, headers=headers, base_url=HOME)

    assert paid.get_json()["order_id"] == number
    assert paid.get_json()["status"] == "processing"


def _nonce(browser: FlaskClient) -> dict[str, str]:
    return {"Nonce": browser.get(f"{API}/cart", base_url=HOME).headers["Nonce"]}
