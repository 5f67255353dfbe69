"""Whose something is, told from the thing itself: every text and every figure that is planted carries a canary of its store."""

from __future__ import annotations

import re
from dataclasses import dataclass

from luxebrain.services.unsubscribe import token_of

SHARED = 5  # rows of each table that both stores have under the same ids: 5001 to 5005
OWN = 0  # and one under an id that only this store has
_SEPARATORS = re.compile(r"[,. \u00a0\u202f](?=\d)")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in."""

    word: str
    user_id: int
    token: str


@dataclass(frozen=True, slots=True)
class Tenant:
    """`word` is in each of its texts, `digits` begin each of its amounts and counts. The rest is what finds the store from outside."""

    word: str
    digits: str
    own_id: int
    store_id: int
    person: Person
    url: str

    def id(self, n: int) -> int:
        return self.own_id if n == OWN else 5000 + n

    @property
    def name(self) -> str:
        return self.word.capitalize()

    @property
    def public_key(self) -> str:
        return f"pk_{self.word}"

    @property
    def webhook_token(self) -> str:
        return f"{self.word}-delivers-here"

    @property
    def webhook_secret(self) -> str:
        return f"secret-of-{self.word}"

    @property
    def key(self) -> str:
        return f"ck_{self.word}0123456789"

    @property
    def secret(self) -> str:
        return f"cs_{self.word}0123456789"

    def state(self, n: int) -> str:
        """Of a way through the consent screen: the first led to the store, the second is still open."""
        return f"{self.word}-state-{n}"

    def unsubscribe_token(self, n: int) -> str:
        return token_of(self.store_id, self.id(n))

    def is_in(self, text: str) -> bool:
        """Also where it is written in hexadecimal, as PostgreSQL shows bytes."""
        lower = text.lower()
        return self.word in lower or self.word.encode().hex() in lower or self.digits in _SEPARATORS.sub("", text)
