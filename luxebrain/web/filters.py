"""How figures, money and times are written on pages: Jinja filters, the same words everywhere."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from flask import Flask

from luxebrain.clock import utcnow
from luxebrain.money import Money

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
NOTHING = "–"


def init_filters(app: Flask) -> None:
    filters = (money, count, percent, change, ago, day, moment, duration)
    app.jinja_env.filters.update({written.__name__: written for written in filters})


def money(amount: Decimal | None, currency: str) -> str:
    """£1,204.50; a dash where there is no amount."""
    return NOTHING if amount is None else str(Money(amount, currency))


def count(number: int | float | None, digits: int = 0) -> str:
    return NOTHING if number is None else f"{number:,.{digits}f}"


def percent(share: Decimal | float | None, digits: int = 0) -> str:
    """0.124 → 12 %"""
    return NOTHING if share is None else f"{float(share) * 100:.{digits}f} %"


def change(now: Decimal | float, before: Decimal | float) -> float | None:
    """The growth from `before` to `now` as a fraction; None where there was nothing before."""
    return float(now) / float(before) - 1 if before else None


def duration(seconds: float | None) -> str:
    """About how long, in one unit: nobody plans by seconds."""
    if seconds is None:
        return NOTHING
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * MINUTE_S:
        return f"{round(seconds / MINUTE_S)} min"
    return f"{round(seconds / HOUR_S)} h" if seconds < 2 * DAY_S else f"{round(seconds / DAY_S)} days"


def ago(when: datetime | None, now: datetime | None = None) -> str:
    if when is None:
        return "never"
    seconds = ((now or utcnow()) - when).total_seconds()
    return "just now" if seconds < 10 else f"{duration(seconds)} ago"


def day(when: date | datetime | None) -> str:
    return NOTHING if when is None else f"{when.day} {when:%b %Y}"


def moment(when: datetime | None) -> str:
    return NOTHING if when is None else f"{when.day} {when:%b, %H:%M}"
