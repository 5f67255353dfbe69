"""Prices on their way to the store and back: claimed, read, written, read back, recorded.

The one thing to know: between the call and its record a worker may be killed, so nobody can tell from our rows whether the store has a
price. The ledger (services.outbox) says so before the call, and every try begins by reading: a price that is there already is recorded, one
that is neither the old nor the new was changed by hand and stays. So a price is unknown for moments only, unless its store stays away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_never

from sqlalchemy import select

from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.errors import OutgoingError, Retriable, Unauthorized
from luxebrain.integrations.platform import Platform, PricePush, PriceState
from luxebrain.models.catalog import Variant
from luxebrain.models.outbox import Effect, EffectState
from luxebrain.models.pricing import OPEN_STATES, PriceChange, Proposal, ProposalState
from luxebrain.money import rounded
from luxebrain.services import audit, leases, outbox, price_limits, snapshots, stores
from luxebrain.services.audit import Deed
from luxebrain.services.outbox import Answer, Claim
from luxebrain.services.outside import open_platform_of
from luxebrain.services.price_words import amount
from luxebrain.services.proposals import KIND, its_effect

BATCH = 50
MOST_ATTEMPTS = 8
LONGEST_WAIT_S = 300
PAUSED = timedelta(minutes=1)
EXACT = Decimal("0.0001")  # what our columns hold
INTERRUPTED = "Writing this price was interrupted. Your store is read to see whether it has it."


@dataclass(frozen=True, slots=True)
class Price:
    """`compare_at`: the price before a reduction."""

    amount: Decimal | None
    compare_at: Decimal | None

    def is_same(self, other: Price) -> bool:
        return _exact(self.amount) == _exact(other.amount) and _exact(self.compare_at) == _exact(other.compare_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTask:
    """`breach`: the limit that this price would break by now; empty where it breaks none. `id` is the proposal's."""

    id: int
    claim: Claim
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


@dataclass(frozen=True, slots=True)
class Broken:
    """The call did not go through. `may_be_there`: it was on writing or later."""

    error: OutgoingError
    may_be_there: bool


Outcome = Written | NotWritten | Broken


def claim_prices(fence: int, *, now: datetime) -> Batch | None:
    """Up to 50 prices of the acting store, at most one per variant; None where none is due. The try is counted before it is made."""
    leases.hold_lease(KIND, fence)
    outbox.give_up_on_interrupted(KIND, INTERRUPTED, look_at=now, now=now)
    store = stores.get_store(current_store_id())
    if store.paused_reason:
        outbox.put_off(KIND, until=now + PAUSED)
        return None
    of_variants = {proposal.variant_id: proposal for proposal in reversed(_find_due(now=now))}
    by_effect = {proposal.effect_id: proposal for proposal in of_variants.values() if proposal.effect_id}
    claims = outbox.claim(KIND, by_effect, fence, now=now)
    if not claims:
        return None
    breaches = price_limits.find_breaches([by_effect[id] for id in claims])
    tasks = [_task(by_effect[id], claim, breaches[by_effect[id].id]) for id, claim in claims.items()]
    return Batch(tasks, open_platform_of(store), store.currency)


def _find_due(*, now: datetime) -> Sequence[Proposal]:
    """Those that were asked for first; of those asked for together a product's variants stay together, as they are read together."""
    due = select(Proposal).join(Effect, its_effect()).where(outbox.is_due(KIND, now=now), Proposal.state.in_(OPEN_STATES))
    in_order = due.order_by(Effect.created_at, Proposal.product_id, Effect.id)
    return session.scalars(in_order.limit(BATCH).with_for_update(of=Proposal)).all()


def _task(proposal: Proposal, claim: Claim, breach: str) -> PriceTask:
    """A reduction keeps the price it is a reduction of, as long as it is one. A roll-back brings the merchant's own: no limit then."""
    was_reduced = proposal.old_compare_at_price is not None and proposal.old_compare_at_price > proposal.new_price
    old = Price(proposal.old_price, proposal.old_compare_at_price)
    new = Price(proposal.new_price, proposal.old_compare_at_price if was_reduced else None)
    is_back = proposal.state == ProposalState.ROLLING_BACK
    before, after = (new, old) if is_back else (old, new)
    ids = {"id": proposal.id, "product_id": proposal.product_id, "variant_id": proposal.variant_id}
    return PriceTask(**ids, claim=claim, before=before, after=after, breach="" if is_back else breach)


def call_prices(batch: Batch) -> list[tuple[PriceTask, Outcome]]:
    """Reads, writes what is as it was, and reads that back. Outside any transaction; never raises for what the store does."""
    outcomes: dict[int, Outcome] = {}
    is_writing = False
    try:
        for task, state in zip(batch.tasks, _read(batch.tasks, batch.platform), strict=True):
            if (outcome := _judge(task, state, batch.currency)) is not None:
                outcomes[task.id] = outcome
        to_write = [task for task in batch.tasks if task.id not in outcomes]
        if to_write:
            is_writing = True
            outcomes |= _write(to_write, batch)
    except OutgoingError as error:
        outcomes |= {task.id: Broken(error, may_be_there=is_writing) for task in batch.tasks if task.id not in outcomes}
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
    answers = {task.claim.id: _answer(task, outcome, now=now) for task, outcome in outcomes}
    ours = outbox.record(answers, fence, now=now)
    refusal = next((outcome.error for _, outcome in outcomes if isinstance(outcome, Broken) and _is_unauthorized(outcome)), None)
    if refusal is not None:
        stores.pause(current_store_id(), str(refusal))
    for task, _ in outcomes:
        if task.claim.id in ours:
            _move_on(rows[task.id], answers[task.claim.id], now=now)
    _record_written([task for task, outcome in outcomes if isinstance(outcome, Written) and task.claim.id in ours], now=now)
    return True


def _is_unauthorized(outcome: Broken) -> bool:
    return isinstance(outcome.error, Unauthorized)


def _answer(task: PriceTask, outcome: Outcome, *, now: datetime) -> Answer:
    """What an outcome means for the ledger."""
    match outcome:
        case Written():
            return Answer(EffectState.ACCEPTED)
        case NotWritten(reason):
            return Answer(EffectState.REFUSED, reason)
        case Broken(error, may_be_there):
            is_unsure = may_be_there or task.claim.was_unknown
            open_state, end = (EffectState.UNKNOWN, EffectState.UNKNOWN) if is_unsure else (EffectState.PENDING, EffectState.REFUSED)
            if isinstance(error, Unauthorized):
                return Answer(open_state, str(error), now + PAUSED, is_try=False)  # the store is paused; this was no try
            if isinstance(error, Retriable) and task.claim.attempts < MOST_ATTEMPTS:
                return Answer(open_state, f"Trying again: {error}", now + _wait(task.claim.attempts, error))
            return Answer(end, f"{error} {'Look in your store which price it has.' if is_unsure else 'Nothing was changed.'}")
        case _:
            assert_never(outcome)


def _move_on(proposal: Proposal, answer: Answer, *, now: datetime) -> None:
    """What the merchant's list says once it is over. An unknown one that nobody looks into any more has failed."""
    if answer.state is EffectState.ACCEPTED:
        is_back = proposal.state == ProposalState.ROLLING_BACK
        proposal.go(ProposalState.ROLLED_BACK if is_back else ProposalState.APPLIED, at=now)
    elif answer.retry_at is None:
        proposal.go(ProposalState.FAILED, at=now, outcome=answer.outcome)


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


def _wait(attempts: int, error: Retriable) -> timedelta:
    return timedelta(seconds=max(min(2**attempts, LONGEST_WAIT_S), error.retry_after_s or 0))


def _plain(price: Decimal, currency: str) -> Decimal:
    """In the currency's minor unit; a merchant's price with more decimals is given back as it was."""
    short = rounded(price, currency)
    return short if short == price else price.normalize()


def _exact(price: Decimal | None) -> Decimal | None:
    return None if price is None else price.quantize(EXACT)
