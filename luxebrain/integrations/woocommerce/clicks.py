"""What the widget script left on an order (meta `_luxebrain`): clicks, as a shopper's browser wrote them, so anything at all.

Only shape and size are checked here; whether a click is known and counts is for attribution to say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from luxebrain.integrations.fields import storable

LONGEST_TEXT = 8192
MOST_CLICKS = 50
MOST_FIELDS = 12


def read_clicks(value: Any) -> tuple[Mapping[str, Any], ...]:
    """A list of flat objects, one object, {"clicks": [...]}, or any of these as JSON text. Garbage is left out, never an error."""
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, Mapping):
        value = value["clicks"] if isinstance(value.get("clicks"), list) else [value]
    if not isinstance(value, list):
        return ()
    clicks = (_click(entry) for entry in value[:MOST_CLICKS])
    return tuple(click for click in clicks if click)


def _parsed(text: str) -> Any:
    if len(text) > LONGEST_TEXT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _click(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        return {}
    return {name: value for name, value in list(entry.items())[:MOST_FIELDS] if _is_plain(name, value)}


def _is_plain(name: Any, value: Any) -> bool:
    if not isinstance(name, str) or len(name) > 40 or storable(name) != name:
        return False
    if isinstance(value, str):
        return len(value) <= 200 and storable(value) == value
    return isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**63)
