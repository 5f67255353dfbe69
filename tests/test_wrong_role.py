"""Every program, really started, refuses a database role that may not be used, and says by which command the right one is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from demo.processes import free_port
from tests.journeys.programs import program
from tests.servers import SETTINGS, Addresses

REMEDY = "flask --app wsgi db prepare --admin-url"
PROGRAMS = {
    "web": ("gunicorn", "-c", "gunicorn.conf.py", "--no-control-socket", "wsgi:app"),
    "worker": ("python", "-m", "luxebrain.worker"),
    "clock": ("python", "-m", "luxebrain.clock_process"),
    "command": ("flask", "--app", "wsgi", "stores", "list"),
}


def end_of(home: Path, command: tuple[str, ...], *, database_url: str, redis_url: str) -> tuple[int, str]:
    """Its exit code and what it said."""
    settings = SETTINGS | {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "HOST": "127.0.0.1", "PORT": str(free_port())}
    with program(home, *command, **settings) as started:
        code = started.wait(60)
    return code, (home / "log").read_text()


@pytest.mark.parametrize("name", PROGRAMS)
def test_superuser_is_refused_with_the_command_that_helps(servers: Addresses, tmp_path: Path, name: str) -> None:
    code, said = end_of(tmp_path, PROGRAMS[name], database_url=servers.admin_url, redis_url=servers.redis_url(0))

    assert code not in (0, None)
    assert "ignores row security" in said
    assert REMEDY in said


@pytest.mark.parametrize("wrong", [{"username": "never_made"}, {"database": "never_made"}])
def test_role_or_database_that_was_never_made_is_refused_in_two_lines(servers: Addresses, tmp_path: Path, wrong: dict[str, str]) -> None:
    right = make_url(servers.database_url("template_luxebrain"))
    url = right.set(**wrong).render_as_string(hide_password=False)  # type: ignore[arg-type]

    code, said = end_of(tmp_path, PROGRAMS["clock"], database_url=url, redis_url=servers.redis_url(0))

    assert code == 1
    assert REMEDY in said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 2
