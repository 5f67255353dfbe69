"""A WordPress of our own: files in a temporary folder, MariaDB on a socket in it, PHP's own web server on 127.0.0.1.

WooCommerce cannot be had from Debian; `stand_in/` takes its place, with what was recorded of it. Time in it is the machine's.
"""

from __future__ import annotations

import getpass
import io
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import requests

from demo.processes import Process, end, free_port, spawn, wait_until_ready
from luxebrain.services.plugin_zip import build_plugin_zip
from tests.plugin.packages import WORDPRESS, find_program

STAND_IN = Path(__file__).parent / "stand_in"
KEY, ADDRESS = "pk_plugin_check", "https://brain.example"
BLOCK_THEME, CLASSIC_THEME = "twentytwentythree", "twentytwentyone"
PASSWORD = "four words in a row"
CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_HOST', 'localhost:{socket}');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}');
define('WP_DEBUG', true); define('WP_DEBUG_DISPLAY', false); define('WP_DEBUG_LOG', '{log}');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('FS_METHOD', 'direct');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {{
    define($name . '_KEY', hash('sha256', $name . '{token}'));
    define($name . '_SALT', hash('sha256', '{token}' . $name));
}}
$table_prefix = 'shop_';
if (!defined('ABSPATH')) {{ define('ABSPATH', __DIR__ . '/'); }}
require_once ABSPATH . 'wp-settings.php';
"""
INSTALL = """<?php
$_SERVER += ['HTTP_HOST' => '{host}', 'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/', 'SERVER_PROTOCOL' => 'HTTP/1.1'];
define('WP_INSTALLING', true);
require __DIR__ . '/www/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('The shop', 'admin', 'admin@shop.example', false, '', '{password}');
update_option('permalink_structure', '/%postname%/');
"""
# In the web server's process, where PHP's code is compiled already: a fresh PHP takes five times as long.
RUNNER = """<?php
add_action('wp_loaded', function () {{
    if (hash_equals('{token}', $_SERVER['HTTP_X_RUN'] ?? '')) {{
        require_once ABSPATH . 'wp-admin/includes/admin.php';
        wp_send_json(['answer' => (static function (string $code) {{ return eval($code); }})(file_get_contents('php://input'))]);
    }}
}});
"""
FURNISH = "activate_plugin('woocommerce/woocommerce.php'); flush_rewrite_rules(); return true;"


@dataclass(frozen=True, slots=True)
class Site:
    """`php` runs code inside this WordPress, as a visitor, and gives back what it returns."""

    folder: Path
    url: str
    token: str

    @property
    def plugins(self) -> Path:
        return self.folder / "www" / "wp-content" / "plugins"

    def php(self, code: str) -> Any:
        answer = requests.post(f"{self.url}/", code.encode(), headers={"X-Run": self.token, "Content-Type": "text/plain"}, timeout=60)
        assert answer.headers["Content-Type"].startswith("application/json"), answer.text
        return answer.json()["answer"]

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=30, **options)

    def log_in(self, name: str = "admin") -> requests.Session:
        visitor = requests.Session()
        visitor.cookies.set("wordpress_test_cookie", "WP%20Cookie%20check", domain="127.0.0.1")
        form = {"log": name, "pwd": PASSWORD, "testcookie": "1"}
        answer = visitor.post(f"{self.url}/wp-login.php", form, allow_redirects=False, timeout=30)
        assert answer.status_code == 302, answer.text
        return visitor

    def put_plugin(self) -> None:
        """The zip that the dashboard makes, unpacked and activated."""
        with ZipFile(io.BytesIO(build_plugin_zip(public_key=KEY, address=ADDRESS))) as archive:
            archive.extractall(self.plugins)
        assert self.php("return activate_plugin('luxebrain/luxebrain.php');") is None

    def read_log(self) -> list[str]:
        log = self.folder / "php.log"
        return log.read_text().splitlines() if log.exists() else []


@contextmanager
def running_wordpress(folder: Path) -> Iterator[Site]:
    port = free_port()
    site = Site(folder, f"http://127.0.0.1:{port}", secrets.token_hex(16))
    processes: list[Process] = []
    try:
        processes.append(_start_database(folder))
        _lay_out(site)
        processes.append(_start_web(folder, port, site))
        site.php(FURNISH)
        site.put_plugin()
        yield site
    finally:
        end(reversed(processes), number=signal.SIGKILL, patience_s=15)  # the folder goes next: nothing to save


def _start_database(folder: Path) -> Process:
    files, log = folder / "database", folder / "database.log"
    user = f"--user={getpass.getuser()}"
    making = [str(find_program("mariadb-install-db")), "--no-defaults", f"--datadir={files}", "--skip-test-db", user]
    made = subprocess.run([*making, "--auth-root-authentication-method=normal"], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    (folder / "first.sql").write_text("CREATE DATABASE wordpress CHARACTER SET utf8mb4;\n")
    command = [
        *[str(find_program("mariadbd")), "--no-defaults", f"--datadir={files}", f"--socket={_socket(folder)}", "--skip-networking", user],
        *[f"--pid-file={folder / 'database.pid'}", f"--init-file={folder / 'first.sql'}", "--innodb-flush-log-at-trx-commit=0"],
    ]
    with log.open("wb") as output:
        process = spawn(command, stdout=output, stderr=output)
    wait_until_ready(lambda: b"ready for connections" in log.read_bytes(), process, log=log, timeout_s=30)
    return process


def _socket(folder: Path) -> Path:
    return folder / "db.sock"


def _lay_out(site: Site) -> None:
    www = site.folder / "www"
    shutil.copytree(WORDPRESS, www, symlinks=True)
    shutil.copytree(STAND_IN / "woocommerce", site.plugins / "woocommerce")
    (www / "wp-content" / "mu-plugins").mkdir()
    shutil.copy(STAND_IN / "consent.php", www / "wp-content" / "mu-plugins")
    (www / "wp-config.php").write_text(
        CONFIG.format(socket=_socket(site.folder), url=site.url, log=site.folder / "php.log", token=site.token)
    )
    (www / "wp-content" / "mu-plugins" / "run.php").write_text(RUNNER.format(token=site.token))
    (site.folder / "install.php").write_text(INSTALL.format(host=site.url.removeprefix("http://"), password=PASSWORD))
    installed = subprocess.run([str(find_program("php")), str(site.folder / "install.php")], capture_output=True, text=True, check=False)
    assert installed.returncode == 0, installed.stdout + installed.stderr


def _start_web(folder: Path, port: int, site: Site) -> Process:
    log = folder / "web.log"
    command = [str(find_program("php")), "-d", "opcache.revalidate_freq=0", "-S", f"127.0.0.1:{port}", "-t", str(folder / "www")]
    with log.open("wb") as output:
        process = spawn(command, stdout=output, stderr=output, cwd=folder)
    wait_until_ready(lambda: _answers(site), process, log=log, timeout_s=30)
    return process


def _answers(site: Site) -> bool:
    try:
        return site.get("/").status_code == 200
    except requests.ConnectionError:
        return False
