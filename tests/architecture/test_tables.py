"""Tables and migrations: protected, keyed by store, reversible, and equal to the models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import flask_migrate
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from luxebrain import config
from luxebrain.app import make_app
from luxebrain.cli import MIGRATIONS, add_commands
from luxebrain.config import load_settings
from luxebrain.database.prepare import prepare
from luxebrain.database.session import Base, db, session
from luxebrain.database.tenancy import UNPROTECTED, transaction
from luxebrain.models.catalog import Product
from tests.database.rows import make_store, product_row
from tests.servers import Addresses

PER_STORE = {table.name for table in Base.metadata.tables.values() if "store_id" in table.columns} - UNPROTECTED


def rows(query: str) -> list[tuple[object, ...]]:
    with transaction():
        return [tuple(row) for row in session.execute(text(query))]


@pytest.mark.usefixtures("context")
def test_row_security_is_forced_on_exactly_the_per_store_tables() -> None:
    secured = rows("select relname from pg_class where relrowsecurity and relforcerowsecurity and relnamespace = 'public'::regnamespace")

    assert {name for (name,) in secured} == PER_STORE


@pytest.mark.usefixtures("context")
def test_every_per_store_table_has_both_policies_and_no_other() -> None:
    policies = rows("select tablename, policyname, cmd, permissive, with_check, qual, roles::text from pg_policies")

    assert {(table, name) for table, name, *_ in policies} == {(table, name) for table in PER_STORE for name in ("store", "everywhere")}
    for _table, name, command, permissive, check, condition, roles in policies:
        assert (command, permissive, check) == ("ALL", "PERMISSIVE", None)
        if name == "store":
            assert "store_id = ( SELECT (current_setting('app.store_id'::text))::bigint" in str(condition)
            assert "luxebrain_everywhere" not in str(roles)
        else:
            assert (condition, roles) == ("true", "{luxebrain_everywhere}")


@pytest.mark.usefixtures("context")
def test_the_everywhere_role_may_use_every_table_and_owns_none() -> None:
    allowed = rows("""
        select relname, bool_and(has_table_privilege('luxebrain_everywhere', oid, verb))
        from pg_class, unnest(array['select', 'insert', 'update', 'delete']) verb
        where relkind = 'r' and relnamespace = 'public'::regnamespace group by relname""")

    assert {name for name, may in allowed if not may} == set()
    assert rows("select count(*) from pg_class where relowner = 'luxebrain_everywhere'::regrole") == [(0,)]


def test_the_unprotected_tables_are_there_and_hold_a_store_id() -> None:
    tables = Base.metadata.tables

    assert {name for name in UNPROTECTED if "store_id" not in tables[name].columns} == set()


@pytest.mark.parametrize("name", sorted(PER_STORE))
def test_every_key_of_a_per_store_table_begins_with_its_store(name: str) -> None:
    table = Base.metadata.tables[name]

    uniques = [index for index in table.indexes if index.unique]
    assert next(iter(table.primary_key.columns)).name == "store_id"
    assert {next(iter(index.columns)).name for index in uniques} <= {"store_id"}
    for key in table.foreign_key_constraints:
        assert key.column_keys[0] == "store_id", "two stores' rows would refer to each other"


def test_there_is_one_migration_head() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


@pytest.mark.usefixtures("context")
def test_models_equal_migrations() -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": False, "compare_type": True})

        assert compare_metadata(context, Base.metadata) == []


@pytest.fixture
def empty_app(servers: Addresses) -> Iterator[Flask]:
    """An application on a database in which no migration has run."""
    before = load_settings()
    name = f"{make_url(before.database_url).database}_no_migrations"
    url = make_url(before.database_url).set(database=name).render_as_string(hide_password=False)
    prepare(servers.admin_url, url)
    app = make_app(replace(before, database_url=url))
    add_commands(app)
    yield app
    with app.app_context():
        db.engine.dispose()
    config.use(before)
    with psycopg.connect(servers.admin_url, autocommit=True) as admin:
        admin.execute(f"drop database {name}".encode())


def test_every_step_goes_up_and_down_and_up_again(shared_app: Flask, empty_app: Flask) -> None:
    steps = [script.revision for script in reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))]

    with empty_app.app_context():
        for step in steps:
            flask_migrate.upgrade(revision=step)
            flask_migrate.downgrade(revision="-1")
            flask_migrate.upgrade(revision=step)
        flask_migrate.downgrade(revision="base")
        left = rows("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")

    assert left == [("alembic_version",)]


@pytest.mark.usefixtures("context")
def test_five_thousand_rows_go_in_with_few_statements() -> None:
    store_id = make_store("ours")
    statements: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", record)
    try:
        with transaction(store_id):
            session.add_all([Product(**product_row(number, "Lantern")) for number in range(5000)])
    finally:
        event.remove(db.engine, "before_cursor_execute", record)

    assert len([statement for statement in statements if statement.startswith("INSERT")]) <= 10
