"""One WordPress for all checks, when they were asked for (`make check-plugin`); `make test` reads the plugin's sources only."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugin.packages import missing
from tests.plugin.shop import Shop, make_shop
from tests.plugin.wordpress import BLOCK_THEME, CLASSIC_THEME, Site, running_wordpress

if "CHECK_PLUGIN" not in os.environ:
    collect_ignore_glob = ["test_php.py", "test_wordpress_*.py"]


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    if reason := missing("php", "mariadbd", "mariadb-install-db", wordpress=True):
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="plugin-check-"))
    try:
        with running_wordpress(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shop(site: Site) -> Shop:
    return make_shop(site)


@pytest.fixture(params=[BLOCK_THEME, CLASSIC_THEME], scope="module")
def theme(request: pytest.FixtureRequest, site: Site) -> str:
    name = str(request.param)
    site.php(f"switch_theme('{name}'); return true;")
    return name


@pytest.fixture(autouse=True)
def as_installed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Settings, consent and where orders are kept are as after installing, whatever a test did before."""
    yield
    if "site" in request.fixturenames:
        names = "['luxebrain_settings', 'stand_in_consent_api', 'stand_in_order_tables']"
        request.getfixturevalue("site").php(f"return array_map('delete_option', {names});")
