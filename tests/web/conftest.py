"""Fixtures for pages: a store that is connected to a lab store over HTTP, and a browser whose owner is logged in."""

from __future__ import annotations

import pytest
import requests

from demo.client import find_form
from tests.live import PASSWORD, connected, lab, merchant_id, web

__all__ = ["connected", "lab", "merchant_id", "web"]


@pytest.fixture
def browser(web: str, merchant_id: int) -> requests.Session:
    """Logged in."""
    browser = requests.Session()
    page = browser.get(f"{web}/log-in", timeout=10)
    browser.post(page.url, find_form(page.text).values | {"email": "merchant@shop.example", "password": PASSWORD}, timeout=10)
    return browser
