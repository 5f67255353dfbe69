"""How true the copy is, in words: the latest certificate, what it put right, and whether the store tells us of changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from luxebrain.database.session import session
from luxebrain.models.catalog import Product
from luxebrain.models.orders import Order
from luxebrain.models.work import Certificate, CertificateDay, CertificatePart, Healing, RunState
from luxebrain.services import subscriptions
from luxebrain.services.progress import WORDS

MOST_HEALINGS = 50
DAYS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class PartHealth:
    """`done`: rows of the store that were compared. `agree`: on every day both sides had as many rows, and the same sum over them."""

    entity: str
    name: str
    done: int
    total: int | None
    healed: int
    set_aside: int
    unsettled: int
    is_done: bool
    days: list[CertificateDay]
    checked_on: date

    @property
    def agrees(self) -> bool:
        return self.is_done and not self.unsettled and not self.odd_days

    @property
    def odd_days(self) -> list[date]:
        return [d.day for d in self.days if (d.store_rows, d.store_checksum) != (d.our_rows, d.our_checksum)]

    @property
    def recent_days(self) -> list[tuple[date, int, bool]]:
        """(day, rows that changed last on it, whether both sides have the same) of DAYS_SHOWN days, up to the last that has any. A row that
        is dated in the future does not move them there."""
        rows, odd = {d.day: d.store_rows for d in self.days if d.day <= self.checked_on}, set(self.odd_days)
        last = max(rows, default=date.min)
        shown = [last - timedelta(days=back) for back in reversed(range(DAYS_SHOWN))] if rows else []
        return [(day, rows.get(day, 0), day not in odd) for day in shown]


@dataclass(frozen=True, slots=True)
class Health:
    """`healings`: what the latest certificates put right, the latest first, each with what the row is called."""

    certificate: Certificate
    parts: list[PartHealth]
    healings: list[tuple[Healing, str]]
    repaired_at: datetime | None

    @property
    def is_running(self) -> bool:
        return self.certificate.state == RunState.RUNNING

    @property
    def is_in_sync(self) -> bool:
        return self.certificate.state == RunState.DONE and all(part.agrees for part in self.parts)

    @property
    def healed(self) -> int:
        return sum(part.healed for part in self.parts)

    @property
    def set_aside(self) -> int:
        return sum(part.set_aside for part in self.parts)

    @property
    def differing(self) -> int:
        return sum(part.unsettled for part in self.parts)


def find_health() -> Health | None:
    """Of the acting store; None before its first certificate."""
    certificate = session.scalars(select(Certificate).order_by(Certificate.started_at.desc(), Certificate.id.desc()).limit(1)).first()
    if certificate is None:
        return None
    days: dict[str, list[CertificateDay]] = {}
    found = select(CertificateDay).where(CertificateDay.certificate_id == certificate.id).order_by(CertificateDay.day)
    for day in session.scalars(found):
        days.setdefault(day.entity, []).append(day)
    parts = session.scalars(
        select(CertificatePart).where(CertificatePart.certificate_id == certificate.id).order_by(CertificatePart.position)
    )
    checked_on = (certificate.finished_at or certificate.started_at).date()
    healths = [_part_health(part, days.get(part.entity, []), checked_on) for part in parts]
    return Health(certificate, healths, _list_healings(), subscriptions.find_latest_repair())


def _part_health(part: CertificatePart, days: list[CertificateDay], checked_on: date) -> PartHealth:
    return PartHealth(
        part.entity,
        WORDS[part.entity],
        part.done,
        part.total,
        part.healed,
        part.set_aside,
        part.unsettled,
        part.finished_at is not None,
        days,
        checked_on,
    )


def _list_healings() -> list[tuple[Healing, str]]:
    title = select(Product.title).where(Healing.entity == "products", Product.id == Healing.platform_id).scalar_subquery()
    number = select(Order.number).where(Healing.entity == "orders", Order.id == Healing.platform_id).scalar_subquery()
    latest_first = (Healing.healed_at.desc(), Healing.entity, Healing.platform_id.desc())
    latest = select(Healing, title, number).order_by(*latest_first).limit(MOST_HEALINGS)
    return [(healing, title or number or str(healing.platform_id)) for healing, title, number in session.execute(latest)]
