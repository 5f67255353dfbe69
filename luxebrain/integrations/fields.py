"""Single values of a platform's payload, read strictly: whatever cannot be read raises ValueError with the field's name."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from luxebrain.clock import parse_utc
from luxebrain.money import parse_amount

_ESCAPED_NUL = re.compile(r"((?<!\\)(?:\\\\)*)\\u0000")  # after an odd number of backslashes it is an escape, after an even one text
LARGEST_ID = 2**63 - 1
LARGEST_WHOLE = 2**31 - 1
DEEPEST_JSON = 100  # a real order has 6 levels
_TAG = re.compile(r"<[^<>]{0,2000}>")
_UNSEEN = re.compile(r"(?is)<(script|style)\b.{0,100000}?</\1\s*>")


def plain_text(value: Any, *, longest: int = 500) -> str:
    """Names hold entities and tags ("Tom &amp; Jerry’s <b>Mug</b>"): text without either, on one line."""
    if not isinstance(value, str):
        return ""
    without_tags = _TAG.sub(" ", _UNSEEN.sub(" ", value[: longest * 20]))
    text = re.sub(r"\s+([,.;:!?…])", r"\1", " ".join(storable(html.unescape(without_tags)).split()))
    return text[:longest]


def short_text(payload: Mapping[str, Any], name: str, *, longest: int = 255) -> str:
    """As it was typed; "" where absent."""
    value = payload.get(name)
    return storable(value).strip()[:longest] if isinstance(value, str) else ""


def storable(text: str) -> str:
    """PostgreSQL has no text with NUL, and no half of an emoji that a plugin cut in two (JSON may hold one: "\\ud83d")."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def storable_json(value: Any) -> Any:
    """The same for a whole payload; NaN and infinity, which PostgreSQL's JSON has not, become words."""
    if _is_deeper(value, DEEPEST_JSON):
        return "lists or objects in one another, too deep to be kept"
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    return json.loads(_ESCAPED_NUL.sub(r"\1", text), parse_constant=str)


def _is_deeper(value: Any, levels: int) -> bool:
    """Level by level: one call within another would end where the value's own depth does."""
    level = [value]
    for _ in range(levels):
        level = [child for one in level for child in (one.values() if isinstance(one, Mapping) else one if isinstance(one, list) else ())]
    return bool(level)


def row_id(payload: Mapping[str, Any], name: str = "id") -> int:
    found = optional_id(payload, name)
    if found is None:
        raise ValueError(f"{name} is missing")
    return found


def optional_id(payload: Mapping[str, Any], name: str) -> int | None:
    """None for 0, which is how WooCommerce writes "none" (a guest, a deleted product), and for null, Shopify's way."""
    value = payload.get(name)
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        value = int(value)
    if value in (None, 0, ""):
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST_ID:
        raise ValueError(f"{name} is not an id: {value!r:.50}")
    return value


def id_if_any(row: Any) -> int | None:
    """The id of what may be no row at all."""
    try:
        return optional_id(row, "id") if isinstance(row, Mapping) else None
    except ValueError:
        return None


def amount(payload: Mapping[str, Any], name: str) -> Decimal:
    found = optional_amount(payload, name)
    if found is None:
        raise ValueError(f"{name} is missing")
    return found


def optional_amount(payload: Mapping[str, Any], name: str) -> Decimal | None:
    """None for "", which is how WooCommerce writes "no price"; "0" is free."""
    value = payload.get(name)
    if value in (None, ""):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{name} is not an amount: {value!r:.50}")
    try:
        return parse_amount(str(value))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def price(payload: Mapping[str, Any], name: str) -> Decimal | None:
    found = optional_amount(payload, name)
    if found is not None and found < 0:
        raise ValueError(f"{name} is negative: {found}")
    return found


def currency(payload: Mapping[str, Any]) -> str:
    """Three letters, in capitals."""
    code = short_text(payload, "currency", longest=10).upper()
    if len(code) != 3 or not code.isalpha():
        raise ValueError(f"currency is not a code: {code!r}")
    return code


def moment(payload: Mapping[str, Any], name: str) -> datetime:
    """With an offset, or UTC without one: WooCommerce's *_gmt fields (those without _gmt are in the site's time and are not read)."""
    found = optional_moment(payload, name)
    if found is None:
        raise ValueError(f"{name} is missing")
    return found


def optional_moment(payload: Mapping[str, Any], name: str) -> datetime | None:
    value = payload.get(name)
    if value in (None, ""):
        return None
    try:
        return parse_utc(str(value)[:40])
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{name} is not a date: {value!r:.50}") from error


def whole(payload: Mapping[str, Any], name: str) -> int | None:
    """Stock and quantities. Plugins that sell by weight write 0.5 or "0.5": the part of one counts as none."""
    value = payload.get(name)
    if value in (None, ""):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{name} is not a number: {value!r:.50}")
    try:
        number = Decimal(str(value))
        is_too_large = number.copy_abs() > LARGEST_WHOLE  # before it becomes an int: "1e300000" takes seconds to be one
    except (ArithmeticError, ValueError) as error:
        raise ValueError(f"{name} is not a number: {value!r:.50}") from error
    if is_too_large:
        raise ValueError(f"{name} is too large: {value!r:.50}")
    return int(number)


def child(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object within; an empty one where it is absent or something else (PHP writes an empty object as [])."""
    value = payload.get(name)
    return value if isinstance(value, Mapping) else {}


def children(payload: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects in a list; whatever else is in it is left out."""
    value = payload.get(name)
    return [child for child in value if isinstance(child, Mapping)] if isinstance(value, list) else []


def codes(payload: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The `code` of each object in a list, in small letters, each once."""
    found = (short_text(child, "code").lower() for child in children(payload, name))
    return tuple(sorted({code for code in found if code}))


def meta(payload: Mapping[str, Any], key: str) -> Any:
    """The last value of a meta key, None where absent."""
    found = [entry.get("value") for entry in children(payload, "meta_data") if entry.get("key") == key]
    return found[-1] if found else None
