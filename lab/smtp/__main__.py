"""`python -m lab.smtp --smtp-port 8003 --http-port 8002 --home DIR`: runs until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from lab.smtp.server import MailboxServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lab.smtp", description="A mail server that keeps everything and delivers nothing.")
    parser.add_argument("--smtp-port", type=int, default=0, help="0: any free port")
    parser.add_argument("--http-port", type=int, default=0, help="0: any free port")
    parser.add_argument("--home", type=Path, required=True, help="where the messages are kept")
    options = parser.parse_args()
    # Blocked before the servers' threads start, so that the signals wait for sigwait below.
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    with MailboxServer(options.home, smtp_port=options.smtp_port, http_port=options.http_port) as mail:
        print(f"ready {mail.url} {mail.smtp_url}", flush=True)  # noqa: T201  (what a person and a supervisor wait for)
        signal.sigwait(ending)


if __name__ == "__main__":
    main()
