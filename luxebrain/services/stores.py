"""Stores: who may see them, how they come to be, what finds them from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from luxebrain import config
from luxebrain.crypto import new_token, vault
from luxebrain.database.session import session
from luxebrain.errors import NotFound
from luxebrain.integrations.platform import Credentials, StoreProfile
from luxebrain.models.stores import Membership, PublicKey, Role, SnapshotVersion, Store, StoreCredential, StoreSettings, WebhookEndpoint


def find_store_of(user_id: int, store_id: int) -> Store | None:
    mine = select(Membership.store_id).where(Membership.user_id == user_id, Membership.store_id == store_id)
    return session.scalar(select(Store).where(Store.id == mine.scalar_subquery()))


def list_stores_of(user_id: int) -> list[Store]:
    mine = select(Membership.store_id).where(Membership.user_id == user_id)
    return list(session.scalars(select(Store).where(Store.id.in_(mine)).order_by(Store.name, Store.id)))


def get_store(store_id: int) -> Store:
    """Raises NotFound."""
    store = session.get(Store, store_id)
    if store is None:
        raise NotFound("There is no such store.")
    return store


def find_store(id_or_url: str) -> Store | None:
    if id_or_url.isdigit():
        return session.get(Store, int(id_or_url))
    return session.scalar(select(Store).where(Store.url == id_or_url.rstrip("/")))


def list_stores() -> list[Store]:
    return list(session.scalars(select(Store).order_by(Store.id)))


def record_store(platform: str, url: str, profile: StoreProfile, *, owner_id: int, now: datetime) -> Store:
    """Makes the store, or takes up again one that was there; its data stay. The owner becomes a member."""
    row = {
        "platform": platform,
        "url": url,
        "name": profile.name,
        "currency": profile.currency,
        "timezone": profile.timezone,
        "prices_include_tax": profile.prices_include_tax,
        "connected_at": now,
        "paused_reason": "",
    }
    statement = insert(Store).values(row).on_conflict_do_update(index_elements=["platform", "url"], set_=row)
    store_id = session.scalars(statement.returning(Store.id)).one()
    session.execute(insert(Membership).values(user_id=owner_id, store_id=store_id, role=Role.OWNER).on_conflict_do_nothing())
    session.execute(insert(PublicKey).values(key="pk_" + new_token()[:24], store_id=store_id).on_conflict_do_nothing())
    secret = vault().seal(new_token())
    session.execute(insert(WebhookEndpoint).values(token=new_token(), store_id=store_id, sealed_secret=secret).on_conflict_do_nothing())
    session.execute(insert(SnapshotVersion).values(store_id=store_id, version=1).on_conflict_do_nothing())
    return session.get_one(Store, store_id, populate_existing=True)


def open_store(store: Store, credentials: Credentials) -> None:
    """For the acting store: its new keys replace those before; settings it has not got yet are the defaults."""
    keys = {"sealed_key": vault().seal(credentials.key), "sealed_secret": vault().seal(credentials.secret)}
    session.execute(insert(StoreCredential).values(keys).on_conflict_do_update(index_elements=["store_id"], set_=keys))
    defaults = {
        "floor_margin": Decimal("0.2"),
        "max_step": Decimal("0.1"),
        "needs_approval": True,
        "sender_name": store.name,
        "sender_email": config.current().mail_from,
        "postal_address": "",
    }
    session.execute(insert(StoreSettings).values(defaults).on_conflict_do_nothing(index_elements=["store_id"]))


def get_settings() -> StoreSettings:
    return session.scalars(select(StoreSettings)).one()


def public_key_of(store_id: int) -> str:
    return session.scalars(select(PublicKey.key).where(PublicKey.store_id == store_id)).one()


def webhook_address_of(store: Store) -> tuple[str, str]:
    """(address, secret) for the store's deliveries to us."""
    endpoint = session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.store_id == store.id)).one()
    address = f"{config.current().public_url}/webhooks/{store.platform}/{endpoint.token}"
    return address, vault().open(endpoint.sealed_secret)


@dataclass(frozen=True, slots=True)
class Endpoint:
    store_id: int
    secret: str = field(repr=False)


def find_webhook_endpoint(token: str) -> Endpoint | None:
    found = session.get(WebhookEndpoint, token)
    return Endpoint(found.store_id, vault().open(found.sealed_secret)) if found else None


def pause(store_id: int, reason: str) -> None:
    session.execute(update(Store).where(Store.id == store_id).values(paused_reason=reason))
