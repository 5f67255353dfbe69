"""The roles are made once, by an administrator; a process under a role that ignores row security does not start."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from luxebrain.database.prepare import EVERYWHERE, check_role, prepare
from luxebrain.errors import ConfigError
from tests.servers import Addresses


def place_of(servers: Addresses, *, role: str, name: str) -> str:
    url = make_url(servers.admin_url).set(drivername="postgresql+psycopg", username=role, password="for-tests-only", database=name)
    return url.render_as_string(hide_password=False)


def check(url: str) -> None:
    engine = create_engine(url)
    try:
        check_role(engine)
    finally:
        engine.dispose()


def test_a_prepared_role_may_be_used_and_preparing_again_changes_nothing(servers: Addresses) -> None:
    url = place_of(servers, role="fresh", name="fresh_database")

    for _ in range(2):
        prepare(servers.admin_url, url)

    check(url)


def test_two_may_prepare_at_once(servers: Addresses) -> None:
    url = place_of(servers, role="hurried", name="hurried_database")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: prepare(servers.admin_url, url), range(8)))

    check(url)


def test_a_superuser_is_refused_with_the_command_that_helps(servers: Addresses) -> None:
    url = make_url(servers.admin_url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    with pytest.raises(ConfigError, match=r"flask --app wsgi db prepare --admin-url"):
        check(url)


@pytest.mark.parametrize(
    ("role", "harm"),
    [("bypassing", "alter role bypassing bypassrls"), ("inheriting", f"grant {EVERYWHERE} to inheriting with inherit true")],
)
def test_a_role_that_came_to_see_every_store_is_refused_until_it_is_prepared_again(servers: Addresses, role: str, harm: str) -> None:
    url = place_of(servers, role=role, name=f"{role}_database")
    prepare(servers.admin_url, url)
    with psycopg.connect(servers.admin_url, autocommit=True) as admin:
        admin.execute(harm.encode())

    with pytest.raises(ConfigError, match="row security"):
        check(url)

    prepare(servers.admin_url, url)
    check(url)


def test_the_application_s_role_can_make_no_roles_and_no_databases(servers: Addresses) -> None:
    url = place_of(servers, role="humble", name="humble_database")
    prepare(servers.admin_url, url)

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for command in ("create role other", "create database other", "alter role humble superuser"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(command.encode())
