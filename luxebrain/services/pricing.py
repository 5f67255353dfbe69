"""Prices on their way to the store and back: claimed, read, written, read back, recorded.

The one thing to know: between the call and its record a worker may be killed, so nobody can tell from our rows whether the store has a
price. PUSHING says so, is committed before the call, and every try begins by reading: a price that is there already is recorded, one that
is neither the old nor the new was changed by hand and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select, update

from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.errors import OutgoingError, RateLimited, Retriable, Unauthorized
from luxebrain.integrations.platform import Platform, PricePush, PriceState
from luxebrain.models.catalog import Variant
from luxebrain.models.pricing import OPEN_STATES, PriceChange, Proposal, ProposalState
from luxebrain.money import rounded
from luxebrain.services import audit, leases, price_limits, snapshots, stores
from luxebrain.services.audit import Deed
from luxebrain.services.outside import open_platform_of
from luxebrain.services.price_words import amount
from luxebrain.services.proposals import KIND

BATCH = 50
MOST_ATTEMPTS = 8
LONGEST_WAIT_S = 300
PAUSED = timedelta(minutes=1)
EXACT = Decimal("0.0001")  # what our columns hold


@dataclass(frozen=True, slots=True)
class Price:
    """`compare_at`: the price before a reduction."""

    amount: Decimal | None
    compare_at: Decimal | None

    def is_same(self, other: Price) -> bool:
        return _exact(self.amount) == _exact(other.amount) and _exact(self.compare_at) == _exact(other.compare_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTask:
    """`breach`: the limit that this price would break by now; empty where it breaks none."""

    id: int
    product_id: int
    variant_id: int
    before: Price
    after: Price
    breach: str


@dataclass(frozen=True, slots=True)
class Batch:
    tasks: Sequence[PriceTask]
    platform: Platform = field(repr=False)
    currency: str


@dataclass(frozen=True, slots=True)
class Written:
    """The store was read and has it."""


@dataclass(frozen=True, slots=True)
class NotWritten:
    reason: str


Outcome = Written | NotWritten | OutgoingError


def claim_prices(fence: int, *, now: datetime) -> Batch | None:
    """Up to 50 prices of the acting store, at most one per variant; None where none is due. The try is counted before it is made."""
    leases.hold_lease(KIND, fence)
    store = stores.get_store(current_store_id())
    due = select(Proposal).where(Proposal.state.in_(OPEN_STATES), Proposal.retry_at <= now)
    if store.paused_reason:
        session.execute(update(Proposal).where(Proposal.state.in_(OPEN_STATES), Proposal.retry_at <= now).values(retry_at=now + PAUSED))
        return None
    found = session.scalars(due.order_by(Proposal.id).limit(BATCH).with_for_update()).all()
    claimed = list({proposal.variant_id: proposal for proposal in reversed(found)}.values())
    if not claimed:
        return None
    for proposal in claimed:
        if proposal.state == ProposalState.APPROVED:
            proposal.go(ProposalState.PUSHING, at=now)
        proposal.attempts += 1
        proposal.retry_at = now + _wait(proposal.attempts)
    breaches = price_limits.find_breaches(claimed)
    return Batch([_task(proposal, breaches[proposal.id]) for proposal in claimed], open_platform_of(store), store.currency)


def _task(proposal: Proposal, breach: str) -> PriceTask:
    """A reduction keeps the price it is a reduction of, as long as it is one. A roll-back brings the merchant's own: no limit then."""
    was_reduced = proposal.old_compare_at_price is not None and proposal.old_compare_at_price > proposal.new_price
    old = Price(proposal.old_price, proposal.old_compare_at_price)
    new = Price(proposal.new_price, proposal.old_compare_at_price if was_reduced else None)
    is_back = proposal.state == ProposalState.ROLLING_BACK
    before, after = (new, old) if is_back else (old, new)
    ids = {"id": proposal.id, "product_id": proposal.product_id, "variant_id": proposal.variant_id}
    return PriceTask(**ids, before=before, after=after, breach="" if is_back else breach)


def call_prices(batch: Batch) -> list[tuple[PriceTask, Outcome]]:
    """Reads, writes what is as it was, and reads that back. Outside any transaction; never raises for what the store does."""
    outcomes: dict[int, Outcome] = {}
    try:
        for task, state in zip(batch.tasks, _read(batch.tasks, batch.platform), strict=True):
            if (outcome := _judge(task, state, batch.currency)) is not None:
                outcomes[task.id] = outcome
        to_write = [task for task in batch.tasks if task.id not in outcomes]
        if to_write:
            outcomes |= _write(to_write, batch)
    except OutgoingError as error:
        outcomes |= {task.id: error for task in batch.tasks if task.id not in outcomes}
    return [(task, outcomes[task.id]) for task in batch.tasks]


def _read(tasks: Sequence[PriceTask], platform: Platform) -> list[PriceState]:
    return platform.read_prices([(task.product_id, task.variant_id) for task in tasks])


def _judge(task: PriceTask, state: PriceState, currency: str) -> Outcome | None:
    """What the store's price says before anything is written; None: it is as it was, write."""
    there = Price(state.price, state.compare_at_price)
    if state.error:
        return NotWritten(f"{state.error} Nothing was changed.")
    if there.is_same(task.after):
        return Written()
    if not there.is_same(task.before):
        return NotWritten(f"{_changed_by_hand(task.before, there, currency)} meanwhile; nothing was overwritten.")
    return NotWritten(task.breach) if task.breach else None


def _changed_by_hand(before: Price, there: Price, currency: str) -> str:
    if _exact(there.amount) != _exact(before.amount):
        return f"The price was changed by hand to {amount(there.amount, currency)}"
    if there.compare_at is None:
        return "The sale of this product was ended by hand"
    return f"The price before the sale was changed by hand to {amount(there.compare_at, currency)}"


def _write(tasks: Sequence[PriceTask], batch: Batch) -> dict[int, Outcome]:
    answers = batch.platform.push_prices([_push(task, batch.currency) for task in tasks])
    states = _read(tasks, batch.platform)
    return {task.id: _verify(task, answer, state, batch.currency) for task, answer, state in zip(tasks, answers, states, strict=True)}


def _push(task: PriceTask, currency: str) -> PricePush:
    assert task.after.amount is not None  # a proposal has both prices
    compare_at = None if task.after.compare_at is None else _plain(task.after.compare_at, currency)
    price = _plain(task.after.amount, currency)
    return PricePush(product_id=task.product_id, variant_id=task.variant_id, price=price, compare_at_price=compare_at)


def _verify(task: PriceTask, answer: PriceState, state: PriceState, currency: str) -> Outcome:
    there = Price(state.price, state.compare_at_price)
    if not state.error and there.is_same(task.after):
        return Written()
    said = answer.error or state.error or "The store did not keep the price."
    return NotWritten(f"{said} Your store shows {amount(there.amount, currency)}.")


def record_prices(batch: Batch, outcomes: Sequence[tuple[PriceTask, Outcome]], fence: int, *, now: datetime) -> bool:
    """Returns whether to look for more at once."""
    leases.hold_lease(KIND, fence)
    ids = [task.id for task in batch.tasks]
    rows = {row.id: row for row in session.scalars(select(Proposal).where(Proposal.id.in_(ids)).order_by(Proposal.id).with_for_update())}
    written = [task for task, outcome in outcomes if isinstance(outcome, Written)]
    refusal = next((outcome for _, outcome in outcomes if isinstance(outcome, Unauthorized)), None)
    if refusal is not None:
        stores.pause(current_store_id(), str(refusal))
    for task, outcome in outcomes:
        match outcome:
            case Written():
                is_back = rows[task.id].state == ProposalState.ROLLING_BACK
                rows[task.id].go(ProposalState.ROLLED_BACK if is_back else ProposalState.APPLIED, at=now)
            case NotWritten(reason):
                rows[task.id].go(ProposalState.FAILED, at=now, outcome=reason)
            case OutgoingError():
                _record_error(rows[task.id], outcome, now=now)
    _record_written(written, now=now)
    return True


def _record_written(tasks: Sequence[PriceTask], *, now: datetime) -> None:
    """The ledger, our copy of the catalogue and the widgets."""
    if not tasks:
        return
    variants = {row.id: row for row in session.scalars(select(Variant).where(Variant.id.in_([task.variant_id for task in tasks])))}
    for task in tasks:
        assert task.before.amount is not None
        assert task.after.amount is not None
        change = {"variant_id": task.variant_id, "old_price": task.before.amount, "new_price": task.after.amount}
        session.add(PriceChange(proposal_id=task.id, at=now, **change))
        if task.variant_id in variants:
            variants[task.variant_id].price, variants[task.variant_id].compare_at_price = task.after.amount, task.after.compare_at
    deeds = [
        Deed("price.written", f"proposal {task.id}", {"before": str(task.before.amount), "after": str(task.after.amount)}) for task in tasks
    ]
    audit.record_all(deeds, user_id=None)
    snapshots.mark_changed()


def _record_error(proposal: Proposal, error: OutgoingError, *, now: datetime) -> None:
    if isinstance(error, Unauthorized):
        proposal.attempts, proposal.retry_at = proposal.attempts - 1, now + PAUSED  # the store is paused; this was no try
    elif isinstance(error, Retriable) and proposal.attempts < MOST_ATTEMPTS:
        asked_s = error.retry_after_s if isinstance(error, RateLimited) else None
        proposal.retry_at = now + max(_wait(proposal.attempts), timedelta(seconds=asked_s or 0))
        proposal.outcome = f"Trying again: {error}"
    else:
        proposal.go(ProposalState.FAILED, at=now, outcome=f"{error} Look in your store which price it has now.")


def _wait(attempts: int) -> timedelta:
    return timedelta(seconds=min(2**attempts, LONGEST_WAIT_S))


def _plain(price: Decimal, currency: str) -> Decimal:
    """In the currency's minor unit; a merchant's price with more decimals is given back as it was."""
    short = rounded(price, currency)
    return short if short == price else price.normalize()


def _exact(price: Decimal | None) -> Decimal | None:
    return None if price is None else price.quantize(EXACT)
