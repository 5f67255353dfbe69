"""The folder a demo lives in: lock, secrets, ports, logs, data. `./var`, or LUXEBRAIN_HOME.

The lock is the kernel's (flock), so a killed demo never blocks the next one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
WORDS = CHECKOUT / "demo" / "words.txt"


class AlreadyRunning(Exception):
    """Another demo holds this home; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Secrets:
    secret_key: str
    role_password: str  # of the database role the application uses
    demo_password: str  # of the account a person logs in with


@dataclass(frozen=True, slots=True)
class Home:
    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def card(self) -> Path:
        """Addresses and log-in, for programs: {url, store_url, mail_url, email, password, store_id, public_key}."""
        return self.path / "demo.json"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Raises AlreadyRunning. Descriptors made here are not inherited, so the lock ends with this process."""
        with (self.path / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(self._who()) from None
            (self.path / "running.json").unlink(missing_ok=True)
            self.say_where(None)
            try:
                yield
            finally:
                (self.path / "running.json").unlink(missing_ok=True)

    def say_where(self, url: str | None) -> None:
        """Leaves a note for whoever starts a second demo here."""
        write_private(self.path / "running.json", {"pid": os.getpid(), "url": url})

    def _who(self) -> str:
        try:
            note = json.loads((self.path / "running.json").read_text())
        except (OSError, ValueError):  # it is just starting or just ending
            return f"A demo already runs in {self.path}."
        where = f"at {note['url']}" if note["url"] else "and is still starting"
        return f"A demo already runs in {self.path}: process {note['pid']}, {where}. Use it, or stop it with: kill {note['pid']}"

    def secrets(self) -> Secrets:
        """Made once and kept, readable by us alone."""
        file = self.path / "secrets.json"
        if not file.exists():
            words = "-".join(secrets.choice(WORDS.read_text().split()) for _ in range(5))
            write_private(file, asdict(Secrets(secrets.token_hex(32), secrets.token_urlsafe(24), words)))
        return Secrets(**json.loads(file.read_text()))


def open_home(path: str | None) -> Home:
    home = Path(path).expanduser().resolve() if path else CHECKOUT / "var"
    (home / "logs").mkdir(parents=True, exist_ok=True)
    return Home(home)


def write_private(file: Path, document: object) -> None:
    """JSON that only we can read, replaced in one step."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(document, indent=2) + "\n")
    beside.replace(file)
