"""Times are aware and UTC, whatever a platform wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luxebrain.clock import parse_utc, utcnow


def test_now_is_aware_and_utc() -> None:
    assert utcnow().utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["2026-03-01T12:00:00", "2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00", "2026-03-01T07:00:00-05:00"])
def test_one_moment_reads_the_same_in_every_form(text: str) -> None:
    assert parse_utc(text) == datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(
    moment=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - made aware below
    offset=st.integers(-12 * 60, 14 * 60),
)
def test_any_offset_reads_as_the_same_moment_in_utc(moment: datetime, offset: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))

    read = parse_utc(there.isoformat())

    assert read == there
    assert read.tzinfo is UTC


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00", "01/03/2026"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_utc(text)
