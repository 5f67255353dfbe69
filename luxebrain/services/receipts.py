"""The receipt of a departure: what we had made in the store, what was taken back and read back, and what is left with the way to end it.

A line is {what, removed, left, more}: how many are gone from the store as it was read afterwards, in words each thing that is not, and how
many of those are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from luxebrain.database.session import session
from luxebrain.integrations.platform import Unsubscribed
from luxebrain.models.catalog import Product
from luxebrain.models.pricing import OPEN_STATES, ProposalState
from luxebrain.models.work import Departure, RunState
from luxebrain.services import proposals

WEBHOOKS_LEFT = "It did not let us remove our webhooks: delete those named LuxeBrain in WooCommerce under Settings, Advanced, Webhooks."
KEPT = "You chose to keep the prices that are there now."
NOT_REACHED = "Your store did not answer long enough to bring it back."
MOST_LEFT = 200


@dataclass(frozen=True, slots=True)
class Departing:
    """Where a departure stands. `restored`, `open`: products whose price is back, and whose is still to come back."""

    departure: Departure
    restored: int
    open: int

    @property
    def is_running(self) -> bool:
        return self.departure.state == RunState.RUNNING


def find_departing() -> Departing | None:
    """Of the acting store's latest departure; None where it was never left."""
    departure = session.scalars(select(Departure).order_by(Departure.started_at.desc(), Departure.id.desc()).limit(1)).one_or_none()
    if departure is None:
        return None
    newest = proposals.newest_in_store(with_restored=True).subquery()
    going = select(func.count()).where(newest.c.state.in_((ProposalState.APPLIED, *OPEN_STATES)))
    return Departing(departure, _count_restored(departure.started_at), session.scalars(going).one() if departure.restores_prices else 0)


def of_webhooks(found: Unsubscribed | None) -> dict[str, Any]:
    """`found` None: the store did not let us look."""
    is_known = found is not None and not found.left
    return _line("webhooks", found.removed if found else 0, [] if is_known else [WEBHOOKS_LEFT])


def of_key(ending: str, *, is_gone: bool) -> dict[str, Any]:
    return _line("key", int(is_gone), [] if is_gone else [f"The key that ends in {ending}."])


def of_prices(departure: Departure) -> dict[str, Any]:
    """Of a departure that is over, by variant. One that was changed by hand is left as the merchant wants it, and named."""
    newest = proposals.newest_in_store(with_restored=True).subquery()
    left = (
        select(Product.title, newest.c.state, newest.c.outcome)
        .select_from(newest)
        .join(Product, Product.id == newest.c.product_id, isouter=True)
        .where(newest.c.state.in_((ProposalState.APPLIED, ProposalState.FAILED)))
        .order_by(Product.title, newest.c.variant_id)
    )
    why = NOT_REACHED if departure.restores_prices else KEPT
    words = [
        f"{title or 'A product'}: {outcome if state == ProposalState.FAILED else why}" for title, state, outcome in session.execute(left)
    ]
    return _line("prices", _count_restored(departure.started_at), words)


def _line(what: str, removed: int, left: list[str]) -> dict[str, Any]:
    return {"what": what, "removed": removed, "left": left[:MOST_LEFT], "more": len(left[MOST_LEFT:])}


def _count_restored(since: datetime) -> int:
    newest = proposals.newest_in_store(with_restored=True).subquery()
    return session.scalars(select(func.count()).where(newest.c.state == ProposalState.ROLLED_BACK, newest.c.changed_at >= since)).one()
