"""The two roles of a database, made once by an administrator; and the check that no process runs under one that ignores row security.

Roles belong to the cluster and need CREATEROLE, which the application must not have: so they are made here and never by a migration.
The application's role may *become* luxebrain_everywhere for one transaction but does not inherit from it: an inheriting role would
see every store (tried).
"""

from __future__ import annotations

import re
from contextlib import suppress

import psycopg
from psycopg import sql
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from luxebrain.errors import ConfigError

EVERYWHERE = "luxebrain_everywhere"


_ROLE = text(
    "select own.rolsuper or own.rolbypassrls or coalesce(pg_has_role(own.oid, wide.oid, 'USAGE'), false), wide.oid is not null"
    " from pg_roles own left join pg_roles wide on wide.rolname = :everywhere where own.rolname = current_user"
)
_REMEDY = "Make the right one with: flask --app wsgi db prepare --admin-url postgresql://postgres@HOST/postgres"
_NOT_PREPARED = re.compile(r'password authentication failed for user "[^"]*"|(role|database) "[^"]*" does not exist')
_ONE_AT_A_TIME = 6_021_023  # an advisory lock: two that alter a role at once fail ("tuple concurrently updated")


def prepare(admin_url: str, database_url: str) -> None:
    """Creates the role and the database that `database_url` names, and the everywhere role. Idempotent, safe when two run it at once."""
    ours = make_url(database_url)
    role, name = ours.username or "luxebrain", ours.database or "luxebrain"
    admin = make_url(admin_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (_ONE_AT_A_TIME,))
        _make_role(connection, role, options="login nosuperuser nobypassrls nocreaterole noinherit", password=ours.password)
        _make_role(connection, EVERYWHERE, options="nologin nosuperuser nobypassrls", password=None)
        no_inherit = " with inherit false, set true" if connection.info.server_version >= 160000 else ""  # before 16 the role says so
        grant = sql.SQL("grant {} to {}" + no_inherit)
        connection.execute(grant.format(sql.Identifier(EVERYWHERE), sql.Identifier(role)))
        _make_database(connection, name, owner=role)
    with psycopg.connect(psycopg.conninfo.make_conninfo(admin, dbname=name), autocommit=True) as connection:
        connection.execute(sql.SQL("grant usage on schema public to {}").format(sql.Identifier(EVERYWHERE)))
        connection.execute(sql.SQL("grant create, usage on schema public to {}").format(sql.Identifier(role)))
        rights = "alter default privileges for role {} in schema public grant select, insert, update, delete on tables to {}"
        connection.execute(sql.SQL(rights).format(sql.Identifier(role), sql.Identifier(EVERYWHERE)))


def _make_role(connection: psycopg.Connection, role: str, *, options: str, password: str | None) -> None:
    with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        connection.execute(sql.SQL("create role {}").format(sql.Identifier(role)))
    connection.execute(sql.SQL("alter role {} with {}").format(sql.Identifier(role), sql.SQL(options)))
    if password:
        connection.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password)))


def _make_database(connection: psycopg.Connection, name: str, *, owner: str) -> None:
    if connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
        return
    with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        connection.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(owner)))


def check_is_prepared(error: Exception) -> None:
    """Raises ConfigError where the server answered that there is no such role, password or database.

    Before a connection stands libpq gives no SQLSTATE, only words; a server that speaks another language is taken for one that is away.
    """
    if said := _NOT_PREPARED.search(str(error)):
        raise ConfigError([f"DATABASE_URL cannot be used: {said[0]}. {_REMEDY}"]) from error


def check_role(engine: Engine) -> None:
    """Raises ConfigError where the role of this process could see every store's rows."""
    with engine.connect() as connection:
        ignores, is_prepared = connection.execute(_ROLE, {"everywhere": EVERYWHERE}).one()
    if ignores:
        raise ConfigError([f"DATABASE_URL names a role that ignores row security, so stores would see each other's rows. {_REMEDY}"])
    if not is_prepared:
        raise ConfigError([f"the database's roles were not made yet. {_REMEDY}"])
