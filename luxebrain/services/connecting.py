"""Connecting a WooCommerce store: address → consent on the store → keys sent to us → proved by calling the store → kept.

The callback is not signed: a single-use, expiring, unguessable state ties it to the person and the address that asked. Keys are kept only
after the store at that address has answered to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update

from luxebrain import config
from luxebrain.crypto import fingerprint, new_token
from luxebrain.database.session import session
from luxebrain.errors import NotFound
from luxebrain.integrations.platform import Credentials, StoreProfile
from luxebrain.integrations.registry import open_platform
from luxebrain.integrations.woocommerce import connect
from luxebrain.models.stores import ConnectAttempt, Store
from luxebrain.services import stores
from luxebrain.services.outside import http

APP_NAME = "LuxeBrain"
ATTEMPT_LASTS = timedelta(minutes=30)
PLATFORM = "woocommerce"


@dataclass(frozen=True, slots=True)
class Attempt:
    state: str = field(repr=False)
    user_id: int
    url: str


def probe_address(typed: str) -> str:
    """The store's address as we will use it. Asks the store: outside any transaction. Raises InvalidInput("url") saying what to do."""
    return connect.probe(connect.normalise_url(typed), http())


def record_attempt(url: str, *, user_id: int, now: datetime) -> str:
    """Returns the address of the store's consent page."""
    state = new_token()
    expires_at = now + ATTEMPT_LASTS
    session.add(ConnectAttempt(state_hash=fingerprint(state), user_id=user_id, platform=PLATFORM, url=url, expires_at=expires_at))
    ours = config.current().public_url
    return connect.authorize_url(
        url, app_name=APP_NAME, state=state, return_url=f"{ours}/connect/return", callback_url=f"{ours}/connect/woocommerce/callback"
    )


def claim_attempt(state: str, *, now: datetime) -> Attempt:
    """Raises NotFound for a state that is unknown, used or too old."""
    attempt = session.get(ConnectAttempt, fingerprint(state))
    if attempt is None or attempt.used_at is not None or attempt.expires_at < now:
        raise NotFound("This connection was not asked for, was finished already, or took too long. Start again from LuxeBrain.")
    return Attempt(state, attempt.user_id, attempt.url)


def prove_keys(credentials: Credentials) -> StoreProfile:
    """Calls the store with the keys, outside any transaction. Raises OutgoingError."""
    return open_platform(PLATFORM, credentials, http()).read_profile()


def record_connection(attempt: Attempt, profile: StoreProfile, *, now: datetime) -> Store:
    """Uses the attempt up. Two callbacks for one state: only the first gets here whole."""
    mine = update(ConnectAttempt).where(ConnectAttempt.state_hash == fingerprint(attempt.state), ConnectAttempt.used_at.is_(None))
    if session.execute(mine.values(used_at=now).returning(ConnectAttempt.state_hash)).first() is None:
        raise NotFound("This connection was finished already.")
    store = stores.record_store(PLATFORM, attempt.url, profile, owner_id=attempt.user_id, now=now)
    session.execute(update(ConnectAttempt).where(ConnectAttempt.state_hash == fingerprint(attempt.state)).values(store_id=store.id))
    return store


def find_connected_store(state: str, *, user_id: int) -> int | None:
    """Where an attempt of this person led, None while it led nowhere."""
    mine = select(ConnectAttempt.store_id).where(ConnectAttempt.state_hash == fingerprint(state), ConnectAttempt.user_id == user_id)
    return session.scalar(mine)
