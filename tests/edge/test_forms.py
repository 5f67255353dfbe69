"""A form that our own page did not send is refused; a logged-out page says so in words."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize("path", ["/log-in", "/sign-up", "/log-out"])
@pytest.mark.parametrize("token", [{}, {"csrf_token": "made-up"}], ids=["missing", "made up"])
def test_a_form_without_its_token_is_refused_with_a_page(client: FlaskClient, path: str, token: dict[str, str]) -> None:
    answer = client.post(path, data={"email": "a@b.example", "password": "four words in a row"} | token)

    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert "reload it and try again" in answer.text
    assert answer.headers["X-Request-Id"]
