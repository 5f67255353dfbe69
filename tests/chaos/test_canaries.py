"""The search for canaries sees each form that a secret may take, in each place where it may not be; it makes nothing up."""

from __future__ import annotations

import base64
import secrets
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.canaries import Canary, Place, Sighting, forms, search

SECRET = Canary("the key", "s3cret/key+of=the store")
AT_HOME = Canary("a shopper", "ada@shop.example", may_be_at=("postgres:contact.", "page:/stores/7/"))


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_it_is_seen_in_base64_wherever_it_begins(before: bytes, after: bytes) -> None:
    whole = before + SECRET.value.encode() + after

    for encoded in (base64.b64encode(whole), base64.urlsafe_b64encode(whole)):
        assert any(form in encoded for form in forms(SECRET.value))


@pytest.mark.parametrize("content", [SECRET.value, quote(SECRET.value, safe=""), SECRET.value.encode().hex(), f'{{"k": "{SECRET.value}"}}'])
def test_it_is_seen_as_it_is_in_an_address_and_in_hex(content: str) -> None:
    assert search([SECRET], [Place("file:web.log", f"noise {content} noise".encode())]) == [Sighting("the key", "file:web.log")]


def test_it_may_be_where_it_belongs_and_nowhere_else() -> None:
    places = [
        Place(name, AT_HOME.value.encode())
        for name in ("postgres:contact.email", "page:/stores/7/orders", "page:/log-in", "page:/stores/70/")
    ]

    assert [sighting.place for sighting in search([AT_HOME, SECRET], places)] == ["page:/log-in", "page:/stores/70/"]


def test_in_raw_files_only_its_plain_form_is_looked_for() -> None:
    encoded, plain = SECRET.value.encode().hex().encode(), SECRET.value.encode()

    assert search([SECRET], [Place("file:postgres/data/1", encoded, is_raw=True)]) == []
    assert search([SECRET], [Place("file:postgres/data/1", plain, is_raw=True)])


def test_what_is_random_is_not_taken_for_it() -> None:
    assert search([SECRET, AT_HOME], [Place("valkey:x", secrets.token_bytes(100_000))]) == []


def test_a_sighting_does_not_tell_the_secret() -> None:
    (sighting,) = search([SECRET], [Place("page:/", SECRET.value.encode())])

    assert SECRET.value not in repr(sighting)


def test_a_canary_that_could_turn_up_by_chance_is_refused() -> None:
    with pytest.raises(AssertionError, match="by chance"):
        Canary("too short", "abc")
