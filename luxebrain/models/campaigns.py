"""Campaigns and their messages. How far a message is, its effect in the ledger says (models.outbox); here are the words for it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.database.session import Base
from luxebrain.database.tenancy import store_key
from luxebrain.models.outbox import EffectState
from luxebrain.models.work import own_id


class CampaignState(StrEnum):
    DRAFT = "draft"
    SENDING = "sending"
    SENT = "sent"


class Campaign(Base):
    """`segment`: whose contacts it goes to; "everyone" for all."""

    __tablename__ = "campaign"
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    subject: Mapped[str]
    body: Mapped[str]
    segment: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=CampaignState.DRAFT)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class MessageState(StrEnum):
    """Read from the ledger, kept nowhere."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"  # nobody can say whether it left; never sent again


# An effect's state, and what was found of a resolved one → what that means for its message.
MEANING: dict[tuple[str, bool | None], MessageState] = {
    (EffectState.PENDING, None): MessageState.QUEUED,
    (EffectState.ATTEMPTED, None): MessageState.SENDING,
    (EffectState.ACCEPTED, None): MessageState.SENT,
    (EffectState.REFUSED, None): MessageState.FAILED,
    (EffectState.WITHDRAWN, None): MessageState.SUPPRESSED,
    (EffectState.UNKNOWN, None): MessageState.UNKNOWN,
    (EffectState.RESOLVED, True): MessageState.SENT,
    (EffectState.RESOLVED, False): MessageState.FAILED,
}


class Message(Base):
    """Its effect has the same id: it is found by the primary key from either side, and a campaign's start numbers both at once."""

    __tablename__ = "message"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "campaign_id"], ["campaign.store_id", "campaign.id"], ondelete="CASCADE"),
        Index("uq_message_once", "store_id", "campaign_id", "contact_id", unique=True),
    )
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    campaign_id: Mapped[int]
    contact_id: Mapped[int]
    email: Mapped[str]


class UnsubscribeLink(Base):
    """Finds a contact from the link in a mail. Outside row security: the link is what names the store."""

    __tablename__ = "unsubscribe_link"
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    contact_id: Mapped[int]
    message_id: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
