"""The mailbox: what it receives it keeps and shows; what a knob breaks is broken on the wire."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests

from lab.smtp.server import MailboxServer


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailboxServer]:
    with MailboxServer(tmp_path / "mail") as server:
        yield server


def test_message_is_kept_as_received(mail: MailboxServer) -> None:
    send(mail, make_message("Grüße", html="<p>Hällo</p>"), to="ann@shop.example")

    (received,) = requests.get(f"{mail.url}/messages.json", timeout=5).json()

    assert received["subject"] == "Grüße"
    assert received["to"] == ["ann@shop.example"]
    assert received["from"] == "shop@luxebrain.example"
    assert received["html"].strip() == "<p>Hällo</p>"
    assert received["text"].strip() == "plain words"
    assert ["List-Unsubscribe-Post", "List-Unsubscribe=One-Click"] in received["headers"]


def test_messages_survive_a_restart(tmp_path: Path) -> None:
    with MailboxServer(tmp_path) as first:
        send(first, make_message("one"))

    with MailboxServer(tmp_path) as second:
        send(second, make_message("two"))

        assert [message.subject for message in second.mailbox.all()] == ["two", "one"]


def test_list_can_be_narrowed_to_a_recipient(mail: MailboxServer) -> None:
    send(mail, make_message("for ann"), to="ann@shop.example")
    send(mail, make_message("for bob"), to="bob@shop.example")

    found = requests.get(f"{mail.url}/messages.json", params={"to": "bob@shop.example"}, timeout=5).json()

    assert [message["subject"] for message in found] == ["for bob"]


@pytest.mark.parametrize(("recipient", "code"), [("bounce@shop.example", 550), ("later@shop.example", 451)])
def test_refused_recipient_gets_no_message(mail: MailboxServer, recipient: str, code: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(mail, make_message("never"), to=recipient)

    assert refused.value.recipients[recipient][0] == code
    assert mail.mailbox.all() == []


@pytest.mark.parametrize("is_kept", [True, False])
def test_dropped_connection_leaves_the_sender_uncertain(mail: MailboxServer, is_kept: bool) -> None:
    requests.post(f"{mail.url}/lab/knobs", json={"drop_next": 1, "keeps_dropped": is_kept}, timeout=5).raise_for_status()

    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mail, make_message("maybe"))
    send(mail, make_message("after"))

    assert [message.subject for message in mail.mailbox.all()] == (["after", "maybe"] if is_kept else ["after"])


def test_slow_answer_runs_into_the_senders_time_out(mail: MailboxServer) -> None:
    mail.delivery.turn(slow_s=1)

    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        send(mail, make_message("slow"), timeout_s=0.3)


def test_unknown_knob_is_refused(mail: MailboxServer) -> None:
    answer = requests.post(f"{mail.url}/lab/knobs", json={"explode": True}, timeout=5)

    assert answer.status_code == 400


def test_mail_is_shown_in_a_sandbox_without_its_scripts(mail: MailboxServer) -> None:
    send(mail, make_message("<b>Sale</b>", html="<script>steal()</script><p>Hello</p>"))

    page = requests.get(f"{mail.url}/messages/1", timeout=5).text
    frame = requests.get(f"{mail.url}/messages/1/html", timeout=5)

    assert "&lt;b&gt;Sale&lt;/b&gt;" in page
    assert "<b>Sale</b>" not in page
    assert 'sandbox="allow-popups' in page
    assert "script-src 'none'" in frame.headers["Content-Security-Policy"]
    assert "<p>Hello</p>" in frame.text


@pytest.mark.parametrize("view", ["html", "text", "headers", "source"])
def test_every_view_of_a_mail_opens(mail: MailboxServer, view: str) -> None:
    send(mail, make_message("Hello"))

    answer = requests.get(f"{mail.url}/messages/1", params={"view": view}, timeout=5)

    assert answer.status_code == 200
    assert "Hello" in answer.text


def test_messages_are_removed_one_by_one_and_all_together(mail: MailboxServer) -> None:
    for subject in ("one", "two", "three"):
        send(mail, make_message(subject))

    requests.delete(f"{mail.url}/messages/2", timeout=5).raise_for_status()
    left = [message.subject for message in mail.mailbox.all()]
    requests.delete(f"{mail.url}/messages", timeout=5).raise_for_status()

    assert left == ["three", "one"]
    assert mail.mailbox.all() == []
    assert requests.get(f"{mail.url}/messages/1", timeout=5).status_code == 404


def make_message(subject: str, *, html: str = "<p>fine</p>") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "The shop <shop@luxebrain.example>", subject
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("plain words")
    message.add_alternative(html, subtype="html")
    return message


def send(mail: MailboxServer, message: EmailMessage, *, to: str = "ann@shop.example", timeout_s: float = 5) -> None:
    with smtplib.SMTP("127.0.0.1", mail.smtp_port, timeout=timeout_s) as connection:
        connection.send_message(message, from_addr="shop@luxebrain.example", to_addrs=[to])
