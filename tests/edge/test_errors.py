"""One answer for every error: a page for people, JSON for programs; and nothing inside shows."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from luxebrain.app import LARGEST_BODY
from tests.edge.conftest import MakeApp


def test_a_person_gets_a_page_for_what_is_not_there(client: FlaskClient) -> None:
    answer = client.get("/no/such/page")

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "<h1" in answer.text
    assert "No page has this address." in answer.text


@pytest.mark.parametrize("path", ["/webhooks/nobody/x", "/widgets/v1/nothing"])
def test_a_program_gets_json_for_what_is_not_there(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.mimetype) == (404, "application/json")
    assert set(answer.get_json()["error"]) == {"code", "message"}


def test_a_method_that_is_not_allowed_is_told_which_are(client: FlaskClient) -> None:
    answer = client.get("/log-out")

    assert (answer.status_code, answer.mimetype) == (405, "text/html")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("has_length", [True, False], ids=["announced", "chunked"])
def test_a_body_that_is_too_large_is_refused_as_json(client: FlaskClient, has_length: bool) -> None:
    body = b"x" * (LARGEST_BODY + 1)
    path = "/webhooks/woocommerce/nobody"

    if has_length:
        answer = client.post(path, data=body)
    else:
        answer = client.post(path, input_stream=BytesIO(body), environ_overrides={"wsgi.input_terminated": True})

    assert answer.status_code == 413
    assert answer.get_json()["error"]["code"] == "request_entity_too_large"


def test_every_answer_carries_the_headers_that_protect_a_page(client: FlaskClient) -> None:
    headers = client.get("/log-in").headers

    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert len(headers["X-Request-Id"]) == 16


def test_the_process_lives_and_is_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").get_json() == {"status": "ok", "problems": []}


def test_without_a_database_the_process_lives_is_not_ready_and_says_so(app_without_database: Flask) -> None:
    client = app_without_database.test_client()

    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["problems"]) == (503, ["database"])


def test_without_a_database_a_person_is_told_to_come_back(app_without_database: Flask) -> None:
    client = app_without_database.test_client()
    client.set_cookie("luxebrain_login", "a-token")

    answer = client.get("/log-in")

    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "try again in a moment" in answer.text


@pytest.mark.parametrize("path", ["/webhooks/woocommerce/a-secret-token", "/u/a-secret-token"])
def test_an_error_is_logged_by_its_route_since_an_address_may_hold_a_token(
    app_without_database: Flask, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    answer = app_without_database.test_client().post(path)

    logged = [str(vars(record)) for record in caplog.records]
    assert answer.status_code == 503
    assert any("<token>" in line for line in logged)
    assert not any("a-secret-token" in line for line in logged)


def test_without_a_queue_the_process_is_not_ready_and_pages_still_work(app_without_redis: Flask) -> None:
    client = app_without_redis.test_client()

    assert client.get("/readyz").get_json() == {"status": "unavailable", "problems": ["queue"]}
    assert client.get("/log-in").status_code == 200


def test_over_https_cookies_and_pages_are_for_https_only(make_other_app: MakeApp) -> None:
    client = make_other_app(public_url="https://luxebrain.example").test_client()

    answer = client.get("/log-in", base_url="https://luxebrain.example")

    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
