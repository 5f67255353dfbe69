"""Parked deliveries in an address: which are shown, and so which are tried again. Shared by the merchant's page and the operators'."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from luxebrain.edge.numbers import LARGEST_ID
from luxebrain.errors import InvalidInput
from luxebrain.services import dead_letters
from luxebrain.services.dead_letters import Choice

LAST_DAY = datetime(9999, 1, 1, tzinfo=UTC)
NAMES = {"from": "The first day", "to": "The last day"}


def read_choice(args: MultiDict[str, str]) -> Choice:
    """`?delivery=`, or `?topic=&from=&to=` (days, both included). Raises InvalidInput naming the parameter."""
    last = _day(args, "to")
    return Choice(
        delivery_id=_id(args["delivery"]) if "delivery" in args else None,
        topic=args.get("topic", "").replace("\0", "")[:100],
        since=_day(args, "from"),
        until=last + timedelta(days=1) if last else None,
    )


def _id(text: str) -> int:
    """What cannot be read must not come to mean all of them."""
    if not (text.isascii() and text.isdigit() and int(text) <= LARGEST_ID):
        raise InvalidInput("delivery", f"The delivery must be a number, not {text[:30]!r}.")
    return int(text)


def _day(args: MultiDict[str, str], name: str) -> datetime | None:
    text = args.get(name, "").strip()
    try:
        return min(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC), LAST_DAY) if text else None
    except ValueError:
        raise InvalidInput(name, f"{NAMES[name]} must be a date like 2026-11-25, not {text[:30]!r}.") from None


def page_of(choice: Choice, args: MultiDict[str, str]) -> dict[str, Any]:
    """What the template's `parked` part asks for; in a transaction of the store."""
    chosen = dead_letters.count_parked(choice)
    return {
        "deliveries": dead_letters.list_parked(choice),
        "topics": dead_letters.count_parked(),
        "chosen": sum(chosen.values()),
        "asked": {name: args.get(name, "") for name in ("topic", "from", "to")},
    }


def words_for(count: int) -> str:
    return f"{count:,} change{'' if count == 1 else 's'} tried again. What fails once more comes back here with its reason."
