"""A message is sent once or it is listed as unknown; never twice, and never to somebody who has opted out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.smtp.server import MailboxServer
from luxebrain import config
from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.errors import LeaseLost
from luxebrain.services import admin, leases, messages
from luxebrain.services.messages import KIND
from luxebrain.services.outside import mail_channel
from tests.architecture.made import CHECKOUT
from tests.services import mailing

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def mail(context: None, tmp_path: Path) -> Iterator[MailboxServer]:
    with mailing.running_mailbox(tmp_path / "mail") as server:
        yield server


@pytest.fixture
def store_id(mail: MailboxServer) -> int:
    """Ada and Bob may be written to; another store has people of its own, one of them the same."""
    ours, theirs = mailing.make_store("ours"), mailing.make_store("theirs")
    mailing.add_people(ours, "ada@example.com", "bob@example.com")
    mailing.add_people(theirs, "ada@example.com", "eve@example.com")
    return ours


def outcome_of(store_id: int, email: str) -> str:
    return mailing.effects(store_id)[email].outcome


def claim(store_id: int) -> int:
    with transaction(store_id):
        fence = leases.claim_lease(KIND)
    assert fence is not None
    return fence


def test_everybody_gets_it_once_and_the_campaign_ends(mail: MailboxServer, store_id: int) -> None:
    mailing.start(store_id)

    mailing.send_all(store_id)
    mailing.send_all(store_id)

    assert mailing.recipients(mail) == ["ada@example.com", "bob@example.com"]
    assert set(mailing.states(store_id).values()) == {"sent"}
    assert mailing.campaign_state(store_id) == "sent"


def test_more_people_than_a_batch_holds_are_all_reached(mail: MailboxServer, store_id: int) -> None:
    mailing.add_people(store_id, *(f"person{number}@example.com" for number in range(messages.BATCH * 2)))
    mailing.start(store_id)

    mailing.send_all(store_id)

    assert len(mailing.recipients(mail)) == len(set(mailing.recipients(mail))) == messages.BATCH * 2 + 2


def test_mail_says_who_writes_and_how_to_opt_out(mail: MailboxServer, store_id: int) -> None:
    mailing.start(store_id, subject="News for {first_name|you}", body="Hello {first_name|there}")

    mailing.send_all(store_id)

    (ada,) = mail.mailbox.all(recipient="ada@example.com")
    headers = dict(ada.headers)
    assert (ada.sender, headers["From"], headers["Reply-To"]) == (
        "hello@ours.example",
        "Ours <hello@ours.example>",
        "hello@ours.example",
    )
    assert headers["Subject"] == "News for Ada"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = headers["List-Unsubscribe"].strip(" <>")
    assert link.startswith("http://localhost/u/")
    for part in (ada.html, ada.text):
        assert part is not None
        assert "Hello Ada" in part
        assert "4 Mill Lane, Bath" in part
        assert link in part


def test_two_people_have_two_links(mail: MailboxServer, store_id: int) -> None:
    mailing.start(store_id)

    mailing.send_all(store_id)

    links = {dict(received.headers)["List-Unsubscribe"] for received in mail.mailbox.all()}
    assert len(links) == 2


def test_refused_recipient_is_failed_with_the_server_s_reason(mail: MailboxServer, store_id: int) -> None:
    mailing.add_people(store_id, "bounce@example.com")
    mailing.start(store_id)

    mailing.send_all(store_id)

    assert mailing.states(store_id)["bounce@example.com"] == "failed"
    assert "No such mailbox" in outcome_of(store_id, "bounce@example.com")
    assert mailing.states(store_id)["ada@example.com"] == "sent"
    assert mailing.campaign_state(store_id) == "sent"


def test_connection_that_breaks_after_the_mail_was_handed_over_leaves_it_unknown(mail: MailboxServer, store_id: int) -> None:
    mail.delivery.turn(drop_next=1, keeps_dropped=True)
    mailing.start(store_id)

    mailing.send_all(store_id)
    mailing.make_due(store_id)
    mailing.send_all(store_id)

    assert sorted(mailing.states(store_id).values()) == ["sent", "unknown"]
    assert mailing.recipients(mail) == ["ada@example.com", "bob@example.com"]


def test_what_the_server_puts_off_is_tried_again_later_and_not_at_once(mail: MailboxServer, store_id: int) -> None:
    mail.delivery.turn(defer=("ada@",))
    mailing.start(store_id)

    mailing.send_all(store_id)
    mailing.send_all(store_id)
    assert mailing.states(store_id) == {"ada@example.com": "queued", "bob@example.com": "sent"}
    assert mailing.campaign_state(store_id) == "sending"
    mail.delivery.turn(defer=())
    mailing.make_due(store_id)
    mailing.send_all(store_id)

    assert mailing.recipients(mail) == ["ada@example.com", "bob@example.com"]
    assert mailing.campaign_state(store_id) == "sent"


def test_a_message_is_given_up_after_five_attempts(mail: MailboxServer, store_id: int) -> None:
    mail.delivery.turn(defer=("ada@", "bob@"))
    mailing.start(store_id)

    for _ in range(messages.MOST_ATTEMPTS):
        assert set(mailing.states(store_id).values()) == {"queued"}
        mailing.make_due(store_id)
        mailing.send_all(store_id)

    assert set(mailing.states(store_id).values()) == {"failed"}
    assert "Try again later" in outcome_of(store_id, "ada@example.com")


def test_mail_server_that_is_away_costs_no_message_an_attempt(mail: MailboxServer, store_id: int) -> None:
    there = config.current()
    config.use(replace(there, smtp_url="smtp://127.0.0.1:1"))
    mailing.start(store_id)

    for _ in range(messages.MOST_ATTEMPTS + 1):
        mailing.make_due(store_id)
        mailing.send_all(store_id)
    assert set(mailing.states(store_id).values()) == {"queued"}
    words = [outcome_of(store_id, f"{name}@example.com") for name in ("ada", "bob")]  # one of them knocked for both
    assert any("cannot be reached" in outcome for outcome in words)
    config.use(there)
    mailing.make_due(store_id)
    mailing.send_all(store_id)

    assert mailing.recipients(mail) == ["ada@example.com", "bob@example.com"]
    assert mailing.campaign_state(store_id) == "sent"


def test_mail_server_that_is_away_is_knocked_at_once_for_all_that_wait(mail: MailboxServer, store_id: int) -> None:
    mailing.add_people(store_id, *(f"reader{number}@example.com" for number in range(messages.BATCH * 2)))
    config.use(replace(config.current(), smtp_url="smtp://127.0.0.1:1"))
    mailing.start(store_id)

    mailing.send_all(store_id)

    effects = mailing.effects(store_id).values()
    assert len([effect for effect in effects if effect.outcome]) == 1
    assert min(effect.retry_at for effect in effects if effect.retry_at) > utcnow() + messages.AWAY_WAIT / 2
    assert {effect.state for effect in effects} == {"pending"}


def test_whoever_unsubscribes_meanwhile_is_left_out(mail: MailboxServer, store_id: int) -> None:
    mailing.start(store_id)

    mailing.withdraw(store_id, "ada@example.com")
    mailing.send_all(store_id)

    assert mailing.states(store_id) == {"ada@example.com": "suppressed", "bob@example.com": "sent"}
    assert mailing.recipients(mail) == ["bob@example.com"]


def test_a_campaign_whose_last_readers_unsubscribe_still_ends(mail: MailboxServer, store_id: int) -> None:
    mailing.start(store_id)

    mailing.withdraw(store_id, "ada@example.com")
    mailing.withdraw(store_id, "bob@example.com")
    mailing.send_all(store_id)

    assert mailing.campaign_state(store_id) == "sent"
    assert mailing.recipients(mail) == []


def test_worker_that_died_between_sending_and_recording_leaves_unknown_and_nothing_is_sent_again(
    mail: MailboxServer, store_id: int
) -> None:
    mailing.start(store_id)
    fence = claim(store_id)
    with transaction(store_id):
        tasks = messages.claim_messages(fence, now=utcnow())
    messages.call_channel(tasks or [], mail_channel())

    mailing.end_leases(store_id)
    assert [call.store_id for call in admin.find_overdue_work()] == [store_id]
    mailing.send_all(store_id)

    assert set(mailing.states(store_id).values()) == {"unknown"}
    assert "not sent again" in outcome_of(store_id, "ada@example.com")
    assert mailing.recipients(mail) == ["ada@example.com", "bob@example.com"]
    assert mailing.campaign_state(store_id) == "sent"


def test_slow_worker_that_was_taken_over_cannot_record(mail: MailboxServer, store_id: int) -> None:
    mailing.start(store_id)
    slow = claim(store_id)
    with transaction(store_id):
        tasks = messages.claim_messages(slow, now=utcnow())
    results = messages.call_channel(tasks or [], mail_channel())
    mailing.end_leases(store_id)
    mailing.send_all(store_id)

    with pytest.raises(LeaseLost), transaction(store_id):
        messages.record_results(results, slow, now=utcnow())

    assert set(mailing.states(store_id).values()) == {"unknown"}


def test_what_a_batch_has_no_time_for_waits_and_counts_as_no_attempt(
    mail: MailboxServer, store_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing.start(store_id)
    fence = claim(store_id)
    with transaction(store_id):
        tasks = messages.claim_messages(fence, now=utcnow())
    monkeypatch.setattr(config, "_current", replace(config.current(), lease_s=0.0))

    results = messages.call_channel(tasks or [], mail_channel())
    monkeypatch.undo()
    with transaction(store_id):
        messages.record_results(results, fence, now=utcnow())

    assert [(effect.state, effect.attempts) for effect in mailing.effects(store_id).values()] == [("pending", 0), ("pending", 0)]
    assert mailing.recipients(mail) == []


def test_another_store_s_people_never_get_it(mail: MailboxServer, store_id: int) -> None:
    mailing.start(store_id)

    mailing.send_all(store_id)

    assert "eve@example.com" not in mailing.recipients(mail)
    assert mailing.recipients(mail).count("ada@example.com") == 1


def test_an_address_that_is_none_fails_alone(mail: MailboxServer, store_id: int) -> None:
    mailing.add_people(store_id, "no address at all", "two@example.com,three@example.com")
    mailing.start(store_id)

    mailing.send_all(store_id)

    assert sorted(mailing.states(store_id).values()) == ["failed", "failed", "sent", "sent"]
    assert mailing.recipients(mail) == ["ada@example.com", "bob@example.com"]


def test_mail_server_that_is_away_loses_nothing(mail: MailboxServer, store_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_current", replace(config.current(), smtp_url="smtp://127.0.0.1:1"))
    mailing.start(store_id)
    mailing.send_all(store_id)
    assert set(mailing.states(store_id).values()) == {"queued"}

    monkeypatch.undo()
    mailing.make_due(store_id)
    mailing.send_all(store_id)

    assert mailing.recipients(mail) == ["ada@example.com", "bob@example.com"]


SENDER = """
import sys
from luxebrain import jobs, worker
worker.app().app_context().push()
jobs.run(sys.argv[1], int(sys.argv[2]))
"""


def test_killed_process_leaves_no_message_twice_and_none_lost(mail: MailboxServer, store_id: int) -> None:
    people = [f"person{number}@example.com" for number in range(40)]
    mailing.add_people(store_id, *people)
    mailing.start(store_id)
    mail.delivery.turn(slow_s=0.02)
    env = os.environ | {"SMTP_URL": mail.smtp_url, "LEASE_S": "1"}

    with subprocess.Popen([sys.executable, "-c", SENDER, KIND, str(store_id)], cwd=CHECKOUT, env=env) as sender:
        deadline = time.monotonic() + 60
        while len(mail.mailbox.all()) < 25:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        sender.send_signal(signal.SIGKILL)
    mail.delivery.turn(slow_s=0)
    mailing.end_leases(store_id)
    mailing.send_all(store_id)

    states, received = mailing.states(store_id), mailing.recipients(mail)
    unknown = {email for email, state in states.items() if state == "unknown"}
    assert len(received) == len(set(received))
    assert {email for email, state in states.items() if state == "sent"} <= set(received)
    assert set(states) - set(received) <= unknown
    assert 0 < len(unknown) <= messages.BATCH
    assert mailing.campaign_state(store_id) == "sent"
