"""The limits that a merchant set, held against prices that were proposed under earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.engines import price_guards
from luxebrain.engines.price_guards import Guards
from luxebrain.models.catalog import Variant
from luxebrain.models.pricing import Proposal, ProposalState
from luxebrain.services import stores
from luxebrain.services.price_words import amount
from luxebrain.services.proposals import guards_of


def find_breaches(proposals: Sequence[Proposal]) -> dict[int, str]:
    """By proposal of the acting store: see find_breach."""
    currency = stores.get_store(current_store_id()).currency
    wanted = [proposal.variant_id for proposal in proposals]
    costs = dict(session.execute(select(Variant.id, Variant.unit_cost).where(Variant.id.in_(wanted))).all())
    guards = guards_of(stores.get_settings(), currency)
    return {proposal.id: find_breach(proposal, costs.get(proposal.variant_id), guards, currency) for proposal in proposals}


def find_breach(proposal: Proposal, unit_cost: Decimal | None, guards: Guards, currency: str) -> str:
    """Why the store's settings of today do not allow this price; empty where they do. They may be stricter than when it was proposed."""
    if unit_cost is None or unit_cost <= 0:
        if proposal.new_price < proposal.old_price:
            return "What the product costs you is not known any more, and without that no price is lowered. Nothing was changed."
    elif proposal.new_price < (floor := price_guards.floor_price(unit_cost, guards)):
        return f"It is below your floor of {amount(floor, currency)} now. Nothing was changed."
    if not price_guards.reachable(proposal.old_price, guards).holds(proposal.new_price):
        return f"It is a larger step than the {(guards.max_step * 100).normalize():f} % that you allow now. Nothing was changed."
    ceiling = price_guards.ceiling_price(Decimal(proposal.figures["list_price"]), guards)
    if proposal.new_price > max(ceiling, proposal.old_price):
        return f"It is above the ceiling of {amount(ceiling, currency)}. Nothing was changed."
    return ""


def withdraw_breaking(*, now: datetime) -> int:
    """Takes back what waits for the merchant and breaks the limits of now."""
    waiting = select(Proposal).where(Proposal.state == ProposalState.PROPOSED).order_by(Proposal.id).with_for_update()
    proposals = session.scalars(waiting).all()
    breaches = find_breaches(proposals)
    breaking = [proposal for proposal in proposals if breaches[proposal.id]]
    for proposal in breaking:
        proposal.go(ProposalState.SUPERSEDED, at=now, outcome="It breaks the limits that were set since.")
    return len(breaking)
