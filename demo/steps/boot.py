"""The demo is up: every address it prints answers, and its account can log in."""

from __future__ import annotations

from demo.client import Client, StepFailed


def run(client: Client) -> None:
    client.get("/healthz")
    client.get("/readyz")
    client.get("/log-in")
    client.get(client.card.store_url)
    client.get(f"{client.card.mail_url}/messages.json")
    client.log_in()
    if client.get("/log-in").url.endswith("/log-in"):
        raise StepFailed("the demo account could not log in: the log-in page comes again")
