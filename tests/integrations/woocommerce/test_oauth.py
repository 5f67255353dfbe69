"""OAuth 1.0a signatures, checked against a signature that openssl made."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from luxebrain.integrations.platform import Credentials
from luxebrain.integrations.woocommerce.oauth import OAuth1, signature

KEYS = Credentials(url="http://shop.example", key="ck_1", secret="cs_1")


def test_signature_covers_reserved_characters_in_values() -> None:
    """The number was made with openssl: printf '%s' "$base" | openssl dgst -sha256 -hmac 'cs_1&' -binary | base64."""
    params = {"modified_after": "2026-11-22T23:51:15", "include": "1,2", "search": "a/b c~ü"}

    assert signature("cs_1", "get", "http://shop.example/wp-json/wc/v3/products", params) == "LDiQXhuPNbF+6CzTBX7IOi37aaqZR9GY6nn2igU4sA0="


def test_parameters_of_the_address_are_kept_and_signed() -> None:
    signed = OAuth1(KEYS)("GET", "http://shop.example/wp-json/wc/v3/products?search=a%2Fb+c&page=2")

    sent = {name: values[0] for name, values in parse_qs(urlsplit(signed).query).items()}
    given = sent.pop("oauth_signature")
    assert (sent["search"], sent["page"], sent["oauth_consumer_key"]) == ("a/b c", "2", "ck_1")
    assert signature("cs_1", "GET", "http://shop.example/wp-json/wc/v3/products", sent) == given


def test_secret_does_not_travel() -> None:
    assert "cs_1" not in OAuth1(KEYS)("GET", "http://shop.example/x")


def test_nonce_is_never_the_same() -> None:
    sign = OAuth1(KEYS)

    nonces = {parse_qs(urlsplit(sign("GET", "http://shop.example/x")).query)["oauth_nonce"][0] for _ in range(100)}

    assert len(nonces) == 100
