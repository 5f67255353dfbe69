"""The SMTP side (aiosmtpd): takes a message into the mailbox, unless a knob says what goes wrong."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, replace
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from lab.smtp.mailbox import Mailbox

LARGEST = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Knobs:
    """What goes wrong. `drop_next` counts down; a dropped message is kept or lost, which its sender cannot know."""

    refuse: tuple[str, ...] = ("bounce@",)  # beginnings of recipient addresses that get 550
    defer: tuple[str, ...] = ("later@",)  # and that get 451: try again later
    drop_next: int = 0  # connections to drop after DATA, before the answer
    keeps_dropped: bool = True
    slow_s: float = 0  # before the answer to DATA


class Delivery:
    """aiosmtpd's handler; its method names are the protocol's hooks."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox, self.knobs = mailbox, Knobs()
        self._lock = threading.Lock()  # the page turns knobs from another thread

    def turn(self, **knobs: Any) -> Knobs:
        """Raises TypeError for a knob that does not exist."""
        with self._lock:
            self.knobs = replace(self.knobs, **knobs)
        return self.knobs

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        if address.startswith(self.knobs.refuse):
            return "550 5.1.1 No such mailbox here"
        if address.startswith(self.knobs.defer):
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.knobs.slow_s)
        is_dropped = self._takes_a_drop()
        if not is_dropped or self.knobs.keeps_dropped:
            content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content or "").encode()
            number = self.mailbox.keep(envelope.mail_from or "", envelope.rcpt_tos, content).id
        if is_dropped:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            raise asyncio.CancelledError  # ends the connection's task: there is nobody left to answer
        return f"250 2.0.0 Queued as {number}"

    def _takes_a_drop(self) -> bool:
        with self._lock:
            if self.knobs.drop_next < 1:
                return False
            self.knobs = replace(self.knobs, drop_next=self.knobs.drop_next - 1)
            return True


def make_controller(delivery: Delivery, port: int) -> Controller:
    return Controller(delivery, hostname="127.0.0.1", port=port, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="LuxeBrain lab")
