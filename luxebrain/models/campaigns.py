"""Campaigns and their messages. A message is sent once, or it is listed as unknown; never twice."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.database.session import Base
from luxebrain.database.tenancy import store_key
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
    QUEUED = "queued"
    SENDING = "sending"  # handed to the channel; found so after a crash it becomes unknown
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"  # nobody can say whether it left; never sent again


class Message(Base):
    __tablename__ = "message"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "campaign_id"], ["campaign.store_id", "campaign.id"], ondelete="CASCADE"),
        Index("uq_message_once", "store_id", "campaign_id", "contact_id", unique=True),
        Index("ix_message_open", "store_id", "id", postgresql_where=text("state in ('queued', 'sending')")),
    )
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    campaign_id: Mapped[int]
    contact_id: Mapped[int]
    email: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=MessageState.QUEUED)
    fence: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    retry_at: Mapped[datetime] = mapped_column(server_default=func.now())
    outcome: Mapped[str] = mapped_column(server_default="")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UnsubscribeLink(Base):
    """Finds a contact from the link in a mail. Outside row security: the link is what names the store."""

    __tablename__ = "unsubscribe_link"
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id", ondelete="CASCADE"))
    contact_id: Mapped[int]
    message_id: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
