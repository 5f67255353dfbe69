"""People: known by a lower-case address, logged in by a session that ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.errors import InvalidInput
from luxebrain.models.accounts import LoginSession, Standing, User
from luxebrain.services import accounts

pytestmark = pytest.mark.usefixtures("context")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EMAIL, PASSWORD = "merchant@shop.example", "four words in a row"


@pytest.fixture(autouse=True)
def people(context: None) -> None:
    with transaction():
        accounts.sign_up(EMAIL, PASSWORD)
        accounts.sign_up("look-alike@shop.example", PASSWORD)


def log_in(*, now: datetime = NOW, is_long: bool = False) -> str:
    with transaction():
        token = accounts.log_in(EMAIL, PASSWORD, now=now, is_long=is_long)
    assert token
    return token


def who(token: str, *, now: datetime) -> str | None:
    with transaction():
        user = accounts.find_user_by_token(token, now=now)
    return user.email if user else None


@pytest.mark.parametrize("written", ["Merchant@Shop.Example", "  merchant@shop.example\n"])
def test_an_address_is_the_same_however_it_is_written(written: str) -> None:
    with transaction():
        assert accounts.log_in(written, PASSWORD, now=NOW, is_long=False)
        with pytest.raises(InvalidInput) as caught:
            accounts.sign_up(written, PASSWORD)

    assert caught.value.field == "email"


@pytest.mark.parametrize(
    "address", ["", "ada", "ada@", "@shop.example", "ada@shop", "a@b@c.example", "ada@shop.example.", "a b@shop.example"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with transaction(), pytest.raises(InvalidInput, match="not an e-mail address"):
        accounts.sign_up(address, PASSWORD)


def test_a_short_password_is_refused_with_advice() -> None:
    with transaction(), pytest.raises(InvalidInput, match="at least 10 characters") as caught:
        accounts.sign_up("ada@shop.example", "ninechars")

    assert caught.value.field == "password"


@pytest.mark.parametrize(("is_long", "length"), [(False, timedelta(hours=12)), (True, timedelta(days=30))])
def test_a_session_ends_when_it_said_it_would(is_long: bool, length: timedelta) -> None:
    token = log_in(is_long=is_long)

    assert who(token, now=NOW + length - timedelta(seconds=1)) == EMAIL
    assert who(token, now=NOW + length) is None


def test_logging_out_ends_this_session_only() -> None:
    here, elsewhere = log_in(), log_in()

    with transaction():
        accounts.log_out(here)

    assert who(here, now=NOW) is None
    assert who(elsewhere, now=NOW) == EMAIL


def test_logging_in_clears_away_sessions_that_ended() -> None:
    log_in()

    log_in(now=NOW + timedelta(days=1))

    with transaction():
        assert session.query(LoginSession).count() == 1


def test_a_merchant_is_no_operator() -> None:
    standings = {standing: User(standing=standing).is_operator for standing in Standing}

    assert standings == {Standing.MERCHANT: False, Standing.ADMIN: True, Standing.SUPER_ADMIN: True}
