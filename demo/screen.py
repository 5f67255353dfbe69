"""What a person sees of the demo in the terminal."""

from __future__ import annotations

import time

from demo.home import Home
from demo.ports import Ports

EMAIL = "demo@luxebrain.example"


class Progress:
    """One line per stage with the time it took."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()

    def done(self, what: str) -> None:
        now = time.monotonic()
        print(f"  {what:<44}{now - self._last:5.1f} s", flush=True)
        self._last = now

    @property
    def total_s(self) -> float:
        return time.monotonic() - self._began


def welcome(home: Home, ports: Ports, *, password: str, total_s: float) -> str:
    return f"""
  LuxeBrain is ready ({total_s:.1f} s).

    LuxeBrain   {ports.web_url}        log in as {EMAIL}
                                         password {password}
    The store   {ports.store_url}        a gift shop with a year of real orders; its owner is merchant / merchant
    The mail    {ports.mail_url}        every e-mail that is sent arrives here

  What to try next
    1. Log in, choose "Connect a store", give {ports.store_url} and approve as merchant / merchant.
    2. Watch the first sync; then look at the overview and what was learned.
    3. Open a product in the store: suggestions stand below it. Click one, buy it, and find the order credited on the overview.
    4. Approve a price proposal and see it in the store; send a campaign and read it in the mailbox.

  Logs and data: {home.path}        Ctrl-C stops everything.
"""
