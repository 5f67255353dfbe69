"""Settings: an error stands beside its field, a change is shown before it is saved, and reaches what it is about."""

from __future__ import annotations

import re

import requests

from demo.client import Client, StepFailed, find_form, wait_until

HEADING = "Chosen for you"


def run(client: Client) -> None:
    page = f"/stores/{client.card.store_id}/settings"
    _see_error(client, page)
    _save(client, page, "prices", {"floor_margin": "25"})
    if find_form(client.get(page).text, action="/settings/prices").values["floor_margin"] != "25":
        raise StepFailed("the margin that was saved is not on the page")
    _save(client, page, "placements", {"similar_title": HEADING})
    wait_until("the widget has its new heading", lambda: _heading(client) == HEADING, 10)


def _see_error(client: Client, page: str) -> None:
    shown = client.get(page)
    form = find_form(shown.text, action="/settings/prices", where=page)
    answer = client.session.post(
        client.address(form.action), form.values | {"floor_margin": "150"}, headers={"Referer": shown.url}, timeout=20
    )
    said = re.search(r'id="floor_margin-error">([^<]+)<', answer.text)
    if answer.status_code != 422 or said is None or "too large" not in said[1]:
        raise StepFailed(f"a margin of 150 % should be refused beside its field; the answer was {answer.status_code}")
    if find_form(answer.text, action="/settings/prices").values["floor_margin"] != "150":
        raise StepFailed("what was typed is gone after an error")


def _save(client: Client, page: str, section: str, fields: dict[str, str]) -> requests.Response:
    """As a browser without JavaScript: it is shown the change first, and asked once more."""
    shown = client.submit(page, fields, action=f"/settings/{section}")
    for value in fields.values():
        if "Nothing is saved yet" not in shown.text or value not in shown.text:
            raise StepFailed(f"{value!r} is not shown as a change before it is saved")
    return client.send(find_form(shown.text, action=f"/settings/{section}", where=shown.url), {}, base=shown.url)


def _heading(client: Client) -> str:
    parameters = {"store": str(client.card.public_key), "placement": "similar", "k": "4"}
    return str(client.get_json("/widgets/v1/recommendations", **parameters).get("title"))
