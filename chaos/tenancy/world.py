"""Where tenants are proved: the application in this process, on a database that is planted once and cloned whenever it has to be fresh.

Real are PostgreSQL with its roles and policies, Valkey, the HTTP of the stores' platform and the mail server. The doors are asked through
WSGI: what lies before them (gunicorn, sockets) knows no stores.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import flask_migrate
import psycopg
import redis
from flask import Flask
from flask import session as cookies
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from sqlalchemy import insert
from sqlalchemy.engine import make_url

from chaos.tenancy.ledger import Ledger
from chaos.tenancy.planting import plant
from chaos.tenancy.shops import Shops
from chaos.tenancy.tenants import Person, Tenant
from demo.embedded import Servers
from lab.smtp.server import MailboxServer
from luxebrain import config
from luxebrain.app import make_app
from luxebrain.cli import add_commands
from luxebrain.clock import utcnow
from luxebrain.config import load_settings
from luxebrain.crypto import fingerprint, new_id
from luxebrain.database.prepare import prepare
from luxebrain.database.session import db, session
from luxebrain.database.tenancy import transaction
from luxebrain.models.accounts import LoginSession, Standing, User
from luxebrain.models.stores import Membership, Role, Store
from luxebrain.webhooks.doorbell import doorbell
from luxebrain.widgets.snapshot import refresher, shelf

# Of this process: tests run in several beside each other, and take rights away from their role.
DATABASE = ROLE = f"tenancy_{os.getpid()}"
PLANTED = f"{DATABASE}_planted"
CANARIES = {"kittiwake": ("73194628", 6001), "guillemot": ("28659317", 7001)}


@dataclass(slots=True)
class World:
    """`tenants`: two stores. `outsider`: a member of no store. `clerk`: staff of the first store, owner of the second.
    `operator`: runs the service. `csrf`: see _csrf."""

    app: Flask
    admin_url: str
    valkey_url: str
    scratch: Path
    shops: Shops
    mail: MailboxServer
    tenants: tuple[Tenant, Tenant] = field(init=False)
    outsider: Person = field(init=False)
    clerk: Person = field(init=False)
    operator: Person = field(init=False)
    ledger: Ledger = field(init=False)
    csrf: tuple[str, str] = field(init=False)

    @property
    def pairs(self) -> tuple[tuple[Tenant, Tenant], ...]:
        """(whose it is, who asks for it)."""
        first, second = self.tenants
        return (first, second), (second, first)

    def fresh(self) -> None:
        """As planted: rows, policies, Valkey, memory and letter-box."""
        self.forget()
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(f"drop database if exists {DATABASE} with (force)".encode())
            admin.execute(f"create database {DATABASE} template {PLANTED} owner {ROLE} strategy file_copy".encode())
        self.ledger = Ledger(make_url(self.admin_url).set(database=DATABASE).render_as_string(hide_password=False))

    def forget(self) -> None:
        """What this process and the servers beside PostgreSQL keep."""
        refresher.stop()
        doorbell.stop()
        if hasattr(self, "ledger"):
            self.ledger.close()
        with self.app.app_context():
            session.remove()
            for engine in db.engines.values():
                engine.dispose()
        with shelf.lock:
            shelf.held.clear()
            shelf.used_at.clear()
            shelf.versions = None
        with redis.Redis.from_url(self.valkey_url) as valkey:
            valkey.flushdb()
        self.shops.calls.clear()
        self.mail.mailbox.clear()


@contextmanager
def private_world() -> Iterator[World]:
    """On servers of its own, in a folder that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="luxebrain-tenancy-", dir="/var/tmp") as name:
        home = Path(name)
        home.chmod(0o711)  # the servers' own account must get through
        with Servers(home / "servers", is_durable=False, max_connections=60) as servers:
            (home / "servers").chmod(0o711)
            with open_world(servers.postgres.url(), servers.valkey.url(), home) as world:
                yield world


@contextmanager
def open_world(admin_url: str, valkey_url: str, home: Path) -> Iterator[World]:
    """`home`: a folder for mail and for whatever a process writes down (`scratch`)."""
    scratch = home / "scratch"
    scratch.mkdir(parents=True)
    before = tempfile.tempdir
    tempfile.tempdir = str(scratch)
    try:
        with Shops({word: f"ck_{word}0123456789" for word in CANARIES}) as shops, MailboxServer(home / "mail") as mail:
            world = World(_migrated_app(admin_url, valkey_url, shops, mail), admin_url, valkey_url, scratch, shops, mail)
            world.csrf = _csrf(world.app)
            _plant(world)
            world.fresh()
            try:
                yield world
            finally:
                world.forget()
                _drop(admin_url)
    finally:
        tempfile.tempdir = before


def _migrated_app(admin_url: str, valkey_url: str, shops: Shops, mail: MailboxServer) -> Flask:
    url = make_url(admin_url).set(drivername="postgresql", username=ROLE, password="for-chaos-only", database=DATABASE)
    database_url = url.render_as_string(hide_password=False)
    _drop(admin_url)
    prepare(admin_url, database_url)
    environment = {"DATABASE_URL": database_url, "REDIS_URL": valkey_url, "PUBLIC_URL": "http://luxebrain.example", "LOG_LEVEL": "ERROR"}
    outside = {"SECRET_KEY": "only-for-chaos-" * 3, "SSRF_ALLOW": shops.address, "SMTP_URL": mail.smtp_url}
    settings = load_settings(environment | outside)
    app = make_app(settings)
    add_commands(app)
    config.use(replace(settings, slice_s=60))
    with app.app_context():
        flask_migrate.upgrade()
    return app


def _csrf(app: Flask) -> tuple[str, str]:
    """(session cookie, token): whoever asks comes from a page of ours, so that the guards that are proved here are reached."""
    with app.test_request_context():
        token = generate_csrf()
        serializer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert serializer is not None
        return str(serializer.dumps(dict(cookies))), token


def _plant(world: World) -> None:
    with world.app.app_context():
        first, second = (_make_tenant(word, digits, own_id, world.shops) for word, (digits, own_id) in CANARIES.items())
        world.tenants = (first, second)
        world.outsider, world.clerk = _make_person("sandpiper"), _make_person("turnstone")
        world.operator = _make_person("oystercatcher", Standing.ADMIN)
        for tenant in world.tenants:
            plant(tenant)
        with transaction():
            session.execute(insert(Membership).values(user_id=world.clerk.user_id, store_id=first.store_id, role=Role.STAFF))
            session.execute(insert(Membership).values(user_id=world.clerk.user_id, store_id=second.store_id, role=Role.OWNER))
        session.remove()
        db.engine.dispose()
    with psycopg.connect(world.admin_url, autocommit=True) as admin:
        admin.execute(f"create database {PLANTED} template {DATABASE} owner {ROLE}".encode())


def _make_tenant(word: str, digits: str, own_id: int, shops: Shops) -> Tenant:
    person, url = _make_person(word), f"http://{shops.address}/{word}"
    facts = {"currency": "GBP", "timezone": "Europe/London", "prices_include_tax": True, "connected_at": utcnow()}
    with transaction():
        store = Store(platform="woocommerce", url=url, name=word.capitalize(), **facts)
        session.add(store)
        session.flush()
        return Tenant(word, digits, own_id, store.id, person, url)


def _make_person(word: str, standing: Standing = Standing.MERCHANT) -> Person:
    """Logged in, without the second that a password's hash takes."""
    person = Person(word, new_id(), f"log-in-of-{word}")
    with transaction():
        session.add(User(id=person.user_id, email=f"owner@{word}.example", name=f"{word} owner", password_hash="", standing=standing))
        session.flush()
        expires_at = utcnow() + timedelta(days=1)
        session.add(LoginSession(token_hash=fingerprint(person.token), user_id=person.user_id, expires_at=expires_at))
    return person


def _drop(admin_url: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for name in (DATABASE, PLANTED):
            admin.execute(f"drop database if exists {name} with (force)".encode())
