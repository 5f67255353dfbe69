"""The widget API, as a storefront sees it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from luxebrain.database.tenancy import transaction
from luxebrain.engines.serving import Placement
from luxebrain.services.recommendations import save_placements
from luxebrain.services.snapshots import PlacementRule
from tests.widgets.made import NEVER_SOLD, Made, apply_products, make_store, product

FIELDS = {"product_id", "variant_id", "title", "url", "image", "price", "compare_at_price", "currency"}


def ask(
    client: FlaskClient, key: str, placement: str = "similar", *, headers: dict[str, str] | None = None, **args: object
) -> TestResponse:
    return client.get("/widgets/v1/recommendations", query_string={"store": key, "placement": placement, **args}, headers=headers)


def answered(response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.get_json()
    return body


def ids(response: TestResponse) -> list[int]:
    return [item["product_id"] for item in answered(response)["items"]]


def test_bought_together_shows_what_is_bought_together(client: FlaskClient, shop: Made) -> None:
    answer = answered(ask(client, shop.key, "bought_together", product=11, k=4))

    assert answer["items"][0]["product_id"] == 12
    assert answer["strategy"] == "collaborative"
    assert answer["placement"] == "bought_together"


def test_the_cart_is_completed_and_what_is_in_it_not_shown(client: FlaskClient, shop: Made) -> None:
    shown = ids(ask(client, shop.key, "cart", cart="11,21", k=4))

    assert set(shown[:2]) == {12, 22}
    assert not {11, 21} & set(shown)


def test_an_item_has_the_fields_of_the_contract_and_prices_as_text(app: Flask, client: FlaskClient, shop: Made) -> None:
    with app.app_context():
        apply_products(shop, product(12, "Mug & <b>saucer</b>", price="8.5", compare_at_price="10"))

    item = answered(ask(client, shop.key, "bought_together", product=11))["items"][0]

    assert set(item) == FIELDS
    assert (item["price"], item["compare_at_price"], item["currency"]) == ("8.50", "10.00", "GBP")
    assert (item["variant_id"], item["title"]) == (12, "Mug & <b>saucer</b>")


def test_a_product_without_orders_falls_back_to_products_like_it(client: FlaskClient, shop: Made) -> None:
    answer = answered(ask(client, shop.key, "similar", product=NEVER_SOLD, k=4))

    assert {item["product_id"] for item in answer["items"][:2]} == {11, 12}
    assert answer["strategy"] == "content"


def test_what_was_not_bought_together_is_not_called_so(client: FlaskClient, shop: Made) -> None:
    answer = answered(ask(client, shop.key, "bought_together", product=NEVER_SOLD, k=4))

    assert answer["items"]
    assert answer["title"] == "You may also like"


def test_a_store_that_was_never_trained_shows_its_catalogue(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        made = make_store("young")
        apply_products(made, product(1), product(2), product(3))

    answer = answered(ask(client, made.key, "similar", product=1))

    assert [item["product_id"] for item in answer["items"]] == [3, 2]
    assert answer["strategy"] == "cold"


@pytest.mark.parametrize("placement", ["similar", "bought_together", "cart"])
def test_a_store_never_shows_another_stores_products(client: FlaskClient, shop: Made, placement: str) -> None:
    items = answered(ask(client, shop.key, placement, product=11, cart="21", k=24))["items"]

    assert {item["price"] for item in items} == {"10.00"}
    assert "Not ours" not in {item["title"] for item in items}


@pytest.mark.parametrize(
    "unshowable",
    [{"is_in_stock": False}, {"status": "hidden"}, {"status": "draft"}, {"url": "javascript:alert(1)"}, {"url": ""}],
    ids=str,
)
def test_what_cannot_be_bought_is_not_shown(app: Flask, client: FlaskClient, shop: Made, unshowable: dict[str, Any]) -> None:
    with app.app_context():
        apply_products(shop, product(12, **unshowable))

    assert 12 not in ids(ask(client, shop.key, "bought_together", product=11, k=24))


def test_an_image_that_is_no_web_address_is_left_out(app: Flask, client: FlaskClient, shop: Made) -> None:
    with app.app_context():
        apply_products(shop, product(12, image_url="javascript:alert(1)"))

    assert answered(ask(client, shop.key, "bought_together", product=11))["items"][0]["image"] == ""


def test_a_placement_that_is_off_shows_nothing(app: Flask, client: FlaskClient, shop: Made) -> None:
    with app.app_context(), transaction(shop.store_id):
        save_placements({Placement.SIMILAR: PlacementRule(False, "More")})

    assert answered(ask(client, shop.key, "similar", product=11))["items"] == []
    assert answered(ask(client, shop.key, "cart", cart="11"))["items"] != []


def test_an_unknown_store_is_a_404_that_says_so(client: FlaskClient, shop: Made) -> None:
    response = ask(client, "pk_nobody", "similar", product=11)

    assert response.status_code == 404
    assert response.get_json()["error"]["code"] == "not_found"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"placement": "nowhere"}, "invalid_placement"),
        ({"placement": ""}, "invalid_placement"),
        ({"product": "<script>"}, "invalid_product"),
        ({"product": "1" * 40}, "invalid_product"),
        ({"product": str(2**63)}, "invalid_product"),
        ({"product": "-1"}, "invalid_product"),
        ({"cart": "1,x"}, "invalid_cart"),
        ({"k": "many"}, "invalid_k"),
        ({"product": "٣"}, "invalid_product"),
    ],
    ids=str,
)
def test_input_that_cannot_be_used_is_a_400_that_names_it(client: FlaskClient, shop: Made, args: dict[str, str], code: str) -> None:
    response = client.get("/widgets/v1/recommendations", query_string={"store": shop.key, "placement": "similar"} | args)

    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == code
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_hundred_thousand_ids_are_answered_like_the_first_hundred(client: FlaskClient, shop: Made) -> None:
    many = ",".join(str(number) for number in range(100, 100_100))

    assert ask(client, shop.key, "cart", cart=f"11,{many}").status_code == 200


def test_k_is_kept_within_bounds(client: FlaskClient, shop: Made) -> None:
    assert len(ids(ask(client, shop.key, product=11, k=0))) == 1
    assert len(ids(ask(client, shop.key, product=11, k=1000))) == 8


def test_the_same_answer_is_not_sent_twice(client: FlaskClient, shop: Made) -> None:
    first = ask(client, shop.key, product=11)

    again = ask(client, shop.key, product=11, headers={"If-None-Match": first.headers["ETag"]})
    through_a_proxy = ask(client, shop.key, product=11, headers={"If-None-Match": f"W/{first.headers['ETag']}"})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert through_a_proxy.status_code == 304


def test_answers_may_be_kept_by_any_cache_and_read_from_any_storefront(client: FlaskClient, shop: Made) -> None:
    response = ask(client, shop.key, product=11)

    assert response.headers["Cache-Control"] == "public, max-age=30, stale-if-error=86400"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers.get("Vary", "")


def test_the_recommendation_id_tells_answers_apart_and_is_stable(client: FlaskClient, shop: Made) -> None:
    questions: list[tuple[str, dict[str, Any]]] = [
        ("similar", {"product": 11}),
        ("similar", {"product": 12}),
        ("bought_together", {"product": 11}),
        ("cart", {"cart": "11"}),
    ]

    first = [answered(ask(client, shop.key, name, **args))["recommendation_id"] for name, args in questions]
    second = [answered(ask(client, shop.key, name, **args))["recommendation_id"] for name, args in questions]

    assert first == second
    assert len(set(first)) == len(questions)


def test_the_script_is_small_and_sent_compressed_where_that_is_understood(client: FlaskClient) -> None:
    plain = client.get("/widgets/v1/luxebrain.js?store=pk_1")
    packed = client.get("/widgets/v1/luxebrain.js", headers={"Accept-Encoding": "gzip"})
    again = client.get("/widgets/v1/luxebrain.js", headers={"If-None-Match": plain.headers["ETag"]})

    assert plain.mimetype == "text/javascript"
    assert plain.headers["Access-Control-Allow-Origin"] == "*"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) <= 10 * 1024
    assert again.status_code == 304
