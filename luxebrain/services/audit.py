"""Who did what in the acting store: written in the transaction that does it, so that neither is there without the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from luxebrain.crypto import new_id
from luxebrain.database.session import session
from luxebrain.models.accounts import AuditEntry


@dataclass(frozen=True, slots=True)
class Deed:
    """`action`: "price.approved"; `subject` names the thing ("proposal 12"); `details`: before and after, as JSON; amounts as text."""

    action: str
    subject: str
    details: Mapping[str, Any] = field(default_factory=dict)


def record(deed: Deed, *, user_id: int | None) -> None:
    """`user_id` None: LuxeBrain did it by itself."""
    record_all([deed], user_id=user_id)


def record_all(deeds: Iterable[Deed], *, user_id: int | None) -> None:
    session.add_all(
        AuditEntry(id=new_id(), user_id=user_id, action=deed.action, subject=deed.subject, details=dict(deed.details)) for deed in deeds
    )
