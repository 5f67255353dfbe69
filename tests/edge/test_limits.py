"""Guessing passwords is slow, with Redis and without."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ALLOWED = 10


def guesses(client: FlaskClient, count: int) -> list[TestResponse]:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/log-in").text)
    assert token
    return [client.post("/log-in", data={"email": "a@b.example", "password": "wrong", "csrf_token": token[1]}) for _ in range(count)]


def test_the_eleventh_guess_in_a_minute_is_refused_and_says_when_to_come_back(client: FlaskClient) -> None:
    *answers, refused = guesses(client, ALLOWED + 1)

    assert {answer.status_code for answer in answers} == {422}
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= 61
    assert refused.mimetype == "text/html"


def test_looking_at_the_page_does_not_count(client: FlaskClient) -> None:
    assert {client.get("/log-in").status_code for _ in range(ALLOWED * 2)} == {200}


def test_log_in_stays_limited_while_redis_is_away_and_never_fails(app_without_redis: Flask) -> None:
    client = app_without_redis.test_client()

    statuses = [answer.status_code for answer in guesses(client, ALLOWED * 2 + 2)]

    assert set(statuses) == {422, 429}
    assert statuses[-1] == 429
