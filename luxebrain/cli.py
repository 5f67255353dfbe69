"""Commands: `flask --app wsgi ...`. What works on a store ends with one JSON line and exits 0 or 1."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup
from flask_migrate.cli import db as database_group

from luxebrain import config
from luxebrain.database.prepare import prepare
from luxebrain.database.tenancy import transaction
from luxebrain.errors import InvalidInput
from luxebrain.models.accounts import Standing
from luxebrain.services import accounts
from luxebrain.services import stores as stores_service

accounts_group = AppGroup("accounts", help="People who log in.")
stores_group = AppGroup("stores", help="Connected stores.")


@accounts_group.command("create")
@click.option("--email", required=True)
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
@click.option("--role", type=click.Choice([str(standing) for standing in Standing]), default=str(Standing.MERCHANT))
def create_account(email: str, password: str, role: str) -> None:
    """Create an account; one that is there already is left as it is."""
    try:
        with transaction():
            accounts.sign_up(email, password, standing=Standing(role))
    except InvalidInput as error:
        with transaction():
            is_there = accounts.find_user_by_email(email) is not None
        if not is_there:
            raise click.ClickException(str(error)) from error
    click.echo(f"{email.strip().lower()} can log in at {config.current().public_url}/log-in")


@stores_group.command("list")
def list_stores() -> None:
    with transaction():
        for store in stores_service.list_stores():
            click.echo(f"{store.id}\t{store.platform}\t{store.url}\t{store.name}\t{store.paused_reason or 'connected'}")


@click.command("prepare")
@click.option("--admin-url", required=True, help="postgresql://postgres:...@host/postgres")
def prepare_database(admin_url: str) -> None:
    """Create the roles and the database (once, as an administrator)."""
    prepare(admin_url, config.current().database_url)
    click.echo("roles and database are ready; now: flask --app wsgi db upgrade")


def add_commands(app: Flask) -> None:
    app.cli.add_command(accounts_group)
    app.cli.add_command(stores_group)
    database_group.add_command(prepare_database)
