"""Dates as WordPress writes them: no offset in the text, one field in the site's time and one, `_gmt`, in UTC.

Documents keep UTC text only ("2026-11-22T23:48:12"); the site's time is made when a document is answered.
"""

import re
from datetime import UTC, datetime, timedelta

FORM = "%Y-%m-%dT%H:%M:%S"
RFC3339 = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:?\d{2})?$")


class InvalidDate(Exception):
    """The text is no date that WordPress accepts in a filter."""


def text(moment: datetime) -> str:
    """An aware moment as UTC text without an offset."""
    return moment.astimezone(UTC).strftime(FORM)


def moment(stamp: str) -> datetime:
    """The aware moment of UTC text."""
    return datetime.strptime(stamp, FORM).replace(tzinfo=UTC)


def site_time(stamp: str | None, offset_hours: float) -> str | None:
    """UTC text in the site's own time, as the fields without `_gmt` show it."""
    if not stamp:
        return None
    return (datetime.strptime(stamp, FORM).replace(tzinfo=UTC) + timedelta(hours=offset_hours)).strftime(FORM)


def utc_of_site_time(value: str, offset_hours: float) -> str:
    """UTC text of a date a client sent in the site's time; a date alone means its midnight."""
    written = value if "T" in value else f"{value}T00:00:00"
    return text(datetime.strptime(written[:19], FORM).replace(tzinfo=UTC) - timedelta(hours=offset_hours))


def filter_bound(value: str, *, offset_hours: float, dates_are_gmt: bool) -> str:
    """What `modified_after` and its like compare `_gmt` dates with, oddities included.

    Recorded: text without an offset is site time, or UTC with dates_are_gmt; text with an offset is understood without the flag, but with
    the flag it is first turned into site time and then taken for UTC, so it lands `offset_hours` too late and changes are missed.
    """
    if not RFC3339.match(value):
        raise InvalidDate(value)
    try:
        read = datetime.fromisoformat(value.upper().replace("Z", "+00:00"))
    except ValueError as error:
        raise InvalidDate(value) from error
    if read.tzinfo is None:
        return text(read.replace(tzinfo=UTC) - timedelta(hours=0 if dates_are_gmt else offset_hours))
    return text(read + timedelta(hours=offset_hours if dates_are_gmt else 0))
