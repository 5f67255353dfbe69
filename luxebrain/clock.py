"""Time: aware UTC everywhere. A function that reasons about time takes `now`; only doors ask the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def utcnow() -> datetime:
    return datetime.now(UTC)


def parse_utc(text: str) -> datetime:
    """An ISO 8601 time. One without an offset is taken as UTC (WooCommerce's *_gmt fields). Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def latest_local(hour: int, *, zone: str, now: datetime) -> datetime:
    """When it last was that hour of the day where the clocks show `zone` (an IANA name)."""
    local = now.astimezone(ZoneInfo(zone))
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return (today if today <= local else today - timedelta(days=1)).astimezone(UTC)


def is_ahead(moment: datetime, now: datetime) -> bool:
    """A time that only a wrong clock can give. Hosts differ by a little, which does no harm: what is compared comes from one host."""
    return moment > now + timedelta(minutes=5)
