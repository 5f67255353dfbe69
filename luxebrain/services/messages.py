"""Sends what campaigns queued: once, or listed as unknown; never twice.

Why it holds: services.outbox. A message goes back to the queue only with the channel's word that it certainly did not leave (Failed, not
permanent; or never tried). Whatever a dead worker had in hand is unknown, is listed with that reason and is never sent again, unless a
person who asked the recipient says otherwise. Should the old worker still live and only be slow, it stops at half a lease, and its outcomes
are refused with LeaseLost.

Consent is read again in the claim: whoever unsubscribed after the campaign was started is left out, up to the few seconds a batch takes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Row, exists, select, update

from luxebrain import config
from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.integrations.messaging.channel import Accepted, Channel, Email, Failed, Outcome, Unknown, unsubscribe_headers
from luxebrain.models.campaigns import Campaign, CampaignState, Message
from luxebrain.models.orders import Consent, Contact
from luxebrain.models.outbox import Effect, EffectState
from luxebrain.models.stores import StoreSettings
from luxebrain.services import leases, outbox, stores
from luxebrain.services.outbox import Answer, Claim
from luxebrain.services.rendering import Letter, render_letter
from luxebrain.services.unsubscribe import address_of, record_links, token_of

KIND = "campaigns.send"
# What is in the hands of a worker at once, and so at most what its death leaves unknown.
BATCH = 20
MOST_ATTEMPTS = 5
FIRST_WAIT_S, LONGEST_WAIT_S = 60, 3600
AWAY_WAIT = timedelta(minutes=5)  # a mail server that is away: as often as it takes, no message loses an attempt by it
ON_THE_WAY = (EffectState.PENDING, EffectState.ATTEMPTED)
INTERRUPTED = "Sending was interrupted after this message was handed over. It may have arrived, so it is not sent again."
UNSUBSCRIBED = "Unsubscribed before it was sent."
# Stands in the unsubscribe address of a mail that is only looked at.
NOT_SENT = "preview"


@dataclass(frozen=True, slots=True)
class Task:
    """A message that is ours to send now; `attempts` counts this one."""

    id: int
    attempts: int
    email: Email


@dataclass(frozen=True, slots=True)
class NotTried:
    """The time of the batch was over before its turn."""


Result = Outcome | NotTried


def claim_messages(fence: int, *, now: datetime) -> list[Task] | None:
    """Up to BATCH messages that are due, oldest first, counted as tried; None where nothing is due. May be empty: all had unsubscribed."""
    leases.hold_lease(KIND, fence)
    outbox.give_up_on_interrupted(KIND, INTERRUPTED, look_at=None, now=now)
    due = _find_due(now=now)
    mine = {row.id: row for row in due if _may_be_sent(row)}
    outbox.withdraw([row.id for row in due if row.id not in mine], UNSUBSCRIBED, now=now)
    claims = outbox.claim(KIND, mine, fence, now=now)
    record_links(current_store_id(), [(id, mine[id].contact_id) for id in claims])
    _finish_campaigns(now=now)
    return _write([(mine[id], claims[id]) for id in mine if id in claims]) if due else None


def call_channel(tasks: Sequence[Task], channel: Channel[Email]) -> list[tuple[Task, Result]]:
    """Sends one after the other, and stops at half a lease or where the channel is away: what is then left was not tried."""
    ends, is_away = time.monotonic() + config.current().lease_s / 2, False
    results: list[tuple[Task, Result]] = []
    try:
        for task in tasks:
            result = NotTried() if is_away or time.monotonic() >= ends else channel.send(task.email)
            is_away = is_away or _is_away(result)
            results.append((task, result))
    finally:
        channel.close()
    return results


def _is_away(result: Result) -> bool:
    return isinstance(result, Failed) and result.is_channel_away


def call_channel_once(email: Email, channel: Channel[Email]) -> Outcome:
    try:
        return channel.send(email)
    finally:
        channel.close()


def record_results(results: Sequence[tuple[Task, Result]], fence: int, *, now: datetime) -> None:
    """Nobody takes mail? Then one message knocked for all, or thousands would, each for as long as a time-out."""
    leases.hold_lease(KIND, fence)
    outbox.record({task.id: _answer(task, result, now=now) for task, result in results}, fence, now=now)
    if any(_is_away(result) for _, result in results):
        outbox.put_off(KIND, until=now + AWAY_WAIT)
    _finish_campaigns(now=now)


def prepare_test(campaign: Campaign, *, to: str, first_name: str) -> Email:
    """The campaign as a mail to its writer; its unsubscribe link belongs to nobody."""
    letter = letter_of(campaign, stores.get_settings(), first_name=first_name, unsubscribe_url=address_of(NOT_SENT))
    return _email(letter, stores.get_settings(), to=to, prefix="Test: ")


def letter_of(campaign: Campaign, settings: StoreSettings, *, first_name: str, unsubscribe_url: str) -> Letter:
    return Letter(
        subject=campaign.subject,
        body=campaign.body,
        first_name=first_name,
        store_name=settings.sender_name,
        postal_address=settings.postal_address,
        unsubscribe_url=unsubscribe_url,
    )


def _find_due(*, now: datetime) -> Sequence[Row[Any]]:
    columns = select(Message.id, Message.campaign_id, Message.contact_id, Message.email)
    with_person = columns.add_columns(Contact.email_consent, Contact.first_name).select_from(Effect)
    person = (Contact.store_id == Message.store_id) & (Contact.id == Message.contact_id)
    due = with_person.join(Message, its_effect()).outerjoin(Contact, person).where(outbox.is_due(KIND, now=now))
    return session.execute(due.order_by(Effect.id).limit(BATCH)).all()


def its_effect() -> ColumnElement[bool]:
    """How a message and its effect find each other."""
    return (Effect.store_id == Message.store_id) & (Effect.id == Message.id)


def _may_be_sent(row: Row[Any]) -> bool:
    """Not to somebody who has unsubscribed, nor to somebody who was erased meanwhile."""
    return row.email_consent is not None and row.email_consent != Consent.WITHDRAWN


def _write(rows: Sequence[tuple[Row[Any], Claim]]) -> list[Task]:
    ids = {row.campaign_id for row, _ in rows}
    campaigns = {campaign.id: campaign for campaign in session.scalars(select(Campaign).where(Campaign.id.in_(ids)))}
    settings, store_id = stores.get_settings(), current_store_id()
    tasks = []
    for row, claim in rows:
        url = address_of(token_of(store_id, row.id))
        letter = letter_of(campaigns[row.campaign_id], settings, first_name=row.first_name, unsubscribe_url=url)
        tasks.append(Task(row.id, claim.attempts, _email(letter, settings, to=row.email, message_id=_message_id(store_id, row.id))))
    return tasks


def _message_id(store_id: int, message_id: int) -> str:
    return f"<{message_id}.{store_id}@{urlsplit(config.current().public_url).hostname}>"


def _email(letter: Letter, settings: StoreSettings, *, to: str, message_id: str = "", prefix: str = "") -> Email:
    rendered = render_letter(letter)
    return Email(
        to=to,
        subject=prefix + rendered.subject,
        html=rendered.html,
        text=rendered.text,
        from_address=settings.sender_email,
        from_name=settings.sender_name,
        reply_to=settings.sender_email,
        message_id=message_id,
        headers=unsubscribe_headers(letter.unsubscribe_url),
    )


def _answer(task: Task, result: Result, *, now: datetime) -> Answer:
    """What a result means for the ledger."""
    match result:
        case Accepted():
            return Answer(EffectState.ACCEPTED)
        case Unknown(reason):
            return Answer(EffectState.UNKNOWN, reason)
        case NotTried():
            return Answer(EffectState.PENDING, retry_at=now, is_try=False)
        case Failed(reason, is_channel_away=True):
            return Answer(EffectState.PENDING, reason, now + AWAY_WAIT, is_try=False)
        case Failed(reason, is_permanent):
            if is_permanent or task.attempts >= MOST_ATTEMPTS:
                return Answer(EffectState.REFUSED, reason)
            return Answer(EffectState.PENDING, reason, now + _wait(task.attempts))
        case _:
            assert_never(result)


def _wait(attempts: int) -> timedelta:
    """1, 4, 16, 60 minutes: greylisting lets pass after minutes, a mail server is mended within hours."""
    return timedelta(seconds=min(FIRST_WAIT_S * 4 ** (attempts - 1), LONGEST_WAIT_S))


def _finish_campaigns(*, now: datetime) -> None:
    """A campaign is sent when none of its messages waits or is being sent."""
    its_messages = (Message.store_id == Campaign.store_id) & (Message.campaign_id == Campaign.id)
    is_open = exists().where(its_messages, its_effect(), outbox.OPEN, Effect.state.in_(ON_THE_WAY))
    over = (Campaign.state == CampaignState.SENDING) & ~is_open
    session.execute(update(Campaign).where(over).values(state=CampaignState.SENT, finished_at=now))
