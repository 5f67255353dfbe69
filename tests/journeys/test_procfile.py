"""The Procfile's lines run as they stand, against servers that the settings name."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import requests

from demo.processes import free_port, processes_of
from luxebrain.database.prepare import prepare
from tests.journeys.programs import is_all_gone, program, wait_until
from tests.servers import SETTINGS, Addresses

DATABASE_NUMBER = 60  # of Valkey's 64: no xdist worker gets as far


@pytest.fixture
def settings(servers: Addresses) -> dict[str, str]:
    """A host with an empty database, whose roles were made."""
    url = servers.database_url("test_procfile")
    prepare(servers.admin_url, url)
    port = str(free_port())
    address = {"HOST": "127.0.0.1", "PORT": port, "PUBLIC_URL": f"http://127.0.0.1:{port}", "WEB_CONCURRENCY": "1"}
    return SETTINGS | address | {"DATABASE_URL": url, "REDIS_URL": servers.redis_url(DATABASE_NUMBER)}


def test_release_web_worker_and_clock_run_and_end_together(settings: dict[str, str], tmp_path: Path) -> None:
    honcho = ("honcho", "--env", "/dev/null", "start", "--no-colour", "--port", settings["PORT"])

    with program(tmp_path, *honcho, "release", **settings) as release:
        code = release.wait(60)
    with program(tmp_path, *honcho, "web", "worker", "clock", **settings) as running:
        wait_until(lambda: is_ready(settings["PUBLIC_URL"]), tmp_path)
        page = requests.get(f"{settings['PUBLIC_URL']}/log-in", timeout=10)
        wait_until(lambda: is_worker_there(settings), tmp_path)
        names = " ".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in processes_of(tmp_path))
        running.send_signal(signal.SIGTERM)
        running.wait(30)

    assert code == 0
    assert page.status_code == 200
    assert all(name in names for name in ("gunicorn", "luxebrain.worker", "luxebrain.clock_process"))
    assert is_all_gone(tmp_path)
    assert "Traceback" not in (tmp_path / "log").read_text()


def is_ready(url: str) -> bool:
    try:
        answer = requests.get(f"{url}/readyz", timeout=5)
    except requests.ConnectionError:
        return False
    return answer.status_code == 200 and answer.json()["status"] == "ok"


def is_worker_there(settings: dict[str, str]) -> bool:
    import redis

    with redis.Redis.from_url(settings["REDIS_URL"]) as valkey:
        return bool(valkey.smembers("rq:workers"))
