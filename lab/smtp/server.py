"""Both doors of the mailbox on real sockets: SMTP and HTTP, in threads of this process.

with MailboxServer(folder) as mail:
    mail.smtp_url, mail.url, mail.mailbox.all(), mail.delivery.turn(drop_next=1)
"""

from __future__ import annotations

import logging
import socket
import threading
from pathlib import Path
from types import TracebackType

from werkzeug.serving import BaseWSGIServer, make_server

from lab.smtp.delivery import Delivery, make_controller
from lab.smtp.mailbox import Mailbox
from lab.smtp.pages import make_pages


class MailboxServer:
    """Ports are chosen unless given."""

    def __init__(self, folder: Path, *, smtp_port: int = 0, http_port: int = 0) -> None:
        self.mailbox = Mailbox(folder)
        self.delivery = Delivery(self.mailbox)
        self.smtp_port = smtp_port or _free_port()
        self._controller = make_controller(self.delivery, self.smtp_port)
        self._pages: BaseWSGIServer = make_server("127.0.0.1", http_port, make_pages(self.delivery), threaded=True)
        self._thread = threading.Thread(target=self._pages.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def smtp_url(self) -> str:
        return f"smtp://127.0.0.1:{self.smtp_port}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._pages.port}"

    def start(self) -> MailboxServer:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line per request would hide what matters
        self._controller.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        self._controller.stop()
        self._pages.shutdown()
        self._thread.join()
        self._pages.server_close()

    def __enter__(self) -> MailboxServer:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
