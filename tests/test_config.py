"""A process starts with settings it understands, or says everything that is wrong with them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from luxebrain.config import load_settings
from luxebrain.errors import ConfigError

GOOD = {
    "DATABASE_URL": "postgres://luxebrain:secret@db.example/luxebrain",
    "REDIS_URL": "redis://cache.example:6379/0",
    "SECRET_KEY": "s" * 32,
    "PUBLIC_URL": "https://luxebrain.example/",
}


def problems_with(**changes: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(GOOD | changes)
    return caught.value.problems


def test_four_settings_are_enough() -> None:
    settings = load_settings(GOOD)

    assert settings.database_url == "postgresql+psycopg://luxebrain:secret@db.example/luxebrain"
    assert settings.public_url == "https://luxebrain.example"
    assert settings.is_https
    assert settings.sealing_keys == (GOOD["SECRET_KEY"],)
    assert settings.ssrf_allow == frozenset()


def test_all_problems_are_listed_at_once() -> None:
    bad = {
        "REDIS_URL": "http://cache",
        "SECRET_KEY": "short",
        "PUBLIC_URL": "luxebrain",
        "SSRF_ALLOW": "localhost",
        "LOG_LEVEL": "loud",
        "LEASE_S": "soon",
    }

    with pytest.raises(ConfigError) as caught:
        load_settings(bad)

    assert [problem.split()[0] for problem in caught.value.problems] == ["DATABASE_URL", *bad]
    assert all(problem in str(caught.value) for problem in caught.value.problems)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("text", ["", "   "])
def test_what_must_be_given_is_missing_when_it_is_blank(name: str, text: str) -> None:
    assert problems_with(**{name: text}) == [f"{name} is missing"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "sqlite:///file.db"),
        ("DATABASE_URL", "mysql://db/luxebrain"),
        ("REDIS_URL", "redis://"),
        ("PUBLIC_URL", "ftp://luxebrain.example"),
        ("PUBLIC_URL", "https://luxebrain.example:port"),
        ("SSRF_ALLOW", "127.0.0.1"),
        ("SSRF_ALLOW", "127.0.0.1:80,:443"),
        ("CA_BUNDLE", "/there/is/no/such/file.pem"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "inf"),
        ("LEASE_S", "0"),
        ("LEASE_S", "nan"),
        ("SWEEP_S", "infinity"),
        ("IS_DEVELOPMENT", "yes"),
        ("SMTP_URL", "mail.example"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(name: str, text: str) -> None:
    (problem,) = problems_with(**{name: text})

    assert problem.startswith(f"{name} ")


def test_lists_and_files_are_read(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("certificate")

    settings = load_settings(
        GOOD | {"SSRF_ALLOW": "127.0.0.1:8080, [::1]:9 ,", "SEALING_KEYS": "new, old", "CA_BUNDLE": str(bundle), "LEASE_S": "2.5"}
    )

    assert settings.ssrf_allow == {"127.0.0.1:8080", "[::1]:9"}
    assert settings.sealing_keys == ("new", "old")
    assert settings.ca_bundle == str(bundle)
    assert settings.lease_s == 2.5


def test_a_database_s_password_is_not_in_a_complaint() -> None:
    assert "hunter2" not in str(problems_with(DATABASE_URL="mysql://luxebrain:hunter2@db/luxebrain"))
