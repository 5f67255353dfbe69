"""Which click on a recommendation earned which order line: the last click on the product within the window wins.

Pure and exact: a line is credited at most once, by product; a click credits as many lines of its product as the order has.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Click:
    click_id: str
    placement: str
    product_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    line_id: int
    product_id: int


@dataclass(frozen=True, slots=True)
class Credit:
    """`line_id` was bought after `click_id`, in `placement`, `waited` later."""

    line_id: int
    click_id: str
    placement: str
    waited: timedelta


def credit_lines(clicks: Iterable[Click], lines: Sequence[Line], *, ordered_at: datetime, window_days: float) -> list[Credit]:
    """At most one credit a line, in the order of the lines.

    A click counts from `window_days` before the order up to the order itself, both included; later ones never do. Of two clicks at
    the same moment the larger click id wins, so the answer does not depend on the order they arrive in. Raises ValueError
    for a negative window.
    """
    if window_days < 0:
        raise ValueError("an attribution window cannot be negative")
    earliest = ordered_at - timedelta(days=window_days)
    last: dict[int, Click] = {}
    for click in clicks:
        if earliest <= click.at <= ordered_at and (click.product_id not in last or _is_later(click, last[click.product_id])):
            last[click.product_id] = click
    winners = ((line, last.get(line.product_id)) for line in lines)
    return [Credit(line.line_id, click.click_id, click.placement, ordered_at - click.at) for line, click in winners if click is not None]


def _is_later(click: Click, than: Click) -> bool:
    return (click.at, click.click_id) > (than.at, than.click_id)
