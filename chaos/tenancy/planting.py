"""Look-alike rows for every table that has a store_id, made from the metadata: a new table is planted without a word said here.

All ids of row n are the same number, so foreign keys hold by themselves. MEANINGS says what a column may hold where a canary would break
the row's sense: a state, a key that must fit, a payload that is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    UniqueConstraint,
    insert,
)
from sqlalchemy.dialects.postgresql import JSONB

from chaos.tenancy.tenants import OWN, SHARED, Tenant
from luxebrain.clock import utcnow
from luxebrain.crypto import fingerprint, vault
from luxebrain.database.session import Base, session
from luxebrain.database.tenancy import transaction
from luxebrain.engines.packing import NeighbourTable, Ranking
from luxebrain.engines.serving import NeighbourModel
from luxebrain.integrations.platform import Entity
from luxebrain.models.work import Drift
from luxebrain.queue import QUEUES
from luxebrain.services.certificates import MODELS
from luxebrain.services.placements import PLACEMENTS
from luxebrain.services.syncs import STEPS
from luxebrain.services.trainings import Engine

Value = Callable[[Tenant, int], Any]
NOW = utcnow().replace(microsecond=0)
PUSHED = 3  # the proposal whose price is on its way
SEGMENTS = ("champions", "loyal", "promising", "at risk", "lost")


def plant(tenant: Tenant) -> None:
    """The acting role is the application's own: what it may not write is not planted."""
    for table in store_tables():
        with transaction(tenant.store_id):
            session.execute(insert(table), rows_of(table, tenant))


def store_tables() -> list[Table]:
    return [table for table in Base.metadata.sorted_tables if "store_id" in table.columns]


def rows_of(table: Table, tenant: Tenant) -> list[dict[str, Any]]:
    """As many as the keys allow: one of a table that has one row a store."""
    taken: set[tuple[Any, ...]] = set()
    rows = []
    for n in (*range(1, SHARED + 1), OWN):
        row = {column.name: _value(column, tenant, n) for column in table.columns}
        keys = {(names, *(row[name] for name in names)) for names in _keys(table)}
        if not keys & taken:
            taken |= keys
            rows.append(row)
    return rows


def _keys(table: Table) -> list[tuple[str, ...]]:
    constraints: list[Any] = [table.primary_key, *(each for each in table.constraints if isinstance(each, UniqueConstraint))]
    indexes = [index for index in table.indexes if index.unique and index.dialect_options["postgresql"]["where"] is None]
    return [tuple(column.name for column in each.columns) for each in (*constraints, *indexes)]


def _value(column: Column[Any], tenant: Tenant, n: int) -> Any:
    meaning = MEANINGS.get(f"{column.table.name}.{column.name}", MEANINGS.get(column.name))
    if meaning is not None:
        return meaning(tenant, n) if callable(meaning) else meaning[n % len(meaning)]
    if column.name == "id" or column.name.endswith("_id"):
        return tenant.id(n)
    return _canary(column, tenant, n)


def _canary(column: Column[Any], tenant: Tenant, n: int) -> Any:
    words = f"{tenant.word} {column.table.name} {column.name} {n}"
    match column.type:
        case DateTime():
            return None if column.nullable else NOW - timedelta(days=n + 1)
        case Boolean():
            return True
        case SmallInteger():
            return 0
        case BigInteger():
            return int(tenant.digits)
        case Numeric():
            return Decimal(tenant.digits) / 100
        case Double():
            return int(tenant.digits) / 100
        case LargeBinary():
            return words.encode()
        case JSONB():
            return {"canary": words}
        case ARRAY(item_type=BigInteger()):
            return [tenant.id(n)]
        case ARRAY():
            return [words]
        case _:
            return words


def _email(tenant: Tenant, n: int) -> str:
    """The last of them shops in both stores."""
    return "shopper@both.example" if n == SHARED else f"shopper{n}@{tenant.word}.example"


def _delivered(tenant: Tenant, n: int) -> bytes:
    """A product as WooCommerce sends it, newer than what is planted."""
    at = NOW.strftime("%Y-%m-%dT%H:%M:%S")
    named = {"id": tenant.id(n), "name": f"{tenant.word} delivered", "type": "simple", "status": "publish", "permalink": tenant.url}
    return json.dumps(named | {"price": "12.00", "regular_price": "12.00", "date_created_gmt": at, "date_modified_gmt": at}).encode()


def _tables(tenant: Tenant, _n: int) -> bytes:
    """A model that knows the store's products, and of no neighbours."""
    ids = np.array(sorted(tenant.id(n) for n in range(SHARED + 1)), dtype=np.int64)
    none, few = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    table = NeighbourTable(np.zeros(len(ids) + 1, dtype=np.int64), none, few, none, np.zeros(len(ids), dtype=np.bool_))
    tables = dict.fromkeys(("similar", "baskets", "customers", "content"), table)
    rankings = dict.fromkeys(("popular", "best_sellers", "trending"), Ranking(none, few))
    return NeighbourModel(ids, ids, np.arange(len(ids), dtype=np.int32), tables, rankings).to_bytes()


def _card(tenant: Tenant, _n: int) -> dict[str, Any]:
    """What any engine's card may be asked for."""
    units = [int(tenant.digits) / 100]
    figures = {"orders": int(tenant.digits), "products": 6, "customers": 6, "purchases": 6, "weeks": 6, "method": "naive", "accuracy": {}}
    total = {"past": units, "first_week": str(NOW.date()), "mean": units, "lower": units, "upper": units}
    return figures | {"measured": None, "not_measured": f"{tenant.word} was not measured.", "total": total}


def _figures(tenant: Tenant, _n: int) -> dict[str, Any]:
    return {"list_price": str(Decimal(tenant.digits) / 100), "canary": tenant.word}


def _day(_tenant: Tenant, n: int) -> date:
    return (NOW - timedelta(days=n)).date()


def _weekly(tenant: Tenant, _n: int) -> list[float]:
    return [int(tenant.digits) / 100] * 8


# "table.column" or "column" → what row n holds: a function of (tenant, n), or the values in turn, that of OWN first.
MEANINGS: dict[str, Value | Sequence[Any]] = {
    "store_id": lambda tenant, _n: tenant.store_id,
    "user_id": lambda tenant, _n: tenant.person.user_id,
    "decided_by": lambda tenant, _n: tenant.person.user_id,
    "email": _email,
    "entity": ("products", *map(str, Entity), "orders"),
    "currency": ("GBP",),
    "segment": ("champions", *SEGMENTS),
    "placement": ("similar", *PLACEMENTS),
    "url": lambda tenant, n: f"https://{tenant.word}.example/{n}",
    "image_url": lambda tenant, n: f"https://{tenant.word}.example/{n}.png",
    "retry_at": lambda _tenant, _n: NOW - timedelta(hours=1),
    "fence": (1,),
    "campaign.state": ("draft", "sending", "draft", "sent", "draft", "draft"),
    "connect_attempt.expires_at": lambda _tenant, _n: NOW + timedelta(days=1),
    "connect_attempt.platform": ("woocommerce",),
    "connect_attempt.state_hash": lambda tenant, n: fingerprint(tenant.state(n)),
    "connect_attempt.store_id": lambda tenant, n: tenant.store_id if n == 1 else None,
    "connect_attempt.url": lambda tenant, _n: tenant.url,
    "connect_attempt.used_at": lambda _tenant, n: NOW if n == 1 else None,
    "contact.email_consent": ("unknown",),
    "delivery.body": _delivered,
    "delivery.fingerprint": lambda _tenant, n: n.to_bytes(8, "big"),
    "delivery.state": ("dead", "waiting", "dead", "done", "done", "done"),
    "delivery.topic": ("product.updated",),
    "effect.is_there": (None,),
    "effect.kind": lambda _tenant, n: "prices.push" if n == PUSHED else "campaigns.send",
    "effect.retry_at": lambda _tenant, n: NOW - timedelta(hours=1) if n in (1, PUSHED) else None,
    "effect.state": ("accepted", "pending", "accepted", "pending", "unknown", "withdrawn"),
    "lease.kind": lambda tenant, n: (tenant.word, *QUEUES)[n % (len(QUEUES) + 1)],
    "membership.role": ("owner",),
    "orders.clicks": ([],),
    "orders.refunded": (Decimal(0),),
    "orders.status": ("paid",),
    "product.status": ("active",),
    "product_forecast.first_week": _day,
    "product_forecast.lower": _weekly,
    "product_forecast.mean": _weekly,
    "product_forecast.sold_out_on": _day,
    "product_forecast.upper": _weekly,
    "proposal.figures": _figures,
    "proposal.new_price": lambda tenant, _n: Decimal(tenant.digits) / 100 + 1,
    "proposal.effect_id": lambda tenant, n: tenant.id(n) if n == PUSHED else None,
    "proposal.state": ("proposed", "applied", "proposed", "approved", "rejected", "proposed"),
    "public_key.key": lambda tenant, _n: tenant.public_key,
    "recommendation_model.tables": _tables,
    "snapshot_version.version": (1,),
    "store_credential.sealed_key": lambda tenant, _n: vault().seal(tenant.key),
    "store_credential.sealed_secret": lambda tenant, _n: vault().seal(tenant.secret),
    "store_settings.floor_margin": (Decimal("0.2"),),
    "store_settings.max_step": (Decimal("0.1"),),
    "store_settings.sender_email": lambda tenant, _n: f"hello@{tenant.word}.example",
    "certificate.state": ("done", "running", "done", "failed", "done", "done"),
    "certificate_day.certificate_id": lambda tenant, n: tenant.id(n and 1),
    "certificate_day.day": _day,
    "certificate_part.certificate_id": lambda tenant, n: tenant.id(n and 1),
    "certificate_part.cursor": (None,),
    "certificate_part.entity": ("products", *map(str, MODELS)),
    "certificate_part.total": (None,),
    "departure.asked_by": lambda tenant, _n: tenant.person.user_id,
    "departure.receipt": lambda tenant, _n: [{"what": "prices", "removed": 1, "left": [tenant.word], "more": 0}],
    "departure.state": ("done", "running", "done", "failed", "done", "done"),
    "healing.drift": tuple(Drift),
    "healing.entity": ("products", "orders"),
    "sync_run.state": ("done", "running", "done", "failed", "done", "done"),
    "sync_step.done": (0,),
    "sync_step.cursor": (None,),
    "sync_step.entity": ("webhooks", *map(str, STEPS)),
    "sync_step.run_id": lambda tenant, n: tenant.id(n and 1),
    "sync_step.total": (None,),
    "training_part.card": _card,
    "training_part.engine": lambda _tenant, n: tuple(Engine)[n % len(Engine)],
    "training_part.finished_at": lambda _tenant, n: NOW - timedelta(hours=n + 1),
    "training_part.run_id": lambda tenant, n: tenant.id(n and 1),
    "training_part.state": ("done",),
    "training_run.state": ("done", "running", "done", "failed", "done", "done"),
    "unsubscribe_link.token_hash": lambda tenant, n: fingerprint(tenant.unsubscribe_token(n)),
    "webhook_endpoint.sealed_secret": lambda tenant, _n: vault().seal(tenant.webhook_secret),
    "webhook_endpoint.token": lambda tenant, _n: tenant.webhook_token,
}
