"""What the examples of the style guide share: a store, its products, and the frame around every page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from luxebrain.clock import utcnow

Context = dict[str, Any]
Row = SimpleNamespace

PRODUCTS = (
    "Blue Enamel Mug",
    "Beeswax Candle, Tall",
    "Linen Table Runner",
    "Robin Tree Decoration",
    "Paper Star Lantern",
    "Stoneware Teapot",
)
PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 5'%3E%3Crect width='4' height='5' fill='%23d8cfc0'/%3E"
    "%3Ccircle cx='2' cy='2.6' r='1.1' fill='%235b6f8a'/%3E%3C/svg%3E"
)
SCRIPT_TAG = '<script src="https://brain.example/widgets/v1/luxebrain.js" data-store="pk_4f9c2d71a0" async></script>'


def frame(room: str, activity: str | None = None) -> Context:
    store = Row(id=1, name="Hearth & Holly", url="https://hearth.example", currency="GBP", paused_reason="", connected_at=utcnow())
    return {
        "store": store,
        "stores": [
            store,
            Row(
                id=2, name="Second Store", url="https://second.example", currency="EUR", paused_reason="Key refused.", connected_at=utcnow()
            ),
        ],
        "user": Row(name="Ada Example", email="ada@hearth.example", is_operator=False),
        "room": room,
        "activity": activity,
        "trouble": None,
    }
