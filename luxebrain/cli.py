"""Commands: `flask --app wsgi ...`. What works on a store ends with one JSON line and exits 0 or 1."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial, wraps
from pathlib import Path
from typing import NoReturn, ParamSpec

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_migrate import Migrate
from flask_migrate.cli import db as database_group

from luxebrain import config, jobs
from luxebrain.app import check_database
from luxebrain.clock import utcnow
from luxebrain.crypto import new_token
from luxebrain.database.prepare import prepare
from luxebrain.database.session import db
from luxebrain.database.tenancy import transaction
from luxebrain.edge.connecting import open_store
from luxebrain.errors import ConfigError, InvalidInput, LuxeBrainError, NotConnected
from luxebrain.integrations.platform import Credentials
from luxebrain.models.accounts import Standing
from luxebrain.models.training import TrainingRun
from luxebrain.models.work import RunState
from luxebrain.services import accounts, connecting, dead_letters, progress, secrets, syncs, trainings
from luxebrain.services import stores as stores_service
from luxebrain.services.secrets import Batch, Key, Place, Seal

Options = ParamSpec("Options")
MIGRATIONS = Path(__file__).parent.parent / "migrations"
accounts_group = AppGroup("accounts", help="People who log in.")
stores_group = AppGroup("stores", help="Connected stores.")
deliveries_group = AppGroup("deliveries", help="What stores delivered.")
secrets_group = AppGroup("secrets", help="Sealed keys and tokens, and the passphrase they hang on.")


def under_the_right_role(command: Callable[Options, None]) -> Callable[Options, None]:
    """A command under a role that ignores row security would work on every store at once: it is refused, as every other process is."""

    @wraps(command)
    def checked(*args: Options.args, **options: Options.kwargs) -> None:
        try:
            check_database(current_app._get_current_object())  # type: ignore[attr-defined]
        except ConfigError as error:
            raise click.ClickException(str(error)) from error
        command(*args, **options)

    return checked


@accounts_group.command("create")
@click.option("--email", required=True)
@click.option("--password", envvar="ACCOUNT_PASSWORD", default="", help="one is made and printed where none is given")
@click.option("--role", type=click.Choice([str(standing) for standing in Standing]), default=str(Standing.MERCHANT))
@under_the_right_role
def create_account(email: str, password: str, role: str) -> None:
    """Create an account; one that is there already is left as it is."""
    made = "" if password else new_token()
    try:
        with transaction():
            accounts.sign_up(email, password or made, standing=Standing(role))
    except InvalidInput as error:
        with transaction():
            is_there = accounts.find_user_by_email(email) is not None
        if not is_there:
            raise click.ClickException(str(error)) from error
        made = ""  # theirs stays
    if made:
        click.echo(f"password: {made}")
    click.echo(f"{email.strip().lower()} can log in at {config.current().public_url}/log-in")


@stores_group.command("list")
@under_the_right_role
def list_stores() -> None:
    with transaction():
        for store in stores_service.list_stores():
            click.echo(f"{store.id}\t{store.platform}\t{store.url}\t{store.name}\t{store.paused_reason or 'connected'}")


@stores_group.command("connect")
@click.option("--url", required=True)
@click.option("--key", envvar="STORE_KEY", prompt=True)
@click.option(
    "--secret", envvar="STORE_SECRET", prompt=True, hide_input=True, help="asked for where it is not given: others see a command line"
)
@click.option("--email", required=True, help="whose store it becomes")
@under_the_right_role
def connect_store(url: str, key: str, secret: str, email: str) -> None:
    """Connect a WooCommerce store by a key pair made in its settings (STORE_KEY, STORE_SECRET, or asked for); prints the store's id."""
    with transaction():
        owner = accounts.find_user_by_email(email)
    if owner is None:
        raise click.ClickException(f"nobody has signed up as {email}: flask --app wsgi accounts create --email {email}")
    try:
        credentials = Credentials(url=connecting.probe_address(url), key=key, secret=secret)
        profile = connecting.prove_keys(credentials)
    except LuxeBrainError as error:
        raise click.ClickException(str(error)) from error
    record = partial(stores_service.record_store, connecting.PLATFORM, credentials.url, profile, owner_id=owner.id, now=utcnow())
    click.echo(open_store(record, credentials))


@click.command("sync")
@click.option("--store", "id_or_url", required=True)
@click.option("--full", "is_full", is_flag=True, help="read everything, not only what changed")
@under_the_right_role
def sync_store(id_or_url: str, is_full: bool) -> None:
    """Read a store in the foreground."""
    store_id = _store_id(id_or_url)
    try:
        with transaction(store_id):
            syncs.start_sync(is_full=is_full)
    except NotConnected as error:
        _finish({"name": "sync", "store_id": store_id, "state": RunState.FAILED, "error": str(error), "rows": {}, "bad_rows": 0})
    while _is_syncing(store_id):
        jobs.run(syncs.KIND, store_id)
    with transaction(store_id):
        done = progress.find_progress(now=utcnow())
    assert done is not None
    rows = {step.entity: step.done for step in done.steps}
    bad_rows = sum(step.bad_rows for step in done.steps)
    _finish({"name": "sync", "store_id": store_id, "state": done.run.state, "error": done.run.error, "rows": rows, "bad_rows": bad_rows})


def _is_syncing(store_id: int) -> bool:
    with transaction(store_id):
        found = progress.find_progress(now=utcnow())
    if found and found.is_running and found.run.retry_at > utcnow():
        time.sleep(1)
    return bool(found and found.is_running)


@click.command("train")
@click.option("--store", "id_or_url", required=True)
@under_the_right_role
def train_store(id_or_url: str) -> None:
    """Learn everything there is to learn from a store's orders, in the foreground."""
    store_id = _store_id(id_or_url)
    with transaction(store_id):
        run_id = trainings.start_training().id
    while (run := _training_run(store_id, run_id)).state == RunState.RUNNING:
        jobs.run(trainings.KIND, store_id)
    with transaction(store_id):
        parts = {part.engine: {"state": part.state, "reason": part.reason, "card": part.card} for part in trainings.list_parts(run_id)}
    _finish({"name": "train", "store_id": store_id, "state": run.state, "error": run.error, "parts": parts})


def _training_run(store_id: int, run_id: int) -> TrainingRun:
    with transaction(store_id):
        return trainings.get_run(run_id)


def _store_id(id_or_url: str) -> int:
    with transaction():
        store = stores_service.find_store(id_or_url)
    if store is None:
        raise click.ClickException(f"no store {id_or_url}; flask --app wsgi stores list shows them")
    return store.id


def _finish(figures: dict[str, object]) -> NoReturn:
    """One JSON line; the exit code says whether it went well."""
    click.echo(json.dumps(figures, default=str))
    sys.exit(0 if figures["state"] == RunState.DONE else 1)


@deliveries_group.command("purge")
@click.option("--older-than-days", type=click.IntRange(min=1), default=30, show_default=True)
@under_the_right_role
def purge_deliveries(older_than_days: int) -> None:
    """Empty the bodies of deliveries that were applied so long ago (the clock does it daily)."""
    with transaction():
        store_ids = [store.id for store in stores_service.list_stores()]
    count = 0
    for store_id in store_ids:
        with transaction(store_id):
            count += dead_letters.empty_bodies(before=utcnow() - timedelta(days=older_than_days))
    click.echo(json.dumps({"name": "purge", "emptied": count}))


@secrets_group.command("rotate")
@under_the_right_role
def rotate_secrets() -> None:
    """Seal everything anew with the first of SEALING_KEYS. Safe to repeat, and while the product runs."""
    seals, unreadable = _walk_secrets(secrets.reseal_batch)
    figures = {"resealed": seals[Seal.RESEALED], "already": seals[Seal.CURRENT], "unreadable": unreadable}
    click.echo(json.dumps({"name": "rotate", **figures}))
    sys.exit(1 if unreadable else 0)


@secrets_group.command("check")
@under_the_right_role
def check_secrets() -> None:
    """Count what still hangs on an old key; exit 0: all but the first of SEALING_KEYS may go."""
    seals, unreadable = _walk_secrets(secrets.check_batch)
    click.echo(json.dumps({"name": "check", "current": seals[Seal.CURRENT], "old": seals[Seal.OLD], "unreadable": unreadable}))
    sys.exit(1 if unreadable or seals[Seal.OLD] else 0)


def _walk_secrets(see: Callable[[Place, Key | None], Batch]) -> tuple[Counter[Seal], list[dict[str, object]]]:
    with transaction():
        store_ids = [store.id for store in stores_service.list_stores()]
    seals: Counter[Seal] = Counter()
    unreadable: list[dict[str, object]] = []
    for place in secrets.sealed_places():
        for store_id in store_ids if place.is_per_store else [None]:
            for batch in _batches(partial(see, place), store_id):
                seals.update(batch.seals)
                unreadable += batch.unreadable
    return seals, unreadable


def _batches(see: Callable[[Key | None], Batch], store_id: int | None) -> Iterator[Batch]:
    """A transaction each."""
    after: Key | None = None
    while True:
        with transaction(store_id):
            batch = see(after)
        yield batch
        after = batch.last
        if after is None:
            return


@click.command("prepare")
@click.option("--admin-url", required=True, help="postgresql://postgres:...@host/postgres")
def prepare_database(admin_url: str) -> None:
    """Create the roles and the database (once, as an administrator)."""
    prepare(admin_url, config.current().database_url)
    click.echo("roles and database are ready; now: flask --app wsgi db upgrade")


def add_commands(app: Flask) -> None:
    Migrate(app, db, directory=str(MIGRATIONS), compare_server_default=False)
    app.cli.add_command(accounts_group)
    app.cli.add_command(stores_group)
    app.cli.add_command(deliveries_group)
    app.cli.add_command(secrets_group)
    app.cli.add_command(sync_store)
    app.cli.add_command(train_store)
    database_group.add_command(prepare_database)
