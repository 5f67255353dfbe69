"""The private servers: behind passwords, gone with whoever started them, and their data taken over by the next."""

from __future__ import annotations

import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from demo.embedded import Servers
from demo.home import CHECKOUT
from demo.processes import Process, processes_of, spawn

OWNER = """
import encodings.idna, os, sys, time  # the codec would be looked for when somebody else cannot read it any more
from pathlib import Path
from demo.embedded import Servers
if len(sys.argv) > 2:  # become somebody else here, not before: that user may not be able to run this interpreter
    os.setgroups([]), os.setgid(int(sys.argv[3])), os.setuid(int(sys.argv[2]))
servers = Servers(Path(sys.argv[1])).start()
print(servers.postgres.url(), servers.valkey.url(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the user nobody can pass through, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="luxebrain-test-", dir="/var/tmp") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


def test_servers_let_nobody_in_without_the_password(home: Path) -> None:
    with Servers(home, is_durable=False) as servers:
        place = servers.postgres.url().rpartition("@")[2]
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(f"postgresql://postgres@{place}")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgresql://postgres:guess@{place}")
        with redis.Redis(port=servers.valkey.port, retry=Retry(NoBackoff(), 0)) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_passwords_are_readable_by_their_owner_alone_and_on_no_command_line(home: Path) -> None:
    with Servers(home, is_durable=False) as servers:
        files = [servers.postgres.folder / "superuser-password", servers.valkey.folder / "password"]
        lines = b"".join(Path(f"/proc/{number}/cmdline").read_bytes() for number in processes_of(home))

        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
        assert b"valkey-server" in lines
        assert servers.postgres.password.encode() not in lines
        assert servers.valkey.password.encode() not in lines


def test_servers_listen_on_this_machine_only(home: Path) -> None:
    with Servers(home, is_durable=False) as servers:
        with psycopg.connect(servers.postgres.url()) as connection:
            listens = connection.execute("show listen_addresses").fetchone()
        with redis.Redis.from_url(servers.valkey.url()) as connected:
            binds = connected.config_get("bind")

    assert listens == ("127.0.0.1",)
    assert binds == {"bind": "127.0.0.1"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_a_killed_owner_and_the_next_start_has_its_data(home: Path, number: signal.Signals) -> None:
    with running_owner(home) as owner:
        write_something(*addresses_of(owner))
        owner.send_signal(number)

        with Servers(home) as servers:
            kept = read_something(servers)

    assert kept == ("kept", b"kept")
    assert_all_end(home)


def test_second_start_ends_a_server_that_was_left_behind(home: Path) -> None:
    with Servers(home) as left_behind:
        write_something(left_behind.postgres.url(), left_behind.valkey.url())

        with Servers(home) as servers:
            kept = read_something(servers)

        assert left_behind.postgres.process is not None
        assert left_behind.postgres.process.poll() is not None
        assert kept == ("kept", b"kept")


def test_stale_pid_file_that_names_a_living_stranger_does_not_block(home: Path) -> None:
    with Servers(home) as servers:
        data = servers.postgres.folder / "data"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")

    with Servers(home) as servers, psycopg.connect(servers.postgres.url()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_interrupted_first_start_is_begun_again(home: Path) -> None:
    half = Servers(home).postgres.folder / "data"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    with Servers(home) as servers, psycopg.connect(servers.postgres.url()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_plain_user_runs_its_own_servers(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    home.chmod(0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)

    with running_owner(home, str(nobody.pw_uid), str(nobody.pw_gid)) as owner:
        write_something(*addresses_of(owner))
        owners = {Path(f"/proc/{number}").stat().st_uid for number in processes_of(home)}

    assert owners == {nobody.pw_uid}
    assert_all_end(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to nobody")
def test_home_that_nobody_cannot_reach_gets_a_folder_of_its_own(home: Path) -> None:
    home.chmod(0o700)

    with Servers(home, is_durable=False) as servers, psycopg.connect(servers.postgres.url()) as connection:
        folder = servers.postgres.folder
        assert connection.execute("select 1").fetchone() == (1,)

    assert folder.parent.name.startswith("luxebrain-")
    assert not folder.is_relative_to(home)
    subprocess.run(["rm", "-rf", str(folder.parent)], check=True)


@contextmanager
def running_owner(home: Path, *become: str) -> Iterator[Process]:
    env = os.environ | {"PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}
    with spawn([sys.executable, "-c", OWNER, str(home), *become], stdout=subprocess.PIPE, env=env, cwd=CHECKOUT) as owner:
        try:
            yield owner
        finally:
            owner.kill()


def addresses_of(owner: Process) -> tuple[str, str]:
    assert owner.stdout
    postgres, valkey = owner.stdout.readline().decode().split()
    return postgres, valkey


def write_something(postgres: str, valkey: str) -> None:
    with psycopg.connect(postgres) as connection:
        connection.execute("create table note as select 'kept' as words")
    with redis.Redis.from_url(valkey) as connected:
        connected.set("note", "kept")
        connected.execute_command("WAITAOF", 1, 0, 2000)


def read_something(servers: Servers) -> tuple[str, bytes]:
    with psycopg.connect(servers.postgres.url()) as connection:
        row = connection.execute("select words from note").fetchone()
    with redis.Redis.from_url(servers.valkey.url()) as connected:
        note = connected.get("note")
    assert row is not None
    assert isinstance(note, bytes)
    return row[0], note


def assert_all_end(home: Path, within_s: float = 10) -> None:
    deadline = time.monotonic() + within_s
    while left := processes_of(home):
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.05)
