"""E-mail by SMTP. What was said when the connection broke decides whether a message may be sent again.

Until the server has answered 354 to DATA nothing can have left: Failed, try again. From then until its last answer it may have taken the
message or not, and SMTP has no way to ask: Unknown. The server is the operator's (SMTP_URL), not a merchant's, so the guard of outgoing
calls does not stand here.
"""

from __future__ import annotations

import ipaddress
import logging
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from luxebrain.integrations.messaging.channel import Accepted, Email, Failed, Outcome, Unknown
from luxebrain.integrations.messaging.mime import make_mime, parse_address
from luxebrain.scrub import scrub

log = logging.getLogger(__name__)

CLOSING = 421  # "service not available, closing": may come as any answer


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    is_tls: bool


class _NotTaken(Exception):
    """The server said no, before or after DATA, and the message did not leave."""

    def __init__(self, step: str, code: int, words: bytes) -> None:
        self.step, self.code = step, code
        self.reason = f"{step}: {code} {scrub(words.decode('utf-8', 'replace'))[:300]}"
        super().__init__(self.reason)


class Smtp:
    """A Channel over one connection, opened at the first message and kept for the next ones. One thread at a time."""

    def __init__(self, url: str, *, timeout_s: float = 20.0) -> None:
        """`url`: smtp://[user:password@]host[:port], TLS where the server offers it, or smtps://…"""
        self._server, self._timeout_s = _parse(url), timeout_s
        self._connection: smtplib.SMTP | None = None

    def send(self, message: Email) -> Outcome:
        try:
            parse_address(message.to)
        except ValueError as error:
            return Failed(f"The address cannot be used: {error}.", is_permanent=True, is_bad_address=True)
        try:
            mime = make_mime(message)
        except ValueError as error:
            return Failed(f"The message cannot be written: {error}.", is_permanent=True)
        return self._send(mime, sender=message.from_address, recipient=message.to)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def __enter__(self) -> Smtp:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, mime: EmailMessage, *, sender: str, recipient: str) -> Outcome:
        try:
            connection = self._live_connection()
        except (OSError, smtplib.SMTPException) as error:
            return Failed(f"The mail server cannot be reached: {_words(error)}", is_permanent=False, is_channel_away=True)
        try:
            _offer(connection, sender, recipient)
        except _NotTaken as refusal:
            return self._failed(refusal)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Failed(f"The mail server cannot be used: {_words(error)}", is_permanent=False)
        return self._hand_over(mime, connection)

    def _hand_over(self, mime: EmailMessage, connection: smtplib.SMTP) -> Outcome:
        lines = mime.as_bytes().replace(b"\r\n.", b"\r\n..")  # RFC 5321, 4.5.2
        try:
            connection.send((b"." if lines.startswith(b".") else b"") + lines.removesuffix(b"\r\n") + b"\r\n.\r\n")
            _expect("the message", 250, connection.getreply())
        except _NotTaken as refusal:
            return self._failed(refusal)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Unknown(f"The mail server took the message but did not confirm it: {_words(error)}")
        return Accepted(str(mime["Message-ID"]))

    def _failed(self, refusal: _NotTaken) -> Failed:
        is_permanent = refusal.code >= 500
        if refusal.code == CLOSING:
            self.close()
        else:
            self._reset()
        return Failed(
            refusal.reason, is_permanent=is_permanent, is_bad_address=is_permanent and refusal.step in ("RCPT TO", "The mail server")
        )

    def _reset(self) -> None:
        try:
            if self._connection is not None:
                _expect("RSET", 250, self._connection.rset())
        except (OSError, smtplib.SMTPException, _NotTaken):
            self.close()

    def _live_connection(self) -> smtplib.SMTP:
        """The kept one if it still answers: servers drop idle connections."""
        if self._connection is not None:
            self._reset()
        if self._connection is None:
            self._connection = _open(self._server, self._timeout_s)
        return self._connection


def _offer(connection: smtplib.SMTP, sender: str, recipient: str) -> None:
    """Everything up to the server's 354. Raises _NotTaken, OSError or SMTPException; nothing has left then."""
    is_ascii = recipient.isascii() and sender.isascii()
    if not is_ascii and not connection.has_extn("smtputf8"):
        raise _NotTaken("The mail server", 553, b"takes no addresses with letters beyond ASCII")
    _expect("MAIL FROM", 250, connection.mail(sender, [] if is_ascii else ["SMTPUTF8", "BODY=8BITMIME"]))
    _expect("RCPT TO", 250, connection.rcpt(recipient), also=251)
    _expect("DATA", 354, connection.docmd("DATA"))


def _parse(url: str) -> _Server:
    parts = urlsplit(url)
    is_tls = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return _Server(parts.hostname or "127.0.0.1", parts.port or (465 if is_tls else 25), user, password, is_tls)


def _open(server: _Server, timeout_s: float) -> smtplib.SMTP:
    checked = ssl.create_default_context()
    if server.is_tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=checked)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
    try:
        connection.ehlo_or_helo_if_needed()
        if not server.is_tls and connection.has_extn("starttls"):
            connection.starttls(context=checked if server.user else None)  # without a password any TLS is better than none
            connection.ehlo()
        if server.user:
            _log_in(connection, server)
    except BaseException:
        connection.close()
        raise
    return connection


def _log_in(connection: smtplib.SMTP, server: _Server) -> None:
    if not isinstance(connection.sock, ssl.SSLSocket) and not _is_loopback(server.host):
        raise smtplib.SMTPNotSupportedError("no TLS, so the password is not sent")
    connection.login(server.user, server.password)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _expect(step: str, code: int, reply: tuple[int, bytes], *, also: int = 0) -> None:
    if reply[0] == -1:  # smtplib's word for an answer that is none
        raise smtplib.SMTPServerDisconnected(f"{step}: no answer")
    if reply[0] not in (code, also):
        raise _NotTaken(step, reply[0], reply[1])


def _words(error: Exception) -> str:
    """Kept beside the message, so without what the server may have repeated."""
    return scrub(f"{type(error).__name__} {error}")[:300]
