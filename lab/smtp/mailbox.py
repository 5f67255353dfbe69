"""Messages as received: one `.eml` file each (the bytes of DATA), one `.json` beside it with the envelope."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Received:
    """One delivery. `sender` and `recipients` are the envelope's; the headers may say something else."""

    id: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        return BytesParser(policy=policy.default).parsebytes(self.raw)

    @property
    def subject(self) -> str:
        return str(self.message["subject"] or "(no subject)")

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str | None:
        return self._part("plain")

    @property
    def html(self) -> str | None:
        return self._part("html")

    def _part(self, kind: str) -> str | None:
        part = self.message.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part is not None else None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "received_at": self.received_at.isoformat(),
            "from": self.sender,
            "to": list(self.recipients),
            "subject": self.subject,
            "headers": [list(header) for header in self.headers],
            "text": self.text,
            "html": self.html,
            "size": len(self.raw),
        }


class Mailbox:
    """Newest first. Safe to use from several threads; survives a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._last = max((int(file.stem) for file in folder.glob("*.json")), default=0)

    def keep(self, sender: str, recipients: Sequence[str], raw: bytes) -> Received:
        with self._lock:
            self._last += 1
            received = Received(self._last, datetime.now(UTC), sender, tuple(recipients), raw)
            self._file(received.id, "eml").write_bytes(raw)
            envelope = {"received_at": received.received_at.isoformat(), "sender": sender, "recipients": list(recipients)}
            beside = self.folder / "next"
            beside.write_text(json.dumps(envelope))
            beside.replace(self._file(received.id, "json"))  # the envelope comes last: a message without one was never accepted
        return received

    def all(self, *, recipient: str | None = None) -> list[Received]:
        ids = sorted((int(file.stem) for file in self.folder.glob("*.json")), reverse=True)
        found = [received for number in ids if (received := self.find(number))]
        return [received for received in found if recipient is None or recipient in received.recipients]

    def find(self, number: int) -> Received | None:
        try:
            envelope = json.loads(self._file(number, "json").read_text())
            raw = self._file(number, "eml").read_bytes()
        except FileNotFoundError:
            return None
        received_at = datetime.fromisoformat(envelope["received_at"])
        return Received(number, received_at, envelope["sender"], tuple(envelope["recipients"]), raw)

    def remove(self, number: int) -> None:
        for kind in ("json", "eml"):
            self._file(number, kind).unlink(missing_ok=True)

    def clear(self) -> None:
        with self._lock:
            for file in self.folder.glob("*.json"):
                self.remove(int(file.stem))

    def _file(self, number: int, kind: str) -> Path:
        return self.folder / f"{number:06d}.{kind}"
