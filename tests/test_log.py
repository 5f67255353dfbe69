"""Every line is JSON and holds no secret, whoever wrote it and whatever broke."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DataError

from luxebrain.log import StandardError, _crashed
from tests.servers import Addresses

KEY = "ck_" + "0123456789abcdef" * 2
log = logging.getLogger("somebody.elses.library")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What our handler writes."""
    stream, handler = io.StringIO(), StandardError()
    handler.setStream(stream)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel("DEBUG")
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_message_fields_and_stack_are_scrubbed(written: io.StringIO) -> None:
    log.warning("%s was refused", KEY, extra={"url": f"https://h/?k={KEY}", "password": "hunter2", "store_id": 7}, stack_info=True)

    (line,) = lines(written)
    assert KEY not in written.getvalue()
    assert (line["event"], line["url"], line["password"], line["store_id"]) == (
        "[secret] was refused",
        "https://h/?k=[secret]",
        "[secret]",
        7,
    )


def test_an_exception_and_its_causes_are_scrubbed(written: io.StringIO) -> None:
    try:
        try:
            raise KeyError(f"no {KEY}")
        except KeyError as error:
            raise RuntimeError("mail to ada@shop.example failed") from error
    except RuntimeError:
        log.exception("failed")

    (line,) = lines(written)
    assert "no [secret]" in line["exception"]
    assert line["exception"].endswith("RuntimeError: mail to [e-mail] failed")
    assert "test_log.py" in line["exception"]


def test_a_database_error_keeps_its_statement_and_loses_its_values(written: io.StringIO, servers: Addresses) -> None:
    engine = create_engine(servers.admin_url.replace("postgresql://", "postgresql+psycopg://"), hide_parameters=True)
    name = " ".join(["Ada", "Lovelace"])  # a traceback repeats the line
    with engine.connect() as connection:
        try:
            connection.execute(text("select cast(:value as bigint)"), {"value": name})
        except DataError:
            log.exception("failed")
    engine.dispose()

    (line,) = lines(written)
    assert name not in line["exception"]
    assert "select cast" in line["exception"]


def test_a_connection_error_does_not_tell_the_password(written: io.StringIO) -> None:
    try:
        psycopg.connect("postgresql://luxebrain:hunter2hunter2@127.0.0.1:1/x?nonsense=hunter2hunter2")
    except psycopg.Error:
        log.exception("postgresql://luxebrain:hunter2hunter2@127.0.0.1:1/x")

    assert "hunter2hunter2@" not in written.getvalue()


def test_a_line_that_cannot_be_written_is_not_printed_raw(written: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    handler = StandardError()
    handler.setStream(written)
    record = logging.LogRecord("broken", logging.INFO, __file__, 1, "%d of them", (KEY,), None)

    handler.handle(record)

    said = capsys.readouterr().err
    assert json.loads(said)["from"] == "broken"
    assert KEY not in said


def test_a_crash_is_a_line(written: io.StringIO) -> None:
    try:
        raise RuntimeError(KEY)
    except RuntimeError:
        _crashed(RuntimeError, *sys.exc_info()[1:])

    (line,) = lines(written)
    assert (line["event"], line["level"]) == ("crashed", "CRITICAL")
    assert line["exception"].endswith("RuntimeError: [secret]")
