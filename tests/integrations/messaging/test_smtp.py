"""What becomes of a mail is known, or known to be unknown; against mail servers on real sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from luxebrain.integrations.messaging.channel import Accepted, Channel, Email, Failed, Unknown, unsubscribe_headers
from luxebrain.integrations.messaging.smtp import Smtp
from tests.integrations.messaging.mail_peer import Mailbox, breaking_server, running_mailbox

MAIL = Email(
    to="ann@example.com",
    subject="Tea for two — £5",
    html="<p>Hé</p>",
    text="Hé\n.\n..dots\n",
    from_address="shop@shop.example",
    from_name="Tea, Shop",
    reply_to="owner@shop.example",
    message_id="<m-1@shop.example>",
    headers=unsubscribe_headers("https://luxebrain.example/u/1"),
)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


@pytest.fixture
def channel(box: Mailbox) -> Iterator[Smtp]:
    with Smtp(box.url, timeout_s=3) as smtp:
        yield smtp


def test_mail_arrives_as_it_was_written(channel: Channel[Email], box: Mailbox) -> None:
    outcome = channel.send(MAIL)

    mail = _received(box)
    assert outcome == Accepted("<m-1@shop.example>")
    assert mail["Subject"] == "Tea for two — £5"
    assert mail["From"] == '"Tea, Shop" <shop@shop.example>'
    assert (mail["To"], mail["Reply-To"], mail["Message-ID"]) == ("ann@example.com", "owner@shop.example", "<m-1@shop.example>")
    assert _part(mail, "plain").splitlines() == ["Hé", ".", "..dots"]
    assert _part(mail, "html").strip() == "<p>Hé</p>"


def test_mail_can_be_unsubscribed_from_by_the_mail_programs_button(channel: Smtp, box: Mailbox) -> None:
    channel.send(MAIL)

    mail = _received(box)
    assert mail["List-Unsubscribe"] == "<https://luxebrain.example/u/1>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_batch_goes_over_one_connection_even_past_a_refusal(channel: Smtp, box: Mailbox) -> None:
    outcomes = [channel.send(replace(MAIL, to=to)) for to in ("a@x.test", "bounce@x.test", "b@x.test", "busy@x.test", "c@x.test")]

    assert [type(outcome) for outcome in outcomes] == [Accepted, Failed, Accepted, Failed, Accepted]
    assert [mail.rcpt_tos for mail in box.mails] == [["a@x.test"], ["b@x.test"], ["c@x.test"]]
    assert box.connections == 1


def test_refused_recipient_is_a_bad_address_for_good(channel: Smtp) -> None:
    outcome = channel.send(replace(MAIL, to="bounce@x.test"))

    assert outcome == Failed("RCPT TO: 550 5.1.1 no such user", is_permanent=True, is_bad_address=True)


def test_recipient_put_off_may_be_tried_again(channel: Smtp) -> None:
    outcome = channel.send(replace(MAIL, to="busy@x.test"))

    assert isinstance(outcome, Failed)
    assert (outcome.is_permanent, outcome.is_bad_address) == (False, False)


@pytest.mark.parametrize(("answer", "is_permanent"), [("554 looks like spam", True), ("452 disk full", False)])
def test_message_refused_after_data_did_not_leave(channel: Smtp, box: Mailbox, answer: str, is_permanent: bool) -> None:
    box.last_answer = answer

    assert channel.send(MAIL) == Failed(f"the message: {answer}", is_permanent=is_permanent)


@pytest.mark.parametrize("last_step", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_connection_lost_before_the_message_may_be_tried_again(last_step: str) -> None:
    with breaking_server(last_step) as url, Smtp(url, timeout_s=3) as channel:
        outcome = channel.send(MAIL)

    assert isinstance(outcome, Failed)
    assert not outcome.is_permanent


def test_connection_lost_before_the_answer_to_the_message_is_unknown() -> None:
    with breaking_server("never") as url, Smtp(url, timeout_s=3) as channel:
        first, second = channel.send(MAIL), channel.send(MAIL)

    assert isinstance(first, Unknown)
    assert isinstance(second, Unknown)


def test_silent_server_fails_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, Smtp(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.3) as channel:
        outcome = channel.send(MAIL)

    assert isinstance(outcome, Failed)
    assert not outcome.is_permanent


def test_server_that_is_not_there_may_be_tried_again() -> None:
    with Smtp("smtp://127.0.0.1:1", timeout_s=1) as channel:
        outcome = channel.send(MAIL)

    assert isinstance(outcome, Failed)
    assert not outcome.is_permanent


def test_kept_connection_that_died_meanwhile_is_opened_again(box: Mailbox, channel: Smtp) -> None:
    channel.send(MAIL)
    assert channel._connection is not None
    assert channel._connection.sock is not None
    channel._connection.sock.shutdown(socket.SHUT_RDWR)

    assert isinstance(channel.send(MAIL), Accepted)
    assert box.connections == 2


def test_user_and_password_of_the_address_log_in(box: Mailbox) -> None:
    with Smtp(box.url.replace("//", "//us%40er:right@")) as channel:
        assert isinstance(channel.send(MAIL), Accepted)

    assert box.log_ins == [(b"us@er", b"right")]


def test_wrong_password_sends_nothing_and_does_not_print_it(box: Mailbox) -> None:
    with Smtp(box.url.replace("//", "//user:wr0ng@")) as channel:
        outcome = channel.send(MAIL)

    assert isinstance(outcome, Failed)
    assert not outcome.is_permanent
    assert "wr0ng" not in outcome.reason


@pytest.mark.parametrize(
    "to", ["", "ann", "ann@", "@x.test", "a@x.test, b@x.test", "a@x.test\r\nBcc: b@x.test", "a b@x.test", "<a@x.test>"]
)
def test_address_that_is_none_fails_for_good_before_any_connection(to: str) -> None:
    outcome = Smtp("smtp://127.0.0.1:1").send(replace(MAIL, to=to))

    assert isinstance(outcome, Failed)
    assert (outcome.is_permanent, outcome.is_bad_address) == (True, True)


def test_line_breaks_in_subject_and_name_add_no_header(channel: Smtp, box: Mailbox) -> None:
    channel.send(replace(MAIL, subject="Hi\r\nBcc: eve@x.test", from_name="Shop\nX-Evil: 1"))

    mail = _received(box)
    assert mail["Subject"] == "Hi Bcc: eve@x.test"
    assert (mail["Bcc"], mail["X-Evil"]) == (None, None)


def test_line_break_in_a_header_is_an_error_of_the_message_not_of_the_address(channel: Smtp) -> None:
    outcome = channel.send(replace(MAIL, headers={"X-A": "b\r\nBcc: eve@x.test"}))

    assert isinstance(outcome, Failed)
    assert (outcome.is_permanent, outcome.is_bad_address) == (True, False)


def test_mail_without_an_id_gets_one_of_the_senders_domain(channel: Smtp) -> None:
    outcome = channel.send(replace(MAIL, message_id=""))

    assert isinstance(outcome, Accepted)
    assert outcome.provider_id.endswith("@shop.example>")


def _received(box: Mailbox) -> EmailMessage:
    content = box.mails[-1].content
    assert isinstance(content, bytes)
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())
