"""`python -m demo`, really started: says where it is, refuses a second one, leaves nothing running however it ends, keeps its data.

All tests share one home: each starts on what the one before left, as a person does.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from demo.home import CHECKOUT
from demo.processes import Process, processes_of, spawn

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="luxebrain-test-", dir="/var/tmp") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="module")
def demo(home: Path) -> Iterator[Process]:
    """One start for the tests that look at a running demo; the last of them ends it."""
    with running_demo(home) as process:
        yield process


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_ended_demo_leaves_nothing_running_and_the_next_goes_on(home: Path, number: signal.Signals) -> None:
    before = card_of(home) if (home / "seen.json").exists() else None

    with running_demo(home) as process:
        card = card_of(home, keep=True)
        pages = [requests.get(url, timeout=10).status_code for url in addresses_of(card)]
        process.send_signal(number)
        code = process.wait(30)

    assert pages == [200, 200, 200]
    assert before in (None, card)
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    assert_all_end(home)


def test_second_start_says_who_is_running(demo: Process, home: Path) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "demo"], env=environment(home), cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    card = card_of(home)

    assert second.returncode == 1
    assert f"process {demo.pid}, at {card['url']}" in second.stderr
    assert requests.get(f"{card['url']}/healthz", timeout=10).status_code == 200


def test_secrets_are_readable_by_their_owner_alone(demo: Process, home: Path) -> None:
    modes = {name: stat.S_IMODE((home / name).stat().st_mode) for name in ("secrets.json", "demo.json")}

    assert modes == {"secrets.json": 0o600, "demo.json": 0o600}


def test_program_that_ends_by_itself_stops_the_demo_with_its_name(demo: Process, home: Path) -> None:
    os.kill(pid_of(home, "lab.smtp"), signal.SIGKILL)
    code = demo.wait(30)

    assert code == 1
    assert "mail was ended by signal 9" in (home / "demo.log").read_text()
    assert_all_end(home)


def test_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with running_listener() as port:
        env = environment(tmp_path) | {"PORT": str(port)}
        refused = subprocess.run([sys.executable, "-m", "demo"], env=env, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert refused.returncode == 1
    assert f"Port {port} is taken" in refused.stderr


@contextmanager
def running_demo(home: Path) -> Iterator[Process]:
    with (home / "demo.log").open("wb") as log:
        command = [sys.executable, "-m", "demo"]
        demo = spawn(command, env=environment(home), cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    with demo:
        try:
            wait_for_card(home, demo)
            yield demo
        finally:
            demo.terminate()


@contextmanager
def running_listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def environment(home: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return own | {"LUXEBRAIN_HOME": str(home), "PORT": "0", "PYTHONUNBUFFERED": "1"}


def wait_for_card(home: Path, demo: Process) -> None:
    deadline = time.monotonic() + 90
    while not is_ready(home, demo):
        assert demo.poll() is None, (home / "demo.log").read_text()
        assert time.monotonic() < deadline, (home / "demo.log").read_text()
        time.sleep(0.05)


def is_ready(home: Path, demo: Process) -> bool:
    """A killed demo leaves its card behind, so the note with the process id is what counts."""
    try:
        note = json.loads((home / "running.json").read_text())
    except (OSError, ValueError):
        return False
    return note["pid"] == demo.pid and bool(note["url"]) and (home / "demo.json").exists()


def card_of(home: Path, *, keep: bool = False) -> Any:
    """The card; kept beside it so that the next test can compare, as the demo removes its own."""
    file = home / "demo.json"
    if keep:
        (home / "seen.json").write_text(file.read_text())
    return json.loads((file if file.exists() else home / "seen.json").read_text())


def addresses_of(card: Any) -> list[str]:
    return [f"{card['url']}/healthz", f"{card['store_url']}/wp-json/wc/v3", f"{card['mail_url']}/messages.json"]


def pid_of(home: Path, module: str) -> int:
    return next(pid for pid in processes_of(home) if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))


def assert_all_end(home: Path, within_s: float = 15) -> None:
    deadline = time.monotonic() + within_s
    while left := processes_of(home):
        assert time.monotonic() < deadline, f"still running: {[Path(f'/proc/{pid}/cmdline').read_bytes() for pid in left]}"
        time.sleep(0.05)
