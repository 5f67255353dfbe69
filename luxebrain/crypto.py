"""Secrets: sealed at rest (Fernet, with rotation), compared in constant time, made unguessable."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Sequence
from functools import cache
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from luxebrain import config

# OWASP's floor for argon2id (Password Storage Cheat Sheet).
_PASSWORDS = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)


class Vault:
    """Seals tokens and keys. The first key seals; the others still open what they sealed before."""

    def __init__(self, keys: Sequence[str]) -> None:
        fernets = [Fernet(_as_fernet_key(key)) for key in keys]
        self._first, self._fernet = fernets[0], MultiFernet(fernets)

    def seal(self, secret: str) -> bytes:
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """Raises ValueError where none of the keys sealed it."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise ValueError("sealed with a key that is no longer in SEALING_KEYS") from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether the first key sealed it: then none of the others is needed for it."""
        try:
            self._first.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def rotate(self, sealed: bytes) -> bytes:
        """The same secret, sealed with the first key. Raises ValueError as `open` does."""
        return self.seal(self.open(sealed))


@cache
def _vault(keys: tuple[str, ...]) -> Vault:
    return Vault(keys)


def vault() -> Vault:
    """The vault of this process's SEALING_KEYS."""
    return _vault(config.current().sealing_keys)


def _as_fernet_key(passphrase: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"luxebrain seal " + passphrase.encode()).digest())


def new_token() -> str:
    """256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> bytes:
    """What is stored of a token that we only need to recognise."""
    return hashlib.sha256(token.encode()).digest()


class _Ids:
    """41 bits of milliseconds since 2020, 22 of chance; within a millisecond, and where the clock goes back, one more than the last.

    By chance alone, one page of a hundred rows in a thousand held the same id twice, and of 50,000 made at once nine were.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self._lock, self._last = Lock(), 0

    def make(self) -> int:
        now = (time.time_ns() // 1_000_000 - 1_577_836_800_000) << 22
        with self._lock:
            self._last = now | secrets.randbits(22) if now > self._last else self._last + 1
            return self._last


_ids = _Ids()
os.register_at_fork(after_in_child=_ids.begin)  # two processes that go on from the same last one would make the same


def new_id() -> int:
    """A 63-bit id that grows with time and that this process never makes twice."""
    return _ids.make()


def sign(key: str, message: bytes) -> bytes:
    return hmac.new(key.encode(), message, hashlib.sha256).digest()


def same(one: str | bytes, other: str | bytes) -> bool:
    """Equal, compared in constant time."""
    one, other = (part.encode() if isinstance(part, str) else part for part in (one, other))
    return hmac.compare_digest(one, other)


def hash_password(password: str) -> str:
    return _PASSWORDS.hash(password)


@cache
def _nobodys_hash() -> str:
    return _PASSWORDS.hash("nobody's password")


def is_password(password: str, hashed: str | None) -> bool:
    """Takes as long for somebody we do not know (`hashed` None) as for somebody we do."""
    try:
        return _PASSWORDS.verify(_nobodys_hash() if hashed is None else hashed, password) and hashed is not None
    except (Argon2Error, InvalidHashError):
        return False
