"""The whole product on servers of its own, in a folder that is removed at the end: every program can be killed, every server restarted.
Its programs can be made to reach the servers, and be reached, through a network that goes wrong; whoever watches them goes straight.

Only from the main thread (see demo.processes). Programs that end by themselves are started again, as any process manager would.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import flask_migrate
import redis
from flask import Flask

from chaos.mishaps import Link
from demo.embedded import Servers
from demo.home import CHECKOUT
from demo.processes import Process, end, free_port, spawn
from luxebrain.app import make_app
from luxebrain.cli import add_commands
from luxebrain.config import load_settings
from luxebrain.database.prepare import prepare
from luxebrain.database.session import db

DATABASE = ROLE = "luxebrain"
READY_S = 60


def _straight(_link: Link, port: int) -> int:
    return port


class House:
    WEB, WORKER, PASSWORD = "wsgi:app", "chaos.worker", "for-chaos-only"

    def __init__(self, reach: Callable[[Link, int], int] = _straight, /, *, workers: int, **settings: str) -> None:
        """`reach`: (link, port) → the port through which it is reached."""
        self.home = Path(tempfile.mkdtemp(prefix="luxebrain-chaos-", dir="/var/tmp"))
        self.home.chmod(0o711)  # the servers' own account must get through
        self.servers = Servers(self.home, max_connections=100)
        self.web_port = free_port()
        self.url = f"http://127.0.0.1:{reach(Link.WEB, self.web_port)}"
        self._postgres_port = reach(Link.POSTGRES, self.servers.postgres.port)
        self._valkey_port = reach(Link.VALKEY, self.servers.valkey.port)
        self.worker_names = [f"worker-{number}" for number in range(1, workers + 1)]
        self.ended_alone: Counter[str] = Counter()
        self._settings = settings
        self._running: dict[str, Process] = {}

    def __enter__(self) -> House:
        try:
            self.servers.start()
            prepare(self.admin_url("postgres"), self._database_url)
            self.app = self._migrated_app()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        if error is None:
            shutil.rmtree(self.home, ignore_errors=True)
        else:
            print(f"  The logs are kept in {self.home}", file=sys.stderr, flush=True)

    def start(self) -> None:
        self.start_web()
        self.start_work()

    def start_web(self) -> None:
        self._start("web")
        self._wait_for_web()

    def web_workers(self) -> list[int]:
        """Their process ids."""
        return _children(self._running["web"].pid)

    def stop_web(self) -> None:
        end([self._running.pop("web")], patience_s=8)

    def start_work(self) -> None:
        self.start_clock()
        for name in self.worker_names:
            self.start_worker(name)

    def start_clock(self) -> None:
        self._start("clock")

    def start_worker(self, name: str) -> None:
        self._start(name)

    def stop(self) -> None:
        end(self._running.values(), patience_s=8)
        self._running.clear()
        self.servers.stop()

    def revive(self) -> None:
        """Starts again what ended by itself."""
        for name, process in list(self._running.items()):
            if process.poll() is not None:
                self.ended_alone[name] += 1
                self._start(name)

    def kill_a_worker(self, lot: random.Random) -> str:
        """SIGKILL, in the middle of a job where any worker has one, and a new worker in its place."""
        busy = [name for name in self.worker_names if _children(self._running[name].pid)]
        name = lot.choice(busy or self.worker_names)
        self._running[name].kill()
        self._running[name].wait()
        self._start(name)
        return f"{name}{' at work' if busy else ', idle'}"

    def restart_web(self, **settings: str) -> None:
        """Answers again when it returns only where settings are given."""
        self._settings |= settings
        end([self._running["web"]], patience_s=8)
        self._start("web")
        if settings:
            self._wait_for_web()

    def flush_valkey(self) -> None:
        with redis.Redis.from_url(self.servers.valkey.url()) as connection:
            connection.flushall()

    def restart_postgres(self) -> None:
        """At once: nobody is asked, nothing is written out; it recovers from its log."""
        process = self.servers.postgres.process
        assert process is not None
        end([process], number=signal.SIGQUIT, patience_s=10)
        self.servers.postgres.start()

    def admin_url(self, database: str = DATABASE) -> str:
        return self.servers.postgres.url(database)

    @property
    def logs(self) -> list[Path]:
        return sorted(self.home.glob("*.log"))

    @property
    def _database_url(self) -> str:
        straight = self.servers.postgres.url(DATABASE, user=ROLE, password=self.PASSWORD)
        return straight.replace(f":{self.servers.postgres.port}/", f":{self._postgres_port}/")

    def environment(self) -> dict[str, str]:
        valkey_url = self.servers.valkey.url().replace(f":{self.servers.valkey.port}/", f":{self._valkey_port}/")
        own = {"DATABASE_URL": self._database_url, "REDIS_URL": valkey_url, "PUBLIC_URL": self.url}
        plain = {"LUXEBRAIN_HOME": str(self.home), "LOG_LEVEL": "WARNING", "PYTHONUNBUFFERED": "1", "SECRET_KEY": "only-for-chaos-" * 3}
        return dict(os.environ) | plain | own | self._settings

    def _migrated_app(self) -> Flask:
        app = make_app(load_settings(self.environment()))
        add_commands(app)
        with app.app_context():
            flask_migrate.upgrade()
            db.engine.dispose()
        return app

    def _start(self, name: str) -> None:
        web = ("gunicorn", "-c", "gunicorn.conf.py", "--bind", f"127.0.0.1:{self.web_port}", "--no-control-socket", self.WEB)
        module = web if name == "web" else ("luxebrain.clock_process",) if name == "clock" else (self.WORKER,)
        death = signal.SIGTERM if name == "web" else signal.SIGKILL  # gunicorn's children are ended by it, nobody else
        with (self.home / f"{name}.log").open("ab") as log:
            options = {"env": self.environment(), "cwd": CHECKOUT, "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self._running[name] = spawn([sys.executable, "-m", *module], death=death, **options)

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + READY_S
        while not _answers(f"http://127.0.0.1:{self.web_port}/healthz"):
            if self._running["web"].poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"port {self.web_port} does not answer; its log is {self.home / 'web.log'}")
            time.sleep(0.05)


class WholeHouse(House):
    """Its workers do every kind of work, not only what deliveries need."""

    WORKER = "luxebrain.worker"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
