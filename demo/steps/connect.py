"""The merchant types the store's address, logs in to the store, approves, and comes back to a store that is being read."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

from demo.client import Client, StepFailed, find_form, wait_until

STORE_USER = {"username": "merchant", "password": "merchant"}


def run(client: Client) -> None:
    login_page = client.submit("/connect", {"url": client.card.store_url}, action="/connect")
    if not login_page.url.startswith(client.card.store_url):
        raise StepFailed(f"the address form should lead to the store's own log-in, not to {login_page.url}")
    consent = client.send(find_form(login_page.text, where=login_page.url), STORE_USER, base=login_page.url)
    approve = re.search(r'href="([^"]*access_granted[^"]*)"', consent.text)
    if approve is None:
        raise StepFailed(f"{consent.url} has no link to approve")
    back = client.get(urljoin(consent.url, unescape(approve[1])))
    if not re.search(r"/stores/\d+/sync", back.url):
        raise StepFailed(f"after consent one should see the store being read, not {back.url}")
    wait_until("var/demo.json names the store", lambda: client.card.store_id and client.card.public_key, 10)
