"""The checkout as a reader meets it."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from flask import Flask

from luxebrain.config import SETTING_NAMES
from tests.architecture.made import CHECKOUT, tracked_files
from tests.servers import Addresses

LONGEST_FILE = 400
# Not written by hand: vendored, locked, drawn up by Alembic (a migration is frozen history), or joined from parts (`make script`).
NOT_OURS = re.compile(r"/vendor/|/migrations/versions/|\.min\.|/assets/luxebrain\.js$")


def test_no_file_is_too_long_to_read_at_once() -> None:
    long = {
        str(path.relative_to(CHECKOUT)): lines
        for path in tracked_files("*.py", "*.js", "*.css", "*.html")
        if not NOT_OURS.search(str(path)) and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }

    assert long == {}


def test_every_python_file_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(CHECKOUT))
        for path in tracked_files("*.py")
        if (text := path.read_text()).strip() and not re.match(r'(#!.*\n)?\s*"""', text)
    ]

    assert silent == []


def test_every_setting_is_explained_in_the_example() -> None:
    text = (CHECKOUT / ".env.example").read_text()
    named = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.MULTILINE)

    assert len(named) == len(set(named))
    assert set(SETTING_NAMES) <= set(named)


def test_the_example_s_settings_are_read_by_somebody() -> None:
    read_elsewhere = {"HOST", "PORT", "WEB_CONCURRENCY"}  # gunicorn.conf.py
    named = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (CHECKOUT / ".env.example").read_text(), re.MULTILINE))

    assert named - read_elsewhere == set(SETTING_NAMES)


def test_every_template_compiles(app: Flask) -> None:
    names = app.jinja_env.list_templates(extensions=["html", "txt", "svg"])

    for name in names:
        app.jinja_env.get_template(name)

    assert {"errors/error.html", "accounts/log_in.html", "accounts/sign_up.html", "marketing/home.html"} <= set(names)


def test_a_web_process_starts_without_what_only_training_needs(servers: Addresses) -> None:
    """Two to four seconds of start-up and 150 MB a process."""
    script = "import sys, wsgi; print({'pandas', 'scipy', 'sklearn'} & sys.modules.keys())"

    ended = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, env=os.environ, capture_output=True, text=True, check=False)

    assert ended.stdout.strip() == "set()", ended.stderr
