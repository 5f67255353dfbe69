"""The plugin's PHP as its tools see it: syntax, and style by the standards that php-codesniffer brings."""

from __future__ import annotations

import subprocess

import pytest

from tests.plugin.packages import CHECKOUT, find_program, missing
from tests.plugin.sources import PLUGIN, php_files

STAND_IN = CHECKOUT / "tests" / "plugin" / "stand_in"


def _program(name: str) -> str:
    if reason := missing(name):
        pytest.skip(reason)
    return str(find_program(name))


def test_every_file_is_php_without_an_error() -> None:
    php = _program("php")
    checked = {
        path: subprocess.run([php, "-l", str(path)], capture_output=True, text=True, check=False)
        for path in [*php_files(), *STAND_IN.rglob("*.php")]
    }

    assert {path: ended.stdout for path, ended in checked.items() if ended.returncode} == {}
    assert len(checked) > 15


def test_the_code_sniffer_finds_nothing() -> None:
    command = [_program("phpcs"), "--standard=phpcs.xml", "-q", "--report=emacs"]

    ended = subprocess.run(command, cwd=PLUGIN.parent, capture_output=True, text=True, check=False)

    assert (ended.stdout, ended.returncode) == ("", 0)
