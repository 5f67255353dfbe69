"""What the plugin's checks need from Debian: PHP, its code sniffer, MariaDB, and WordPress with a block theme and a classic one.

Programs are installed by apt, where there is an apt and the right to use it. WordPress is only unpacked, into var/: installed, it would
bring a web server along. What cannot be had is left out, and the checks that need it say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
UNPACKED = CHECKOUT / "var" / "check-plugin"
WORDPRESS = UNPACKED / "usr" / "share" / "wordpress"
PROGRAMS = {"php": "php-cli", "phpcs": "php-codesniffer", "mariadbd": "mariadb-server-core", "mariadb-install-db": "mariadb-server-core"}
ALONG = ("php-mysql", "mariadb-client-core")
WORDPRESS_PACKAGES = ("wordpress", "wordpress-theme-twentytwentythree", "wordpress-theme-twentytwentyone")


def get_packages() -> None:
    """Quick when all is there; never fails."""
    if not _may_install():
        return
    wanted = sorted({package for program, package in PROGRAMS.items() if find_program(program) is None})
    if wanted or not WORDPRESS.is_dir():
        _run("apt-get", "-qq", "update")
    if wanted:
        _run("apt-get", "-qq", "install", "-y", "--no-install-recommends", *wanted, *ALONG)
    if not WORDPRESS.is_dir():
        _unpack_wordpress()


def find_program(name: str) -> str | None:
    """sbin as well, which is not on everybody's path."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def missing(*programs: str, wordpress: bool = False) -> str:
    """In words; empty when all is there."""
    absent = [name for name in programs if find_program(name) is None]
    if "php" not in absent and wordpress and not _speaks_mysql():
        absent.append("php-mysql")
    if wordpress and not (WORDPRESS / "wp-content/themes/twentytwentyone").is_dir():
        absent.append("WordPress")
    return f"{', '.join(absent)}: not here, and not to be had by apt" if absent else ""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _speaks_mysql() -> bool:
    return "mysqli" in subprocess.run([str(find_program("php")), "-m"], capture_output=True, text=True, check=False).stdout


def _may_install() -> bool:
    return shutil.which("apt-get") is not None and shutil.which("dpkg-deb") is not None and os.geteuid() == 0


def _unpack_wordpress() -> None:
    downloads = UNPACKED / "packages"
    downloads.mkdir(parents=True, exist_ok=True)
    _run("apt-get", "-qq", "download", *WORDPRESS_PACKAGES, folder=downloads)
    for package in sorted(downloads.glob("*.deb")):
        _run("dpkg-deb", "-x", str(package), str(UNPACKED))
    shutil.rmtree(downloads)


def _run(*command: str, folder: Path | None = None) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    ended = _ended(command, folder, environment)
    if ended.returncode:
        say(f"{' '.join(command[:3])}: {(ended.stderr or ended.stdout).strip()[-300:]}")


def _ended(command: Sequence[str], folder: Path | None, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
