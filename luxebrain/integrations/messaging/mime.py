"""An Email as the bytes that travel (RFC 5322, MIME). What a person typed cannot add a header or a recipient."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, make_msgid

from luxebrain.clock import utcnow
from luxebrain.integrations.messaging.channel import Email


def parse_address(text: str, *, name: str = "") -> Address:
    """One bare address. Raises ValueError for a list, a comment, a line break or no address at all."""
    if any(character in text for character in "\r\n\0,;<> \t"):
        raise ValueError("not a single e-mail address")
    try:
        address = Address(display_name=_one_line(name), addr_spec=text)
    except (MessageError, IndexError, ValueError) as error:
        raise ValueError("not an e-mail address") from error
    if not address.username or not address.domain:
        raise ValueError("not an e-mail address")
    return address


def make_mime(email: Email) -> EmailMessage:
    """Raises ValueError where an address or header cannot be written."""
    mime = EmailMessage(policy=SMTP if f"{email.from_address}{email.to}".isascii() else SMTPUTF8)
    sender = parse_address(email.from_address, name=email.from_name)
    mime["Message-ID"] = email.message_id or make_msgid(domain=sender.domain)
    mime["Date"] = format_datetime(utcnow())
    mime["From"] = sender
    mime["To"] = parse_address(email.to)
    mime["Subject"] = _one_line(email.subject)
    if email.reply_to:
        mime["Reply-To"] = parse_address(email.reply_to)
    for name, value in email.headers.items():
        mime[name] = value
    mime.set_content(email.text)
    if email.html:
        mime.add_alternative(email.html, subtype="html")
    return mime


def _one_line(text: str) -> str:
    return " ".join(text.split())
