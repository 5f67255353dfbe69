"""E-mail campaigns of the acting store: written, looked at, started once. What leaves, and how, is services.messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from luxebrain.crypto import new_id
from luxebrain.database.session import session
from luxebrain.errors import InvalidInput, InvalidTransition, NotFound
from luxebrain.models.campaigns import MEANING, Campaign, CampaignState, Message, MessageState
from luxebrain.models.orders import Contact
from luxebrain.models.outbox import Effect
from luxebrain.models.segments import ContactSegment
from luxebrain.services import audit, leases, outbox, stores
from luxebrain.services.audit import Deed
from luxebrain.services.messages import KIND, NOT_SENT, its_effect, letter_of
from luxebrain.services.rendering import Rendered, find_bad_field, render_letter
from luxebrain.services.segments import EVERYONE, WORDS, may_be_written_to
from luxebrain.services.unsubscribe import address_of

LONGEST_SUBJECT = 150
LONGEST_BODY = 20_000
MOST_SHOWN = 200
ARRIVED, LOST = "It arrived, said a person who asked.", "It did not arrive, said a person who asked."


@dataclass(frozen=True, slots=True)
class Draft:
    """What a merchant types. Raises InvalidInput naming the field."""

    subject: str
    body: str
    segment: str

    def __post_init__(self) -> None:
        for field, longest in (("subject", LONGEST_SUBJECT), ("body", LONGEST_BODY)):
            text = getattr(self, field)
            if not text.strip():
                raise InvalidInput(field, f"Type a {'subject' if field == 'subject' else 'text'}.")
            if len(text) > longest:
                raise InvalidInput(field, f"At most {longest:,} characters fit; this has {len(text):,}.")
            if wrong := find_bad_field(text):
                raise InvalidInput(field, wrong)
        if self.segment not in WORDS:
            raise InvalidInput("segment", "Choose who gets it.")


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign in the list. `sent` of `total` messages; `total` is 0 for a draft."""

    id: int
    subject: str
    segment_word: str
    state: str
    created_at: datetime
    finished_at: datetime | None
    sent: int
    total: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that failed or of which nobody knows; `outcome` is the reason."""

    id: int
    email: str
    outcome: str
    changed_at: datetime


def create_campaign(draft: Draft) -> Campaign:
    campaign = Campaign(subject=draft.subject, body=draft.body, segment=draft.segment)
    session.add(campaign)
    session.flush()
    return campaign


def change_campaign(campaign_id: int, draft: Draft) -> None:
    """Raises InvalidTransition once it is on its way."""
    campaign = get_campaign(campaign_id, is_locked=True)
    if campaign.state != CampaignState.DRAFT:
        raise InvalidTransition("This campaign is on its way already and can no longer be changed.")
    campaign.subject, campaign.body, campaign.segment = draft.subject, draft.body, draft.segment


def get_campaign(campaign_id: int, *, is_locked: bool = False) -> Campaign:
    """Raises NotFound."""
    statement = select(Campaign).where(Campaign.id == campaign_id).execution_options(populate_existing=True)
    campaign = session.scalar(statement.with_for_update() if is_locked else statement)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    return campaign


def list_campaigns(*, limit: int = MOST_SHOWN) -> list[CampaignLine]:
    """Newest first."""
    sent, unknown = (func.count().filter(_is_in(state)) for state in (MessageState.SENT, MessageState.UNKNOWN))
    figures = (func.coalesce(sent, 0), func.count(Message.id), func.coalesce(unknown, 0))
    its_messages = (Message.store_id == Campaign.store_id) & (Message.campaign_id == Campaign.id)
    newest = select(Campaign, *figures).outerjoin(Message, its_messages).outerjoin(Effect, its_effect())
    newest = newest.group_by(Campaign.store_id, Campaign.id)
    rows = session.execute(newest.order_by(Campaign.id.desc()).limit(limit))
    return [_line(campaign, *counts) for campaign, *counts in rows]


def _line(campaign: Campaign, sent: int, total: int, unknown: int) -> CampaignLine:
    facts = (campaign.id, campaign.subject, WORDS[campaign.segment], campaign.state, campaign.created_at, campaign.finished_at)
    return CampaignLine(*facts, sent=sent, total=total, unknown=unknown)


def count_recipients() -> dict[str, int]:
    """By segment, and under "everyone" all: people who have an address and have not unsubscribed."""
    by_segment = select(ContactSegment.segment, func.count()).join(Contact, _is_in_segment()).where(may_be_written_to())
    counts = dict(session.execute(by_segment.group_by(ContactSegment.segment)).all())
    everyone = session.scalars(select(func.count()).select_from(Contact).where(may_be_written_to())).one()
    return {key: everyone if key == EVERYONE else counts.get(key, 0) for key in WORDS}


def start_campaign(campaign_id: int, *, now: datetime) -> int:
    """Asks for one message to each recipient and rings; returns how many. A second click finds it started and returns 0.

    One INSERT … SELECT for messages and effects: ids count up from one of ours. Raises InvalidInput where nobody can get it, NotFound.
    """
    campaign = get_campaign(campaign_id, is_locked=True)
    if campaign.state != CampaignState.DRAFT:
        return 0
    number = literal(new_id()) + func.row_number().over(order_by=Contact.id)
    people = _recipients(campaign.segment).with_only_columns(number, literal(campaign.id), Contact.id, Contact.email)
    messages = insert(Message).from_select(["id", "campaign_id", "contact_id", "email"], people)
    new = messages.on_conflict_do_nothing().returning(Message.id).cte("new")
    queued = outbox.ask_for_each(KIND, select(new.c.id, cast(new.c.id, Text).label("key")), now=now)
    if not queued:
        raise InvalidInput("segment", "Nobody in this group can get it: they have all unsubscribed, or the group is empty.")
    campaign.state, campaign.started_at = CampaignState.SENDING, now
    leases.ring(KIND)
    return queued


def preview(campaign: Campaign) -> Rendered:
    """As its first recipient will get it."""
    some_name = _recipients(campaign.segment).with_only_columns(Contact.first_name).order_by((Contact.first_name == ""), Contact.id)
    first_name = session.scalar(some_name.limit(1)) or ""
    return render_letter(letter_of(campaign, stores.get_settings(), first_name=first_name, unsubscribe_url=address_of(NOT_SENT)))


def count_messages(campaign_id: int) -> dict[str, int]:
    """By state; every state is there."""
    counted = select(Effect.state, Effect.is_there, func.count()).join(Message, its_effect()).where(Message.campaign_id == campaign_id)
    counts = dict.fromkeys([state.value for state in MessageState], 0)
    for state, is_there, count in session.execute(counted.group_by(Effect.state, Effect.is_there)):
        counts[MEANING[state, is_there]] += count
    return counts


def list_undelivered(campaign_id: int, state: MessageState, *, limit: int = MOST_SHOWN) -> list[Undelivered]:
    """Messages that failed or of which nobody knows."""
    columns = select(Message.id, Message.email, Effect.outcome, Effect.changed_at).join(Effect, its_effect())
    those = columns.where(Message.campaign_id == campaign_id, _is_in(state))
    return [Undelivered(*row) for row in session.execute(those.order_by(Message.id).limit(limit))]


def resolve_message(campaign_id: int, message_id: int, *, has_arrived: bool, by: int, now: datetime) -> None:
    """A person asked the recipient. Either way nothing is sent again. Raises NotFound, InvalidTransition where it is known already."""
    found = session.scalar(select(Message.id).where(Message.campaign_id == campaign_id, Message.id == message_id))
    if found is None:
        raise NotFound("There is no such message.")
    if not outbox.resolve([message_id], is_there=has_arrived, reason=ARRIVED if has_arrived else LOST, now=now):
        raise InvalidTransition("What became of this message is known already. Reload the page to see it.")
    audit.record(Deed("message.resolved", f"message {message_id}", {"has_arrived": has_arrived}), user_id=by)


def _is_in(state: MessageState) -> ColumnElement[bool]:
    return or_(*(and_(Effect.state == effect, Effect.is_there.is_(found)) for (effect, found), meant in MEANING.items() if meant is state))


def _recipients(segment: str) -> Select[Contact]:
    people = select(Contact).where(may_be_written_to())
    if segment == EVERYONE:
        return people
    return people.join(ContactSegment, _is_in_segment()).where(ContactSegment.segment == segment)


def _is_in_segment() -> ColumnElement[bool]:
    return (ContactSegment.store_id == Contact.store_id) & (ContactSegment.contact_id == Contact.id)
