"""Stores with people to write to, planted without a platform, and a mailbox on real sockets that our mail goes to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select, update

from lab.smtp.server import MailboxServer
from luxebrain import config, jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import Credentials, CustomerRecord, OrderRecord, OrderStatus, StoreProfile
from luxebrain.models.campaigns import MEANING, Campaign, Message
from luxebrain.models.orders import Consent, Contact
from luxebrain.models.outbox import Effect
from luxebrain.models.stores import StoreSettings
from luxebrain.models.work import Lease
from luxebrain.services import accounts, campaigns, messages, orders, segments, stores
from luxebrain.services.campaigns import Draft

NOW = datetime.now(UTC).replace(microsecond=0)
PASSWORD = "correct horse battery"


@contextmanager
def running_mailbox(folder: Path) -> Iterator[MailboxServer]:
    """Whatever we send goes to it."""
    before = config.current()
    with MailboxServer(folder) as server:
        config.use(replace(before, smtp_url=server.smtp_url, slice_s=60))
        try:
            yield server
        finally:
            config.use(before)


def make_store(name: str) -> int:
    """A connected store of merchant@<name>.example."""
    profile = StoreProfile(name=name.capitalize(), url=f"https://{name}.example", currency="GBP", timezone="UTC", prices_include_tax=True)
    with transaction():
        owner = accounts.sign_up(f"merchant@{name}.example", PASSWORD, name="Mia Merchant")
        store = stores.record_store("woocommerce", profile.url, profile, owner_id=owner.id, now=NOW)
    with transaction(store.id):
        stores.open_store(store, Credentials(url=profile.url, key="ck_1", secret="cs_1"))
        session.execute(update(StoreSettings).values(postal_address="4 Mill Lane, Bath", sender_email=f"hello@{name}.example"))
    return store.id


def add_people(store_id: int, *emails: str, first_name: str = "Ada") -> None:
    with transaction(store_id):
        orders.apply_customers([_customer(number, email, first_name) for number, email in enumerate(emails, 1)], is_current=True)


def _customer(number: int, email: str, first_name: str) -> CustomerRecord:
    facts = {"phone": "", "created_at": NOW, "modified_at": NOW}
    return CustomerRecord(id=number, email=email, first_name=first_name, last_name="Lovelace", **facts)  # type: ignore[arg-type]


def add_order(store_id: int, number: int, email: str, *, days_ago: int, total: str = "10", currency: str = "GBP") -> None:
    at = NOW - timedelta(days=days_ago)
    order = OrderRecord(
        id=number,
        number=str(number),
        status=OrderStatus.PAID,
        customer_id=None,
        email=email,
        first_name="Ada",
        last_name="Lovelace",
        phone="",
        currency=currency,
        total=Decimal(total),
        created_at=at,
        modified_at=at,
        lines=(),
        refunds=(),
        clicks=(),
    )
    with transaction(store_id):
        orders.apply_orders([order], is_current=True, now=NOW)


def add_ten_customers(store_id: int) -> None:
    """Number 1 bought ten times and lately, number 10 once and long ago."""
    number = 0
    for person in range(1, 11):
        for order in range(11 - person):
            number += 1
            add_order(store_id, number, f"person{person}@example.com", days_ago=person * 20 + order)


def start(store_id: int, *, segment: str = segments.EVERYONE, subject: str = "News", body: str = "Hello {first_name|there}") -> int:
    """A campaign on its way; its id."""
    with transaction(store_id):
        campaign = campaigns.create_campaign(Draft(subject=subject, body=body, segment=segment))
    with transaction(store_id):
        campaigns.start_campaign(campaign.id, now=utcnow())
    return campaign.id


def send_all(store_id: int) -> None:
    jobs.run(messages.KIND, store_id)


def make_due(store_id: int) -> None:
    """As if the time until the next attempt had passed."""
    with transaction(store_id):
        session.execute(update(Effect).where(Effect.retry_at.is_not(None)).values(retry_at=NOW - timedelta(hours=1)))


def end_leases(store_id: int) -> None:
    """As if the holder had been gone for longer than a lease."""
    with transaction(store_id):
        session.execute(update(Lease).values(leased_until=NOW - timedelta(hours=1)))


def withdraw(store_id: int, email: str) -> None:
    with transaction(store_id):
        session.execute(update(Contact).where(Contact.email == email).values(email_consent=Consent.WITHDRAWN))


def states(store_id: int) -> dict[str, str]:
    """Address → state of every message of the store."""
    with transaction(store_id):
        rows = session.execute(select(Message.email, Effect.state, Effect.is_there).join(Effect, messages.its_effect()))
        return {email: MEANING[state, is_there] for email, state, is_there in rows}


def effects(store_id: int) -> dict[str, Effect]:
    """Address → how far its message is in the ledger."""
    with transaction(store_id):
        return dict(session.execute(select(Message.email, Effect).join(Effect, messages.its_effect())).all())


def campaign_state(store_id: int) -> str:
    with transaction(store_id):
        return session.scalars(select(Campaign.state)).one()


def recipients(server: MailboxServer) -> list[str]:
    """Who got mail, once for each mail."""
    return sorted(address for received in server.mailbox.all() for address in received.recipients)
