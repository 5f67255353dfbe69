"""The recordings in captures/, by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "captures"
SECRET = "luxe & <secret> \"q'1"


@dataclass(frozen=True, slots=True)
class Captured:
    """One delivery."""

    capture: str
    headers: dict[str, str]
    body: bytes

    @property
    def topic(self) -> str:
        return self.headers["X-WC-Webhook-Topic"]

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


def answer(name: str) -> Any:
    return _rest()[name]["json"]


@cache
def _rest() -> dict[str, Any]:
    rest: dict[str, Any] = json.loads((FOLDER / "rest.json").read_text())
    return rest


@cache
def deliveries() -> tuple[Captured, ...]:
    rows = json.loads((FOLDER / "deliveries.json").read_text())
    return tuple(Captured(row["capture"], row["headers"], row["body"].encode()) for row in rows if "X-WC-Webhook-Topic" in row["headers"])


def delivered(capture: str, topic: str) -> Captured:
    return next(delivery for delivery in deliveries() if (delivery.capture, delivery.topic) == (capture, topic))


def ping() -> Captured:
    row = json.loads((FOLDER / "ping.json").read_text())
    return Captured("ping", row["headers"], row["body"].encode())
