"""The plugin from the dashboard: downloaded, put into the store, seen alive."""

from __future__ import annotations

import io
import json
from zipfile import ZipFile

import requests

from demo.client import find_form
from lab.woocommerce import plugin
from luxebrain import jobs
from luxebrain.services.plugin_zip import plugin_version
from tests.live import Connected


def test_downloaded_plugin_is_filled_in_and_seen_once_it_runs(connected: Connected, browser: requests.Session, web: str) -> None:
    connected.sync()
    page = f"{web}/stores/{connected.store_id}/recommendations"
    assert "Not seen yet" in browser.get(page, timeout=10).text

    packed = browser.get(f"{page}/plugin", timeout=10)
    with ZipFile(io.BytesIO(packed.content)) as archive:
        filled_in = json.loads(archive.read("luxebrain/defaults.json"))
    plugin.install(connected.lab.store, version=plugin_version(), **filled_in)
    form = find_form(browser.get(page, timeout=10).text, action="/recommendations/plugin")
    browser.post(f"{page}/plugin", form.values, timeout=10)
    with connected.app.app_context():
        jobs.run("sync.pages", connected.store_id)

    assert packed.headers["Content-Type"] == "application/zip"
    assert packed.headers["Content-Disposition"] == f'attachment; filename="luxebrain-{plugin_version()}.zip"'
    assert filled_in["address"] == web
    assert "runs in your store and shows your widgets" in browser.get(page, timeout=10).text
