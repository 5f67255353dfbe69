"""Opting out by the link in a mail. The link names store, person and message, so it works without a log-in and for ever.

A token is derived from the message, not remembered: whoever renders the message again makes the same link. The database knows its hash.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from luxebrain import config
from luxebrain.crypto import fingerprint, sign
from luxebrain.database.session import session
from luxebrain.models.campaigns import UnsubscribeLink
from luxebrain.models.orders import Consent, Contact
from luxebrain.models.stores import Store


@dataclass(frozen=True, slots=True)
class Link:
    store_id: int
    contact_id: int


@dataclass(frozen=True, slots=True)
class Subscriber:
    """`masked_email`: enough for its owner to know it; "" where we no longer know the person."""

    store_name: str
    masked_email: str
    has_withdrawn: bool


def token_of(store_id: int, message_id: int) -> str:
    """256 bits; safe in a URL."""
    mac = sign(config.current().secret_key, f"luxebrain unsubscribe {store_id} {message_id}".encode())
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def address_of(token: str) -> str:
    return f"{config.current().public_url}/u/{token}"


def record_links(store_id: int, messages: Sequence[tuple[int, int]]) -> None:
    """For (message id, contact id) that are about to leave; those that have a link already keep it."""
    rows = [
        {
            "token_hash": fingerprint(token_of(store_id, message_id)),
            "store_id": store_id,
            "contact_id": contact_id,
            "message_id": message_id,
        }
        for message_id, contact_id in messages
    ]
    if rows:
        session.execute(insert(UnsubscribeLink).values(rows).on_conflict_do_nothing())


def find_link(token: str) -> Link | None:
    found = session.get(UnsubscribeLink, fingerprint(token))
    return Link(found.store_id, found.contact_id) if found else None


def get_subscriber(link: Link) -> Subscriber:
    """For the acting store, which is the link's."""
    store_name = session.scalars(select(Store.name).where(Store.id == link.store_id)).one()
    contact = session.scalar(select(Contact).where(Contact.id == link.contact_id))
    if contact is None:
        return Subscriber(store_name, "", has_withdrawn=True)
    return Subscriber(store_name, _masked(contact.email), has_withdrawn=contact.email_consent == Consent.WITHDRAWN)


def withdraw_consent(link: Link, *, now: datetime) -> None:
    """The first time counts. What is queued for this person is left out when its turn comes."""
    still_given = (Contact.id == link.contact_id) & (Contact.email_consent != Consent.WITHDRAWN)
    session.execute(update(Contact).where(still_given).values(email_consent=Consent.WITHDRAWN, consent_changed_at=now))


def _masked(email: str) -> str:
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}"
