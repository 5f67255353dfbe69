"""What messages and proposals knew of their way out is in the ledger after the migration, and back where it was after its return."""

from __future__ import annotations

from collections.abc import Iterator

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import text

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from tests.architecture.test_tables import empty_app

__all__ = ["empty_app"]
BEFORE, AFTER = "49ecbacf5823", "8d1f0c6b27e4"
MESSAGES = {"queued": 0, "sending": 1, "sent": 1, "failed": 5, "suppressed": 0, "unknown": 1}
PROPOSALS = ("proposed", "approved", "pushing", "applied", "rejected", "failed", "rolling_back", "rolled_back", "superseded")


@pytest.fixture
def before(shared_app: Flask, empty_app: Flask) -> Iterator[list[int]]:
    """Two stores with a message and a proposal in every state, of the same ids."""
    with empty_app.app_context():
        flask_migrate.upgrade(revision=BEFORE)
        with transaction():
            store = "insert into store (platform, url, name, currency, timezone, prices_include_tax) values ('w', :url, '', '', '', true)"
            store_ids = [session.scalars(text(f"{store} returning id"), {"url": url}).one() for url in ("ours", "theirs")]
        for store_id in store_ids:
            with transaction(store_id):
                plant()
        yield store_ids


def plant() -> None:
    session.execute(text("insert into campaign (id, subject, body, segment, started_at) values (1, '', '', '', now())"))
    for id, (state, attempts) in enumerate(MESSAGES.items(), 1):
        message = (
            "insert into message (id, campaign_id, contact_id, email, state, attempts, outcome, fence) values (:id, 1, :id, 'a@b', :state"
        )
        session.execute(text(f"{message}, :attempts, :state, 7)"), {"id": id, "state": state, "attempts": attempts})
    for id, state in enumerate(PROPOSALS, 1):
        proposal = (
            "insert into proposal (id, product_id, variant_id, old_price, new_price, reason, figures, state, attempts, outcome) values"
        )
        session.execute(text(f"{proposal} (:id, 1, :id, 10, 9, '', '{{}}', :state, 2, '')"), {"id": id, "state": state})
    session.execute(text("update proposal set outcome = 'Trying again: away' where state = 'pushing'"))


def rows(store_id: int, query: str) -> list[tuple[object, ...]]:
    with transaction(store_id):
        return [tuple(row) for row in session.execute(text(query))]


def test_every_message_and_every_price_that_was_asked_for_is_in_the_ledger(before: list[int]) -> None:
    flask_migrate.upgrade(revision=AFTER)

    for store_id in before:
        messages = rows(
            store_id, "select m.id, e.state, e.attempts, e.outcome, e.fence from message m join effect e on e.id = m.id order by 1"
        )
        assert [(state, attempts, outcome) for _, state, attempts, outcome, _ in messages] == [
            ("pending", 0, "queued"),
            ("attempted", 1, "sending"),
            ("accepted", 1, "sent"),
            ("refused", 5, "failed"),
            ("withdrawn", 0, "suppressed"),
            ("unknown", 1, "unknown"),
        ]
        assert {fence for *_, fence in messages} == {7}
        prices = rows(
            store_id,
            "select p.state, e.key = p.id || ' write', e.state from proposal p left join effect e on e.id = p.effect_id order by p.id",
        )
        assert prices == [
            ("proposed", None, None),
            ("approved", True, "pending"),
            ("approved", True, "attempted"),
            ("applied", True, "accepted"),
            ("rejected", None, None),
            ("failed", True, "refused"),
            ("rolling_back", False, "attempted"),
            ("rolled_back", False, "accepted"),
            ("superseded", None, None),
        ]
        assert rows(store_id, "select count(*) from effect where kind = 'prices.push'") == [(8,)]
        assert rows(store_id, "select outcome from effect where state = 'attempted' and key = '3 write'") == [("Trying again: away",)]


def test_going_back_leaves_every_row_as_it_was(before: list[int]) -> None:
    columns = "select id, state, attempts, outcome, changed_at from"
    kept = {store_id: [rows(store_id, f"{columns} {table} order by id") for table in ("message", "proposal")] for store_id in before}

    flask_migrate.upgrade(revision=AFTER)
    flask_migrate.downgrade(revision=BEFORE)

    for store_id in before:
        messages, proposals = (rows(store_id, f"{columns} {table} order by id") for table in ("message", "proposal"))
        assert messages == kept[store_id][0]
        assert [row[:2] for row in proposals] == [row[:2] for row in kept[store_id][1]]
        assert [row for row in proposals if row[1] == "pushing"] == [row for row in kept[store_id][1] if row[1] == "pushing"]
