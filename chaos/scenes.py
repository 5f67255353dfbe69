"""What happens while canaries are about: a merchant's ways and the product's bad days, each a function of the stage."""

from __future__ import annotations

import json
import random
import string
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from chaos import leaky
from chaos.canaries import Canary
from chaos.echoes import EchoingStore
from chaos.leaky_house import LeakyHouse
from chaos.sender import headers
from chaos.visitor import Visitor
from chaos.world import Delivery
from lab.woocommerce import catalog, orders
from luxebrain import config
from luxebrain.config import load_settings
from luxebrain.crypto import Vault
from luxebrain.services.unsubscribe import token_of

LONG_ROUNDS = 60
MERCHANT = "merchant@canary.example"
SHOPPERS_TABLES = tuple(
    f"postgres:{column}"
    for column in ("customer.", "contact.", "message.email", "delivery.body", "quarantined_row.payload", "quarantined_row.reason")
)
IN_POSTGRES = ("file:postgres/data",)  # the rows themselves, and PostgreSQL's log of what was written
SETTINGS = ("SECRET_KEY", "old passphrase", "new passphrase", "database password", "mail password")
TYPED = ("password", "mistyped password", "pasted key", "pasted secret", "shopper's name", "shopper's street")


def draw_secrets(lot: random.Random) -> dict[str, str]:
    """What is made up before anything runs; a few with the characters that an address has to write otherwise."""
    drawn = {name: "".join(lot.choices(string.ascii_letters + string.digits, k=28)) for name in (*SETTINGS, *TYPED)}
    drawn["pasted key"], drawn["pasted secret"] = f"ck_{drawn['pasted key']}", f"cs_{drawn['pasted secret']}"
    return drawn | {"SECRET_KEY": drawn["SECRET_KEY"] * 2}


@dataclass(slots=True)
class Stage:
    house: LeakyHouse
    store: EchoingStore
    lot: random.Random
    secrets: dict[str, str]
    visitor: Visitor = field(init=False)
    decoy: Canary = field(init=False)
    store_id: int = 0
    delivery_url: str = ""
    learned: dict[str, str] = field(default_factory=dict)
    numbers: int = 0

    def __post_init__(self) -> None:
        self.visitor = Visitor(self.house.url)
        self.decoy = Canary("decoy", "".join(self.lot.choices(string.ascii_letters, k=24)))

    @property
    def statuses(self) -> Counter[int]:
        return Counter(self.visitor.statuses)

    def canaries(self) -> list[Canary]:
        """Those of the settings and those that the product made itself, each with where it belongs."""
        shopper = {"shopper's mail": leaky.SHOPPERS_MAIL, "shopper's phone": leaky.SHOPPERS_PHONE.removeprefix("+")}
        shopper |= {name: self.secrets[name] for name in ("shopper's name", "shopper's street")}
        at_home = (*SHOPPERS_TABLES, *IN_POSTGRES, f"page:/stores/{self.store_id}/")
        secret = {name: value for name, value in self.secrets.items() if name not in shopper} | self.learned
        where = {
            "webhook token": ("postgres:webhook_endpoint.token", *IN_POSTGRES),
            "unsubscribe token": ("page:/u/",),
            "queue password": ("file:valkey/password",),
        }
        learned = {"queue password": self.house.servers.valkey.password}
        known = [Canary(name, value, where.get(name, ())) for name, value in (secret | learned).items()]
        return known + [Canary(name, value, at_home) for name, value in shopper.items()]

    def learn(self, name: str, value: str) -> None:
        """A canary that the product made; one that it replaces stays one."""
        if (earlier := self.learned.get(name)) not in (None, value):
            self.learned[f"{name}, number {len(self.learned)}"] = str(earlier)
        self.learned[name] = value

    def ask(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.house.admin_url(), autocommit=True) as connection:
            cursor = connection.execute(query.encode(), values)
            return list(cursor.fetchall()) if cursor.description else []

    def wait(self, query: str, *, timeout_s: float = 90) -> bool:
        """Until it finds a row."""
        deadline = time.monotonic() + timeout_s
        while not self.ask(query):
            if time.monotonic() > deadline:
                return False
            self.house.revive()
            time.sleep(0.1)
        return True

    def deliver(self, topic: str, body: bytes, *, secret: str = "") -> int:
        self.numbers += 1
        delivery = Delivery(0, f"{self.numbers:016x}{self.lot.randrange(10**6)}", topic, body)
        return self.visitor.send(self.delivery_url, body, headers(secret or self.learned["webhook secret"], delivery)).status_code


def merchant_comes_and_connects(stage: Stage) -> None:
    """a merchant signs up, mistypes the password, logs in, connects by consent"""
    visitor, secrets = stage.visitor, stage.secrets
    if not stage.store_id:
        _fill_the_shop(stage)
        visitor.submit("/sign-up", {"name": "Mia", "email": MERCHANT, "password": secrets["password"]})
        visitor.session.cookies.clear()
        for password in (secrets["mistyped password"], secrets["password"]):
            visitor.submit("/log-in", {"email": MERCHANT, "password": password})
    _forget_limits(stage)
    stage.learn("connect state", visitor.connect(stage.store.lab.url))
    _learn_what_was_made(stage)
    stage.wait("select 1 from sync_run where state = 'done'")
    stage.ask("update training_run set state = 'done', finished_at = now()")  # nobody here learns: that would import pandas


def _forget_limits(stage: Stage) -> None:
    """A store that connects again and again meets the limit on callbacks."""
    with Redis.from_url(stage.house.servers.valkey.url()) as valkey:
        for key in valkey.scan_iter("LIMITS:*"):
            valkey.delete(key)


def _fill_the_shop(stage: Stage) -> None:
    store = stage.store.lab.store
    name, street = stage.secrets["shopper's name"], stage.secrets["shopper's street"]
    billing = {"email": leaky.SHOPPERS_MAIL, "phone": leaky.SHOPPERS_PHONE, "first_name": name, "last_name": "X", "address_1": street}
    with store.lock:
        product = catalog.create_product(store, {"name": "Lantern", "type": "simple", "regular_price": "10.00"})
        line = {"product_id": product["id"], "quantity": 1}
        orders.create_order(store, {"status": "processing", "line_items": [line], "billing": billing})


def _learn_what_was_made(stage: Stage) -> None:
    (row,) = stage.ask("select store_id, token, sealed_secret from webhook_endpoint order by store_id limit 1")
    stage.store_id, stage.delivery_url = int(str(row[0])), f"/webhooks/woocommerce/{row[1]}"
    key = stage.store.lab.store.all("key")[-1]
    stage.learn("webhook token", str(row[1]))
    stage.learn("webhook secret", Vault([stage.secrets["old passphrase"]]).open(bytes(row[2])))  # type: ignore[call-overload]
    stage.learn("store key", key["consumer_key"])
    stage.learn("store secret", key["consumer_secret"])
    stage.learn("log-in token", stage.visitor.cookie("luxebrain_login"))
    stage.ask("update store_settings set postal_address = '1 Mill Lane', sender_email = 'hello@canary.example'")


def deliveries_good_and_bad(stage: Stage) -> None:
    """deliveries come: good, badly signed, torn, to nobody, too large"""
    person = {"email": leaky.SHOPPERS_MAIL, "phone": leaky.SHOPPERS_PHONE, "first_name": stage.secrets["shopper's name"]}
    at = {"date_created_gmt": "2026-05-04T10:00:00", "date_modified_gmt": "2026-05-04T10:00:00"}
    order = {"id": 900 + stage.numbers, "number": "9", "status": "processing", "total": "5.00", "currency": "GBP", **at}
    body = json.dumps({**order, "billing": person, "line_items": [], "refunds": [], "customer_id": 0}).encode()
    stage.deliver("order.created", body)
    stage.deliver("order.created", body, secret="not the one they agreed on")
    stage.deliver("order.updated", body[:-40])
    stage.deliver("order.updated", body.replace(b'"5.00"', f'"{leaky.SHOPPERS_MAIL}"'.encode()))
    stage.deliver("order.updated", body + b" " * 5_300_000)
    stage.visitor.send(f"{stage.delivery_url}x", body, {"X-WC-Webhook-Signature": stage.learned["webhook secret"]})
    stage.visitor.send(stage.delivery_url, body, {})
    stage.wait("select 1 from delivery where state = 'dead'")
    stage.visitor.get(f"/stores/{stage.store_id}/sync/set-aside")


def keys_are_pasted_wrongly(stage: Stage) -> None:
    """keys are pasted, and the store repeats them in its refusal"""
    for status in (0, 401, 500):
        stage.store.status = status
        pasted = {"url": stage.store.lab.url, "key": stage.secrets["pasted key"], "secret": stage.secrets["pasted secret"]}
        stage.visitor.submit("/connect", pasted, action="/connect/keys")
    stage.store.status = 0
    stage.visitor.submit(
        "/connect", {"url": "", "key": stage.secrets["pasted key"], "secret": stage.secrets["pasted secret"]}, action="/keys"
    )


def store_refuses_and_repeats(stage: Stage) -> None:
    """the store answers 500 and then 401, with the key in its words"""
    page = f"/stores/{stage.store_id}/sync"
    stage.visitor.press(page, page)
    for status, until in ((500, "attempts > 0 and error <> ''"), (401, "state = 'failed'")):
        stage.store.status = status
        stage.wait(f"select 1 from sync_run where {until} and started_at > now() - interval '1 minute'")
        stage.visitor.get(page)
        stage.visitor.get(f"/stores/{stage.store_id}/")
    stage.store.status = 0
    merchant_comes_and_connects(stage)


def mail_does_not_leave(stage: Stage) -> None:
    """a campaign meets a mail server that refuses the password and repeats it"""
    new = f"/stores/{stage.store_id}/campaigns/new"
    draft = stage.visitor.submit(new, {"segment": "everyone", "subject": "News", "body": "Hello {first_name|there}"}, action="/new")
    stage.visitor.submit(draft.url, {}, action="/test")
    stage.visitor.submit(draft.url, {}, action="/send")
    stage.wait("select 1 from effect where kind = 'campaigns.send' and outcome <> ''")
    stage.visitor.get(draft.url)
    (message,) = stage.ask("select store_id, message_id from unsubscribe_link order by created_at desc limit 1")
    token = _unsubscribe_token(stage, int(str(message[0])), int(str(message[1])))
    stage.learn("unsubscribe token", token)
    for path in (f"/u/{token}", f"/u/{token}x"):
        stage.visitor.get(path)


def _unsubscribe_token(stage: Stage, store_id: int, message_id: int) -> str:
    config.use(load_settings(stage.house.environment()))
    return token_of(store_id, message_id)


def our_own_mistakes(stage: Stage) -> None:
    """our own code puts all it knows into a log line, a thread's end, a warning, an error page and a failed job"""
    for how in ("log", "thread", "warn", "raise"):
        stage.visitor.post(f"/webhooks/leaky/{stage.store_id}/{how}", {"password": stage.secrets["password"]})
    with Redis.from_url(stage.house.servers.valkey.url()) as valkey:
        job = Queue("live", connection=valkey, serializer=JSONSerializer).enqueue("chaos.leaky.crash", stage.store_id, failure_ttl=600)
        deadline = time.monotonic() + 60
        while not job.is_failed and time.monotonic() < deadline:
            time.sleep(0.1)


def database_is_away(stage: Stage) -> None:
    """the database goes away and comes back"""
    with stage.house.without_postgres():
        for path in ("/readyz", f"/stores/{stage.store_id}/", f"{stage.delivery_url}"):
            stage.visitor.get(path)
        stage.deliver("order.created", b"{}")
        stage.visitor.post(f"/webhooks/leaky/{stage.store_id}/raise", {"password": stage.secrets["password"]})
        time.sleep(1)


SCENES: list[Callable[[Stage], None]] = [
    merchant_comes_and_connects,
    deliveries_good_and_bad,
    keys_are_pasted_wrongly,
    mail_does_not_leave,
    our_own_mistakes,
    database_is_away,
    store_refuses_and_repeats,
]


def still_works(stage: Stage) -> dict[str, bool]:
    """After the change: what each sealed value is there for."""
    visitor, before = stage.visitor, stage.ask("select count(*) from sync_run")
    applied = "select 1 from delivery where topic = 'product.restored' and state = 'done'"
    stored = stage.deliver("product.restored", json.dumps({"id": stage.store.lab.store.all("product")[0]["id"]}).encode())
    visitor.press(f"/stores/{stage.store_id}/sync", f"/stores/{stage.store_id}/sync")
    return {
        "a delivery is known by its secret": stored == 200,
        "the store answers to its key": stage.wait(applied),
        "the store is read": stage.wait(f"select 1 from sync_run where state = 'done' offset {before[0][0]} - 1"),
        "the merchant is logged in": visitor.get(f"/stores/{stage.store_id}/sync").status_code == 200,
        "an unsubscribe link is known": visitor.get(f"/u/{stage.learned['unsubscribe token']}").status_code == 200,
    }
