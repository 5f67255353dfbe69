"""The other systems a service may speak to: made once per process, from its settings."""

from __future__ import annotations

from functools import cache

from sqlalchemy import select

from luxebrain import config
from luxebrain.crypto import vault
from luxebrain.database.session import session
from luxebrain.errors import NotConnected
from luxebrain.integrations.http import Http
from luxebrain.integrations.messaging.channel import Channel, Email
from luxebrain.integrations.messaging.smtp import Smtp
from luxebrain.integrations.platform import Credentials, Platform
from luxebrain.integrations.registry import open_platform
from luxebrain.models.stores import Store, StoreCredential


def http() -> Http:
    settings = config.current()
    return _http(settings.ssrf_allow, settings.ca_bundle)


@cache
def _http(ssrf_allow: frozenset[str], ca_bundle: str | None) -> Http:
    return Http(ssrf_allow=ssrf_allow, ca_bundle=ca_bundle)


def mail_channel() -> Channel[Email]:
    return Smtp(config.current().smtp_url)


def open_platform_of(store: Store) -> Platform:
    """The acting store's platform, with its keys. Raises NotConnected. Call it inside the transaction, use it outside."""
    credential = session.scalar(select(StoreCredential))
    if credential is None:
        raise NotConnected
    keys = Credentials(url=store.url, key=vault().open(credential.sealed_key), secret=vault().open(credential.sealed_secret))
    return open_platform(store.platform, keys, http())
