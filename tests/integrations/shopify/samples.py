"""The recorded payloads (tests/samples/shopify/README.md names their sources)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "samples" / "shopify"
SHOP = "gifts.myshopify.com"


def sample(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return payload


def live_order(**changes: Any) -> dict[str, Any]:
    """The recorded order is a test order; this one is not."""
    return sample("orders__updated") | {"test": False} | changes
