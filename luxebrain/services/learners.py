"""How an engine is taught: read in one transaction, learn outside any, keep in another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class NotLearned(Exception):
    """The message says to a merchant what went wrong, and that what was learned before goes on."""


class TooLittle(Exception):
    """There is not enough to learn from: no fault. The message says to a merchant what is missing."""


@dataclass(frozen=True, slots=True)
class Learner:
    """`read(now)` gives plain values of the acting store, `learn` makes of them what `keep(learned, now)` writes; that returns the card.

    `learn` may raise NotLearned or TooLittle. What the database itself works out needs `keep` only.
    """

    keep: Callable[[Any, datetime], dict[str, Any]]
    read: Callable[[datetime], Any] = lambda now: now
    learn: Callable[[Any], Any] = lambda read: read
