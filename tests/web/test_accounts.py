"""Signing up, logging in and out, as a browser does it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.accounts import LoginSession, User
from luxebrain.services import accounts

EMAIL, PASSWORD = "merchant@shop.example", "four words in a row"


@pytest.fixture
def merchant(app: Flask) -> None:
    with app.app_context(), transaction():
        accounts.sign_up(EMAIL, PASSWORD, name="Merchant")
        accounts.sign_up("other@shop.example", "another row of words", name="Merchant")


def submit(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    page = client.get(path).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token, page
    return client.post(path, data=fields | {"csrf_token": token[1]})


def log_in(client: FlaskClient, path: str = "/log-in", **fields: str) -> TestResponse:
    return submit(client, path, **({"email": EMAIL, "password": PASSWORD} | fields))


def error_of(answer: TestResponse, field: str) -> str:
    """What the page says beside the field, as the field itself refers to it."""
    page = answer.text
    control = re.search(rf'<input[^>]*name="{field}"[^>]*>', page)
    assert control, page
    assert 'aria-invalid="true"' in control[0]
    said = re.search(rf'id="{field}-error">([^<]*)<', page)
    assert said, page
    assert f"{field}-error" in control[0]
    return unescape(said[1])


def cookie(answer: TestResponse) -> str:
    (line,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(("luxebrain_login=", "__Host-luxebrain-login="))]
    return line


def open_sessions(app: Flask) -> int:
    with app.app_context(), transaction():
        return session.query(LoginSession).count()


def test_signing_up_logs_in_and_keeps_no_password(app: Flask, client: FlaskClient) -> None:
    answer = submit(client, "/sign-up", name=" Ada ", email=" Ada@Shop.Example ", password=PASSWORD)

    assert answer.status_code == 302
    assert client.get("/log-in").status_code == 302
    with app.app_context(), transaction():
        (user,) = session.query(User).all()
    assert (user.name, user.email, user.standing) == ("Ada", "ada@shop.example", "merchant")
    assert PASSWORD not in user.password_hash


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("email", "", "Type your e-mail address."),
        ("email", "ada", "That is not an e-mail address."),
        ("email", "ada@shop", "That is not an e-mail address."),
        ("email", "a b@shop.example", "That is not an e-mail address."),
        ("email", "MERCHANT@shop.example", "Somebody has signed up with this address already."),
        ("password", "", "Choose a password."),
        ("password", "short", "at least 10 characters"),
        ("name", "a" * 101, "100"),
    ],
)
@pytest.mark.usefixtures("merchant")
def test_a_sign_up_that_fails_says_why_beside_the_field_and_keeps_what_was_typed(
    client: FlaskClient, field: str, typed: str, said: str
) -> None:
    answer = submit(client, "/sign-up", **{"name": "Ada <i>", "email": "ada@shop.example", "password": PASSWORD, field: typed})

    assert answer.status_code == 422
    assert said in error_of(answer, field)
    assert 'value="Ada &lt;i&gt;"' in answer.text or field == "name"
    assert PASSWORD not in answer.text
    assert "Set-Cookie" not in answer.headers or "luxebrain_login=" not in answer.headers["Set-Cookie"]


def test_nul_in_what_was_typed_is_no_error_of_ours(client: FlaskClient) -> None:
    assert submit(client, "/sign-up", name="A\0da", email="ada@shop.example\0", password=PASSWORD).status_code == 302


@pytest.mark.parametrize("wrong", [{"password": "four words in a rox"}, {"email": "nobody@shop.example"}, {"email": "other@shop.example"}])
@pytest.mark.usefixtures("merchant")
def test_a_wrong_log_in_does_not_say_what_was_wrong(app: Flask, client: FlaskClient, wrong: dict[str, str]) -> None:
    answer = log_in(client, **wrong)

    assert answer.status_code == 422
    assert error_of(answer, "password").startswith("That address and password do not go together.")
    assert open_sessions(app) == 0


@pytest.mark.usefixtures("merchant")
def test_the_log_in_cookie_is_the_browser_s_alone(client: FlaskClient) -> None:
    line = cookie(log_in(client))

    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; "))
    assert "Max-Age" not in line
    assert "Domain" not in line


@pytest.mark.usefixtures("merchant")
def test_the_cookie_s_token_is_not_in_the_database(app: Flask, client: FlaskClient) -> None:
    token = cookie(log_in(client)).partition("=")[2].partition(";")[0]

    with app.app_context(), transaction():
        (row,) = session.query(LoginSession).all()
    assert token.encode() not in row.token_hash
    assert len(token) >= 43


@pytest.mark.usefixtures("merchant")
def test_staying_logged_in_lasts_thirty_days(client: FlaskClient) -> None:
    assert f"Max-Age={30 * 24 * 3600}" in cookie(log_in(client, is_long="y"))


@pytest.mark.usefixtures("merchant")
def test_logging_out_ends_the_session_in_the_database(app: Flask, client: FlaskClient) -> None:
    stolen = cookie(log_in(client)).partition("=")[2].partition(";")[0]
    client.set_cookie("luxebrain_login", stolen)
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        answer = client.post("/log-out")
    finally:
        app.config["WTF_CSRF_ENABLED"] = True

    assert answer.status_code == 302
    assert open_sessions(app) == 0
    thief = app.test_client()
    thief.set_cookie("luxebrain_login", stolen)
    assert thief.get("/log-in").status_code == 200


@pytest.mark.usefixtures("merchant")
def test_a_made_up_cookie_logs_nobody_in(client: FlaskClient) -> None:
    client.set_cookie("luxebrain_login", "made-up")

    assert client.get("/log-in").status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\t\\evil.example",
        "/\nfoo",
        "javascript:alert(1)",
        "evil.example",
        "\\\\evil.example",
    ],
)
@pytest.mark.usefixtures("merchant")
def test_log_in_leads_nowhere_else(client: FlaskClient, elsewhere: str) -> None:
    page = client.get("/log-in").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    data = {"email": EMAIL, "password": PASSWORD, "csrf_token": token[1]}

    answer = client.post("/log-in", query_string={"next": elsewhere}, data=data)

    assert answer.status_code == 302
    assert answer.location == "/stores"


@pytest.mark.usefixtures("merchant")
def test_log_in_leads_back_to_the_page_that_asked_for_it(client: FlaskClient) -> None:
    assert log_in(client, "/log-in?next=/stores/7/orders?page%3D2").location == "/stores/7/orders?page=2"
