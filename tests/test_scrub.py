"""No secret of a known shape survives in a text, wherever it stands in it; figures, ids and ordinary words do."""

from __future__ import annotations

import base64
import secrets
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.canaries import forms
from luxebrain import config, scrub
from luxebrain.crypto import hash_password, new_id, new_token
from luxebrain.scrub import SHAPES, scrubbed

HEX = st.text("0123456789abcdef", min_size=40, max_size=40)
ALNUM = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=12, max_size=40)
TOKENS = st.binary(min_size=32, max_size=32).map(lambda chance: base64.urlsafe_b64encode(chance).decode().rstrip("=")).filter(
    lambda token: token.upper() != token != token.lower()  # one in two thousand million has no letter of one case
)  # fmt: skip
WORDS = st.sampled_from(
    ["store 12 paused", "41.5 ms, 3 retries", "GET /stores/7/orders", "state: waiting", "{'rows': 50000}", "Größe 4", "\n", ""]
)
# secret → how it stands in a text
KEYS = st.sampled_from(["{}", "?oauth_consumer_key={}&page=2", '{{"consumer_key": "{}"}}', "The key {} is wrong", "id%3A{}", "('{}',)"])
PASSWORDS = st.sampled_from(
    [
        "postgresql+psycopg://luxebrain:{}@db:5432/x",
        "redis://:{}@10.0.0.1/0",
        "password={}",
        "'password': '{}'",
        '"secret": "{}"',
        "token={} x",
    ]
)
HEADERS = st.sampled_from(["Authorization: Basic {}", "{{'Authorization': 'Bearer {}'}}", "Cookie: luxebrain_login={}", "authorization={}"])
PLACES = st.sampled_from(["/webhooks/woocommerce/{}", "POST /u/{} 200", "state {} is used", "user_id={}", "{}", "login='{}'"])


def survives(secret: str, text: str) -> bool:
    return secret in scrub.scrub(text)


@given(HEX, st.sampled_from(["ck_", "cs_"]), KEYS, WORDS, WORDS)
def test_a_stores_key_never_survives(value: str, kind: str, place: str, before: str, after: str) -> None:
    assert not survives(value, f"{before} {place.format(kind + value)} {after}")


@given(HEX, HEX, WORDS)
def test_a_pair_of_keys_in_base64_never_survives(key: str, secret: str, before: str) -> None:
    pair = base64.b64encode(f"ck_{key}:cs_{secret}".encode()).decode()

    assert not survives(pair, f"{before} Basic {pair}")
    assert not survives(pair, f"{before} said {pair}")


@given(ALNUM, PASSWORDS, WORDS, WORDS)
def test_a_password_in_an_address_or_beside_its_name_never_survives(value: str, place: str, before: str, after: str) -> None:
    assert not survives(value, f"{before} {place.format(value)} {after}")


@given(ALNUM, HEADERS, WORDS)
def test_a_header_that_proves_somebody_never_survives(value: str, place: str, before: str) -> None:
    assert not survives(value, f"{before} {place.format(value)}")


@given(TOKENS, PLACES, WORDS, WORDS)
def test_a_token_of_ours_never_survives(value: str, place: str, before: str, after: str) -> None:
    assert not survives(value, f"{before} {place.format(value)} {after}")


@given(ALNUM, st.sampled_from(["{}@shop.example", "{}@mail.shop.co.uk", "{}%40shop.example", "<{}@kaufhaus.de>", "{}@käse.example"]), WORDS)
def test_an_e_mail_address_never_survives(name: str, address: str, before: str) -> None:
    assert not survives(name, f"{before} {address.format(name)} unknown")


@given(st.integers(10**9, 10**12), st.sampled_from(["+{}", "tel:+{}", "(+{})", "to +{}, 3 times"]))
def test_an_international_phone_number_never_survives(number: int, place: str) -> None:
    assert not survives(str(number), place.format(number))


@pytest.mark.parametrize("number", ["+44 20 7946 0958", "+49 (0)30 901820", "+1-202-555-0148"])
def test_a_phone_number_with_gaps_does_not_survive(number: str) -> None:
    assert scrub.scrub(f"called {number} twice") == "called [phone] twice"


@given(ALNUM, ALNUM)
def test_rows_and_keys_that_postgresql_quotes_do_not_survive(first: str, second: str) -> None:
    said = (
        f'null value in column "email"\nDETAIL:  Failing row contains (1, {first}, {second} (x)).\n[SQL: insert]',
        f"DETAIL:  Key (store_id, email)=(1, {first}) already exists.",
        f'invalid input syntax for type bigint: "{first}"',
        f'CONTEXT:  COPY incoming, line 3, column email: "{second}"',
    )

    for text in said:
        assert not survives(first, text)
        assert not survives(second, text)
    assert "[SQL: insert]" in scrub.scrub(said[0])


def test_a_cookie_and_a_hash_do_not_survive(app_session: str) -> None:
    assert scrub.scrub(f"session {app_session} x") == "session [secret] x"
    assert scrub.scrub(hash_password("four words in a row")) == "[secret]"


@pytest.fixture
def app_session() -> str:
    from flask import Flask
    from flask.sessions import SecureCookieSessionInterface

    app = Flask("cookies")
    app.secret_key = "x" * 32
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer
    return str(signer.dumps({"csrf_token": secrets.token_hex(20)}))


@given(st.integers(-(2**63), 2**63), st.floats(allow_nan=False), st.datetimes(), st.uuids())
def test_figures_times_and_ids_survive(number: int, share: float, at: datetime, name: uuid.UUID) -> None:
    text = f"took {share} of {number} at {at.isoformat()}+00:00 for {name} ({at:%Y-%m-%d %H:%M:%S}+10), 12.00 EUR, -{abs(number)}"

    assert scrub.scrub(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "job inbox-apply-12-40 of queue live",
        f"order {new_id()} of store 3, request {secrets.token_hex(8)}, body {secrets.token_hex(32)}",
        "GET /stores/12/campaigns/491837373737373737/progress 200",
        'duplicate key value violates unique constraint "uq_contact_email"',
        "basic settings, bearer of news; tokens: 12, secrets 3",
        "block_quantity stock_status https://shop.example/wp-json/wc/v3/orders?page=2&per_page=100",
        'File "/app/luxebrain/services/inbox.py", line 120, in record_outcome',
        "pk_3vD9aR1xT5bN7cM2qL8wZ4yK stands in the shop's pages",
    ],
)
def test_what_is_ordinary_survives(text: str) -> None:
    assert scrub.scrub(text) == text


@pytest.fixture
def remembered() -> Iterator[tuple[str, ...]]:
    before = scrub._remembered
    values = ("correct horse/battery", "s-3-k-r-t", "short")
    scrub.remember(values)
    yield values
    scrub._remembered = before


def test_what_is_remembered_goes_whatever_its_shape_but_no_ordinary_word(remembered: tuple[str, ...]) -> None:
    phrase, value, short = remembered

    assert scrub.scrub(f"sealed with {phrase} or {value}") == "sealed with [secret] or [secret]"
    assert phrase not in scrub.scrub(f"at {quote(phrase, safe='')}")
    assert scrub.scrub(f"a {short} one") == f"a {short} one"
    for user in ("a", "ab", "abc"):
        said = scrub.scrub(base64.b64encode(f"\0{user}\0{phrase}".encode()).decode())
        assert not [form for form in forms(phrase) if form.decode() in said]


def test_a_field_is_scrubbed_to_its_last_leaf_and_goes_whole_by_its_name() -> None:
    token = new_token()

    assert scrubbed({"rows": [1, 2.5, None, True], "said": ("ada@shop.example", {token})}) == {
        "rows": [1, 2.5, None, True],
        "said": ["[e-mail]", ["[secret]"]],
    }
    assert scrubbed("hunter2", name="smtp_password") == "[secret]"
    assert scrubbed({"headers": {"Authorization": "x"}}) == {"headers": {"Authorization": "[secret]"}}
    assert scrubbed(b"ada@shop.example") == "b'[e-mail]'"


def test_no_text_takes_for_ever() -> None:
    hostile = ["a" * 100_000, "a@" * 50_000, "-" * 100_000, "password" * 12_000, "+1 " * 30_000, "://" + "x@" * 40_000, "Key (" * 20_000]

    began = time.perf_counter()
    for text in hostile:
        scrub.scrub(text)

    assert time.perf_counter() - began < 10


def test_every_shape_has_a_sign_in_lower_case() -> None:
    assert all(sign == sign.lower() for shape in SHAPES for sign in shape.signs)
    assert len({shape.what for shape in SHAPES}) == len(SHAPES)


def test_settings_name_every_secret_of_theirs() -> None:
    settings = config.load_settings(
        {
            "DATABASE_URL": "postgresql://luxebrain:db%2Fpassword@h/x",
            "REDIS_URL": "redis://:queue-password@h/0",
            "SECRET_KEY": "k" * 32,
            "SEALING_KEYS": "new one,old one",
            "SMTP_URL": "smtp://user:mail-password@h",
            "PUBLIC_URL": "https://h",
        }
    )

    assert settings.secrets == ["k" * 32, "new one", "old one", "db/password", "queue-password", "mail-password"]
    assert not [secret for secret in (*settings.secrets, "db%2Fpassword") if secret in repr(settings)]
