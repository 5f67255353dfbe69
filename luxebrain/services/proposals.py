"""Price proposals: looked for in sales and stock, listed with their reason, decided by the merchant.

The one thing to know: a price that was decided on lately is left alone for a while (QUIET_DAYS). Sales of the last weeks were made at the
price before; asking again at once would take the same step twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.engines import price_rules as engine
from luxebrain.engines.price_guards import Guards
from luxebrain.errors import InvalidTransition, NotFound
from luxebrain.integrations.platform import OrderStatus, ProductStatus
from luxebrain.models.catalog import Product, Variant
from luxebrain.models.orders import Order, OrderLine
from luxebrain.models.outbox import Effect, EffectState
from luxebrain.models.pricing import OPEN_STATES, Proposal, ProposalState
from luxebrain.models.stores import Store, StoreSettings
from luxebrain.money import minor_unit, rounded
from luxebrain.services import audit, leases, outbox, price_words, stores
from luxebrain.services.audit import Deed

KIND = "prices.push"
WRITE, BACK = "write", "back"  # the two ways a price goes
SOLD_STATUSES = (OrderStatus.PAID, OrderStatus.FULFILLED)
RECENT, BEFORE = timedelta(days=28), timedelta(days=84)
QUIET_DAYS = 28
LARGEST_STEP = Decimal("0.99")  # the engine's limit; settings allow less
REJECTED = "The merchant rejected it."


@dataclass(frozen=True, slots=True)
class Made:
    """What a look at all prices came to. `withdrawn`: earlier proposals that no longer hold."""

    proposed: int
    approved: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Idea:
    """A proposal that is not a row yet."""

    variant: Variant
    proposal: engine.Proposal
    list_price: Decimal

    @property
    def figures(self) -> dict[str, Any]:
        found = self.proposal
        return {
            "reason": found.reason.value,
            "stock": found.stock,
            "weekly_units": round(found.weekly_units, 2),
            "prior_weekly_units": round(found.prior_weekly_units, 2),
            "weeks_of_stock": None if found.weeks_of_stock is None else round(found.weeks_of_stock, 1),
            "floor": str(found.floor),
            "ceiling": str(found.ceiling),
            "list_price": str(self.list_price),
        }


def make_proposals(now: datetime) -> Made:
    """Looks at every price of the acting store. Proposals that wait are kept where they still hold, and withdrawn where not."""
    store = session.scalars(select(Store).where(Store.id == current_store_id()).with_for_update(key_share=True)).one()  # one look at a time
    settings = stores.get_settings()
    ideas = {idea.variant.id: idea for idea in _find_ideas(guards_of(settings, store.currency), now=now)}
    kept, withdrawn = _review_waiting(ideas, store.currency, now=now)
    fresh = [_row(idea, store.currency, now=now) for variant_id, idea in ideas.items() if variant_id not in kept]
    session.add_all(fresh)
    waiting = [*kept.values(), *fresh]
    if not settings.needs_approval:
        _approve_unasked(waiting, now=now)
    session.flush()
    return Made(len(waiting), 0 if settings.needs_approval else len(waiting), withdrawn)


def guards_of(settings: StoreSettings, currency: str) -> Guards:
    return Guards(margin=settings.floor_margin, max_step=min(settings.max_step, LARGEST_STEP), minor_units=minor_unit(currency))


def _find_ideas(guards: Guards, *, now: datetime) -> list[Idea]:
    recent, before = _units_sold(now - RECENT, now), _units_sold(now - BEFORE, now - RECENT)
    last = _last_decisions()
    ideas = []
    for variant, listed_at in _variants_on_sale():
        decided = last.get(variant.id)
        if variant.price is None or (decided and now - decided.changed_at < timedelta(days=QUIET_DAYS)):
            continue
        list_price = _list_price(variant, variant.price, decided)
        sales = engine.ProductSales(
            product_id=variant.id,
            price=variant.price,
            unit_cost=variant.unit_cost,
            list_price=list_price,
            stock=variant.stock_quantity,
            units_last_28_days=recent.get(variant.id, 0),
            units_prior_56_days=before.get(variant.id, 0),
            days_listed=(now - listed_at).days,
        )
        found = engine.propose(sales, guards)
        if isinstance(found, engine.Proposal):
            ideas.append(Idea(variant, found, list_price))
    return ideas


def _variants_on_sale() -> Sequence[tuple[Variant, datetime]]:
    statement = (
        select(Variant, Product.created_at)
        .join(Product, (Product.store_id == Variant.store_id) & (Product.id == Variant.product_id))
        .where(Product.status == ProductStatus.ACTIVE, Product.deleted_at.is_(None), Variant.deleted_at.is_(None))
        .order_by(Variant.id)
    )
    return [(variant, listed_at) for variant, listed_at in session.execute(statement)]


def _units_sold(start: datetime, end: datetime) -> dict[int, float]:
    """By variant. Orders that were refunded in full do not count."""
    sold = (
        select(OrderLine.variant_id, func.sum(OrderLine.quantity))
        .join(Order, (Order.store_id == OrderLine.store_id) & (Order.id == OrderLine.order_id))
        .where(Order.status.in_(SOLD_STATUSES), Order.deleted_at.is_(None), Order.created_at >= start, Order.created_at < end)
        .where(OrderLine.variant_id.is_not(None))
        .group_by(OrderLine.variant_id)
    )
    return {variant_id: float(units) for variant_id, units in session.execute(sold) if variant_id is not None}


def _last_decisions() -> dict[int, Proposal]:
    """Of each variant, the proposal that was decided last."""
    undecided = (ProposalState.PROPOSED, ProposalState.SUPERSEDED)
    decided = select(Proposal).where(Proposal.state.not_in(undecided)).order_by(Proposal.variant_id, Proposal.changed_at.desc())
    return {proposal.variant_id: proposal for proposal in session.scalars(decided.ext(distinct_on(Proposal.variant_id)))}


def _list_price(variant: Variant, price: Decimal, last: Proposal | None) -> Decimal:
    """What the ceiling is measured from: never a price that we raised ourselves, or it would climb a step with every proposal."""
    if variant.compare_at_price is not None:
        return variant.compare_at_price
    if last is not None and last.state == ProposalState.APPLIED and last.new_price == price:
        return Decimal(last.figures["list_price"])
    return price


def _review_waiting(ideas: dict[int, Idea], currency: str, *, now: datetime) -> tuple[dict[int, Proposal], int]:
    """(waiting proposals that still hold, by variant, with today's figures; how many were withdrawn)."""
    kept: dict[int, Proposal] = {}
    waiting = session.scalars(
        select(Proposal).where(Proposal.state == ProposalState.PROPOSED).order_by(Proposal.id).with_for_update()
    ).all()
    for proposal in waiting:
        idea = ideas.get(proposal.variant_id)
        if idea is not None and _prices(proposal) == (idea.proposal.old_price, idea.variant.compare_at_price, idea.proposal.new_price):
            proposal.figures, proposal.reason = idea.figures, price_words.reason(idea.proposal, currency)
            kept[proposal.variant_id] = proposal
        else:
            proposal.go(ProposalState.SUPERSEDED, at=now)
    session.flush()  # before new ones come: one waiting proposal per variant, says an index
    return kept, len(waiting) - len(kept)


def _prices(proposal: Proposal) -> tuple[Decimal, Decimal | None, Decimal]:
    return proposal.old_price, proposal.old_compare_at_price, proposal.new_price


def _row(idea: Idea, currency: str, *, now: datetime) -> Proposal:
    return Proposal(
        product_id=idea.variant.product_id,
        variant_id=idea.variant.id,
        old_price=idea.proposal.old_price,
        old_compare_at_price=idea.variant.compare_at_price,
        new_price=rounded(idea.proposal.new_price, currency),
        reason=price_words.reason(idea.proposal, currency),
        figures=idea.figures,
        state=ProposalState.PROPOSED,
        created_at=now,
        changed_at=now,
    )


def _approve_unasked(proposals: Sequence[Proposal], *, now: datetime) -> None:
    session.flush()
    for proposal in proposals:
        proposal.go(ProposalState.APPROVED, at=now)
    audit.record_all([_deed("price.approved_by_rule", proposal) for proposal in proposals], user_id=None)
    if proposals:
        _ask(proposals, WRITE, now=now)


def approve(ids: Sequence[int], *, by: int, now: datetime) -> int:
    """The acting store's proposals are written to the store as soon as a worker is free. Raises NotFound, InvalidTransition."""
    chosen = _get_locked(ids)
    for proposal in chosen:
        proposal.approve(by=by, at=now)
    _ask(chosen, WRITE, now=now)
    return _decided("price.approved", chosen, by=by)


def reject(ids: Sequence[int], *, by: int, now: datetime) -> int:
    """Approved ones too, as long as no worker has begun to write them. Raises NotFound, InvalidTransition."""
    chosen = _get_locked(ids)
    for proposal in chosen:
        proposal.reject(by=by, at=now)
    asked = [proposal.effect_id for proposal in chosen if proposal.effect_id]
    if outbox.withdraw(asked, REJECTED, now=now) < len(asked):
        raise InvalidTransition("A price is being written already. Once it is in your store you can roll it back.")
    return _decided("price.rejected", chosen, by=by)


def roll_back(ids: Sequence[int], *, by: int, now: datetime) -> int:
    """Brings back the prices that were there before, where they were not changed since."""
    chosen = _get_locked(ids)
    for proposal in chosen:
        proposal.roll_back(by=by, at=now)
    _ask(chosen, BACK, now=now)
    return _decided("price.roll_back_asked", chosen, by=by)


def roll_back_newest(*, by: int, now: datetime) -> None:
    """Of each variant the price of ours that stands in the store. Again and again, until the one before the first of ours is back.

    A roll-back that failed ends it: somebody changed the price by hand, and what lies before that is not ours to bring back.
    """
    standing = [proposal.id for proposal in session.scalars(newest_in_store()) if proposal.state == ProposalState.APPLIED]
    if standing:
        roll_back(standing, by=by, now=now)


def newest_in_store(*, with_restored: bool = False) -> Select[Proposal]:
    """Of each variant the proposal that says last what became of our price in the store. One that certainly did not
    get there says nothing.
    """
    states = (ProposalState.APPLIED, ProposalState.FAILED, *OPEN_STATES, *([ProposalState.ROLLED_BACK] if with_restored else []))
    says_something = (Proposal.state != ProposalState.FAILED) | Effect.key.endswith(f" {BACK}") | (Effect.state == EffectState.UNKNOWN)
    those = select(Proposal).join(Effect, its_effect()).where(Proposal.state.in_(states), says_something)
    return those.order_by(Proposal.variant_id, Proposal.changed_at.desc(), Proposal.id.desc()).ext(distinct_on(Proposal.variant_id))


def _get_locked(ids: Sequence[int]) -> Sequence[Proposal]:
    possible = [id for id in ids if 0 < id < 2**63]  # what the column holds
    chosen = session.scalars(select(Proposal).where(Proposal.id.in_(possible)).order_by(Proposal.id).with_for_update()).all()
    if len(chosen) != len(set(ids)):
        raise NotFound("There is no such price proposal. Reload the page to see those there are.")
    return chosen


def _ask(proposals: Sequence[Proposal], way: str, *, now: datetime) -> None:
    """One effect a proposal and way; and rings."""
    keys = {proposal.id: f"{proposal.id} {way}" for proposal in proposals}
    effects = outbox.ask(KIND, list(keys.values()), now=now)
    for proposal in proposals:
        proposal.effect_id = effects[keys[proposal.id]]
    leases.ring(KIND)


def its_effect() -> ColumnElement[bool]:
    """How a proposal finds how far it is."""
    return (Effect.store_id == Proposal.store_id) & (Effect.id == Proposal.effect_id)


def _decided(action: str, chosen: Sequence[Proposal], *, by: int) -> int:
    audit.record_all([_deed(action, proposal) for proposal in chosen], user_id=by)
    session.flush()
    return len(chosen)


def _deed(action: str, proposal: Proposal) -> Deed:
    before, after = str(proposal.old_price), str(proposal.new_price)
    return Deed(action, f"proposal {proposal.id}", {"variant_id": proposal.variant_id, "before": before, "after": after})
