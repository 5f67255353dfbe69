"""A campaign to a group of customers: each gets one mail; opening the unsubscribe link changes nothing, pressing its button does."""

from __future__ import annotations

import re
import time
from typing import Any

from demo.client import Client, StepFailed, find_form, wait_until

TEXT = "Hello {first_name|there},\n\nour candles are in stock again.\n\nSee the shop: "


def run(client: Client) -> None:
    new = f"/stores/{client.card.store_id}/campaigns/new"
    group, people = _smallest_group(client, new)
    subject = f"The candles are back ({time.time_ns()})"
    fields = {"segment": group, "subject": subject, "body": TEXT + client.card.store_url}
    page = client.submit(new, fields, action="/campaigns/new")
    if f"Send to {people:,} " not in page.text:
        raise StepFailed(f"the button at {page.url} does not say that {people} people get it")
    client.send(find_form(page.text, action="/send", where=page.url), {}, base=page.url)
    wait_until("the campaign is sent", lambda: 'data-state="sent"' in client.get(f"{page.url}/progress").text, 120)
    mails = [mail for mail in client.get_json(f"{client.card.mail_url}/messages.json") if mail["subject"] == subject]
    _check_once_each(mails, people)
    _check_unsubscribing(client, mails[0], new, group)


def _smallest_group(client: Client, new: str) -> tuple[str, int]:
    """(segment, people) of the group with the fewest people, so that the check is quick."""
    groups = _groups(client, new)
    named = {key: people for key, people in groups.items() if key != "everyone" and people}
    if len(groups) != 6 or not named:
        raise StepFailed(f"there should be five groups of customers and everyone to write to, not {groups}")
    return min(named.items(), key=lambda group: group[1])


def _groups(client: Client, new: str) -> dict[str, int]:
    options = re.findall(r'<option[^>]*value="([^"]+)"[^>]*>[^<]*\(([\d,]+) (?:people|person)\)', client.get(new).text)
    return {key: int(people.replace(",", "")) for key, people in options}


def _check_once_each(mails: list[dict[str, Any]], people: int) -> None:
    recipients = [mail["to"][0] for mail in mails]
    if len(recipients) != len(set(recipients)):
        raise StepFailed("somebody got the campaign twice")
    if len(recipients) != people:
        raise StepFailed(f"{people} people were to get the campaign; {len(recipients)} did")


def _check_unsubscribing(client: Client, mail: dict[str, Any], new: str, group: str) -> None:
    link = dict(mail["headers"])["List-Unsubscribe"].strip(" <>")
    before = _groups(client, new)[group]
    page = client.get(link)
    if "unsubscribed" in client.get(link).text or _groups(client, new)[group] != before:
        raise StepFailed("opening the unsubscribe link has unsubscribed somebody")
    answer = client.send(find_form(page.text, where=link), {}, base=link)
    if "You are unsubscribed" not in answer.text or _groups(client, new)[group] != before - 1:
        raise StepFailed("pressing the unsubscribe button has not unsubscribed its reader")
