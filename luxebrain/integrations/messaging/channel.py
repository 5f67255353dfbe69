"""What a message is and what can become of it. SMTP, SendGrid, Twilio and SNS are Channels.

The three outcomes are the promise "sent once or listed as unknown, never twice": only a Failed that is not permanent may be sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """`message_id`: ours, "<…@…>", the same whenever this message is tried again. `headers`: more, such as unsubscribe_headers(…)."""

    to: str = field(repr=False)
    subject: str
    html: str = field(repr=False)
    text: str = field(repr=False)
    from_address: str
    from_name: str = ""
    reply_to: str = ""
    message_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """Somebody else answers for the message now. `provider_id`: how they will name it in events."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It certainly did not leave. `is_permanent`: trying again cannot help. `is_bad_address`: the recipient's address is at fault.
    `is_channel_away`: nobody was there to take any message, so it says nothing about this one."""

    reason: str
    is_permanent: bool
    is_bad_address: bool = False
    is_channel_away: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have left: never to be sent again by itself."""

    reason: str


Outcome = Accepted | Failed | Unknown
Message = TypeVar("Message", contravariant=True)


class Channel(Protocol[Message]):
    """Used by one thread at a time. `send` raises nothing for what the other side does; `close` may be called twice."""

    def send(self, message: Message) -> Outcome: ...

    def close(self) -> None: ...


def unsubscribe_headers(url: str) -> dict[str, str]:
    """RFC 8058: the mail program's own button, which acts by POST."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
