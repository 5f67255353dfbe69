"""Mail servers on real sockets: one that keeps what it takes, and one that breaks off where it is told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword


@dataclass(slots=True)
class Mailbox:
    """Takes mail, refuses bounce@ for good and busy@ for now."""

    url: str = ""
    mails: list[Envelope] = field(default_factory=list)
    connections: int = 0
    log_ins: list[tuple[bytes, bytes]] = field(default_factory=list)
    last_answer: str = "250 queued as 1"

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address.startswith("bounce@"):
            return "550 5.1.1 no such user"
        if address.startswith("busy@"):
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.mails.append(envelope)
        return self.last_answer

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, given: LoginPassword) -> AuthResult:
        self.log_ins.append((given.login, given.password))
        return AuthResult(success=given.password == b"right", handled=False)  # not answered by us


@contextmanager
def running_mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=_free_port(), auth_require_tls=False, authenticator=box.authenticate)
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield box
    finally:
        controller.stop()
        controller.loop.close()


@contextmanager
def breaking_server(last_step: str) -> Iterator[str]:
    """Answers as it should up to `last_step`, reads that, and hangs up without a word. Its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(listener, last_step), daemon=True)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # wakes accept, which close alone does not
        listener.close()
        thread.join(2)


def _serve(listener: socket.socket, last_step: str) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rwb") as stream:
            _talk(stream, last_step)


def _talk(stream: Any, last_step: str) -> None:
    answers = {"EHLO": b"250 hello", "MAIL": b"250 ok", "RCPT": b"250 ok", "DATA": b"354 go on", "RSET": b"250 ok"}
    stream.write(b"220 ready\r\n")
    stream.flush()
    for line in stream:
        step = line[:4].decode().upper()
        if step == last_step or step not in answers:
            return
        stream.write(answers[step] + b"\r\n")
        stream.flush()
        if step == "DATA":
            _read_message(stream)
            return  # the message has been read to its end, and nobody will know


def _read_message(stream: Any) -> None:
    for line in stream:
        if line == b".\r\n":
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
