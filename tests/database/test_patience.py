"""A server that does not answer is given up, at both ends, and the next one that asks gets a connection that works."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from luxebrain.database import patience
from luxebrain.database.session import db, session
from luxebrain.database.tenancy import transaction

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def short_patience() -> Iterator[None]:
    patience.use(0.3)
    yield
    patience.use(patience.USUAL_S)


@pytest.mark.usefixtures("short_patience")
def test_a_silent_server_is_given_up_and_the_next_transaction_works() -> None:
    began = time.monotonic()

    with pytest.raises(OperationalError) as caught, transaction():
        session.execute(text("select pg_sleep(20)"))

    assert time.monotonic() - began < 5
    assert caught.value.connection_invalidated
    with transaction():
        assert session.scalar(text("select 1")) == 1


@pytest.mark.usefixtures("short_patience")
def test_patience_is_for_silence_between_answers_not_for_a_whole_transaction() -> None:
    with transaction():
        for _ in range(4):
            session.execute(text("select pg_sleep(0.15)"))


def test_a_server_lets_go_of_the_locks_of_a_client_that_vanished() -> None:
    """Its kernel would ask after two hours, and that transaction's lock on a lease would stop the store until then."""
    with transaction():
        names = ("tcp_keepalives_idle", "tcp_keepalives_count", "tcp_user_timeout", "idle_in_transaction_session_timeout")
        settings = [session.scalar(text(f"show {name}")) for name in names]

    assert settings == ["30", "3", "30000", "10min"]


def test_a_client_s_kernel_asks_after_a_silent_server() -> None:
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        words = driver.info.get_parameters()

    assert (words["keepalives_idle"], words["tcp_user_timeout"], words["connect_timeout"]) == ("30", "30000", "5")
