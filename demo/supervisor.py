"""`make demo`: everything in one terminal, nothing left behind.

Order: private servers → roles and tables → web, workers, clock, the lab's store and mailbox → a screen that says where. A program that
ends by itself stops the demo with its name and the end of its log. Ctrl-C and SIGTERM stop in the reverse order; after kill -9 the
kernel does it (see processes).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sys
import time
from types import FrameType

from demo.children import ChildEnded, Children
from demo.environment import application_environment, database_url
from demo.folder_lock import StillRunning
from demo.home import AlreadyRunning, Home, open_home, write_private
from demo.ports import PortTaken, choose_ports
from demo.postgres import Postgres
from demo.processes import DidNotStart
from demo.screen import EMAIL, Progress, welcome
from demo.storefront import put_script_into_theme
from demo.tables import find_connected, has_account
from demo.valkey import Valkey
from luxebrain.database.prepare import prepare

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


def main() -> int:
    home = open_home(os.environ.get("LUXEBRAIN_HOME"))
    for number in SIGNALS:
        signal.signal(number, _ask_to_stop)
    try:
        with home.locked():
            Supervisor(home).run()
    except StopAsked:
        print("\n  Stopped. The data are kept; `make demo` goes on where you left.", flush=True)
        return 0
    except (AlreadyRunning, ChildEnded, DidNotStart, PermissionError, PortTaken, StillRunning, TimeoutError) as problem:
        print(f"\n{problem}", file=sys.stderr, flush=True)
    return 1


def _ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    raise StopAsked


class Supervisor:
    def __init__(self, home: Home) -> None:
        self.home, self.ports = home, choose_ports(home, os.environ)
        self.postgres = None if "DATABASE_URL" in os.environ else Postgres(home.path)
        self.valkey = None if "REDIS_URL" in os.environ else Valkey(home.path)
        self.children: Children | None = None
        self.progress = Progress()

    def run(self) -> None:
        """Until somebody asks to stop or a program ends; raises what happened."""
        try:
            self.home.card.unlink(missing_ok=True)  # a killed one's: what it says is no longer true
            print("\n  Starting LuxeBrain", flush=True)
            self._start_servers()
            env = application_environment(self.home, self.ports, postgres=self.postgres, valkey=self.valkey, environ=os.environ)
            self.children = Children(self.home.logs, env)
            self._start_lab(self.children)
            self._prepare_database()
            self._start_application(self.children, is_first=not has_account(env["DATABASE_URL"], EMAIL))
            self._announce(env["DATABASE_URL"])
            self._watch(self.children, env["DATABASE_URL"])
        finally:
            self._stop()

    def _start_servers(self) -> None:
        if self.postgres:
            self.postgres.start()
            self.progress.done("PostgreSQL, private, on this machine only")
        if self.valkey:
            self.valkey.start()
            self.progress.done("Valkey, private, on this machine only")

    def _start_lab(self, children: Children) -> None:
        store, mail = str(self.home.path / "store"), str(self.home.path / "mail")
        children.start("store", "lab.woocommerce", "--port", str(self.ports.store), "--home", store, LAB_DEVELOPMENT="1")
        children.start("mail", "lab.smtp", "--smtp-port", str(self.ports.smtp), "--http-port", str(self.ports.mail), "--home", mail)

    def _prepare_database(self) -> None:
        """Somebody's own server is expected to be prepared: only its operator has the rights."""
        if self.postgres:
            prepare(self.postgres.url(), database_url(self.postgres, self.home.secrets()))
            self.progress.done("Database roles")

    def _start_application(self, children: Children, *, is_first: bool) -> None:
        """Each program needs seconds to import: on later starts tables and web come up side by side; workers follow the web."""
        children.start("upgrade", "flask", "--app", "wsgi", "db", "upgrade")
        if is_first:
            children.finish("upgrade")
            self.progress.done("Database tables")
            self._start_making_account(children)
        bind = ("--bind", f"127.0.0.1:{self.ports.web}", "--no-control-socket")
        children.start("web", "gunicorn", "-c", "gunicorn.conf.py", *bind, "wsgi:app", death=signal.SIGTERM)
        children.finish("account" if is_first else "upgrade")
        for url in (f"{self.ports.web_url}/healthz", f"{self.ports.store_url}/wp-json/wc/v3", self.ports.mail_url):
            children.wait_for_page(url)
        children.start("worker-live", "luxebrain.worker", "live")  # so that an order never waits behind a sync
        children.start("worker", "luxebrain.worker")
        children.start("clock", "luxebrain.clock_process")
        self.progress.done("Web, workers, clock, the store, the mailbox")

    def _start_making_account(self, children: Children) -> None:
        account = ("--email", EMAIL, "--password", self.home.secrets().demo_password, "--role", "super_admin")
        children.start("account", "flask", "--app", "wsgi", "accounts", "create", *account)

    def _announce(self, database_url: str) -> None:
        password = self.home.secrets().demo_password
        self.home.say_where(self.ports.web_url)
        self._write_card(find_connected(database_url, self.ports.store_url))
        print(welcome(self.home, self.ports, password=password, total_s=self.progress.total_s), flush=True)

    def _watch(self, children: Children, database_url: str) -> None:
        """Looks every 0.2 s whether all still run, and every two seconds whether the store was connected meanwhile."""
        known: object = None
        for turn in itertools.count():
            children.check()
            if turn % 10 == 0 and (connected := find_connected(database_url, self.ports.store_url)) != known:
                known = connected
                self._write_card(connected)
                put_script_into_theme(self.ports, connected[1])
            time.sleep(0.2)

    def _write_card(self, connected: tuple[int | None, str | None]) -> None:
        store_id, public_key = connected
        addresses = {"url": self.ports.web_url, "store_url": self.ports.store_url, "mail_url": self.ports.mail_url}
        account = {"email": EMAIL, "password": self.home.secrets().demo_password}
        write_private(self.home.card, addresses | account | {"store_id": store_id, "public_key": public_key})

    def _stop(self) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # stopping goes to its end
        with contextlib.ExitStack() as stack:  # last in, first out; each runs whatever happens to the others
            for server in (self.postgres, self.valkey, self.children):
                if server:
                    stack.callback(server.stop)
        self.home.card.unlink(missing_ok=True)
