"""Proposals as a merchant reads them: by how far they are, with the product's name and picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, select

from luxebrain.database.session import session
from luxebrain.models.catalog import Product, Variant
from luxebrain.models.outbox import Effect, EffectState
from luxebrain.models.pricing import OPEN_STATES, Proposal, ProposalState
from luxebrain.services.proposals import its_effect

PAGE_SIZE = 50


class Tab(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    DECIDED = "decided"


STATES = {
    Tab.PROPOSED: (ProposalState.PROPOSED,),
    Tab.APPROVED: OPEN_STATES,
    Tab.DECIDED: (ProposalState.APPLIED, ProposalState.FAILED, ProposalState.REJECTED, ProposalState.ROLLED_BACK),
}


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """`title` names the variant too; `url` is the product's page in the store. `outcome`: why it is not (yet) in the store.
    `state`: the proposal's, but "pushing" once a worker has begun to write it."""

    id: int
    title: str
    image: str
    url: str
    old_price: Decimal
    new_price: Decimal
    reason: str
    state: str
    outcome: str
    changed_at: datetime


def list_proposals(tab: Tab, *, page: int = 1, size: int = PAGE_SIZE) -> list[ProposalRow]:
    """Of the acting store, the latest first; those that wait by the size of the step, the largest first."""
    step = func.abs(Proposal.new_price / Proposal.old_price - 1).desc()
    order = (step, Proposal.id) if tab is Tab.PROPOSED else (Proposal.changed_at.desc(), Proposal.id.desc())
    statement = (
        select(Proposal, Effect.state, Effect.outcome, Product.title, Variant.title, Product.image_url, Variant.image_url, Product.url)
        .outerjoin(Effect, its_effect())
        .outerjoin(Product, (Product.store_id == Proposal.store_id) & (Product.id == Proposal.product_id))
        .outerjoin(Variant, (Variant.store_id == Proposal.store_id) & (Variant.id == Proposal.variant_id))
        .where(Proposal.state.in_(STATES[tab]))
        .order_by(*order)
        .limit(size)
        .offset((page - 1) * size)
    )
    return [
        _row(proposal, (state, outcome), f"{title or f'Product {proposal.product_id}'}{f' ({variant})' if variant else ''}", images, url)
        for proposal, state, outcome, title, variant, *images, url in session.execute(statement)
    ]


def _row(
    proposal: Proposal, effect: tuple[str | None, str | None], title: str, images: Sequence[str | None], url: str | None
) -> ProposalRow:
    """`images`: the product's, the variant's own."""
    effect_state, effect_outcome = effect
    is_begun = proposal.state == ProposalState.APPROVED and effect_state not in (None, EffectState.PENDING)
    return ProposalRow(
        id=proposal.id,
        title=title,
        image=next((image for image in reversed(images) if image), ""),
        url=url if url and url.startswith(("https://", "http://")) else "",
        old_price=proposal.old_price,
        new_price=proposal.new_price,
        reason=proposal.reason,
        state="pushing" if is_begun else proposal.state,
        outcome=proposal.outcome or (effect_outcome or "" if proposal.state in OPEN_STATES else ""),
        changed_at=proposal.changed_at,
    )


def count_proposals() -> dict[str, int]:
    """By tab."""
    counted = dict(session.execute(select(Proposal.state, func.count()).group_by(Proposal.state)).all())
    return {tab.value: sum(counted.get(state, 0) for state in states) for tab, states in STATES.items()}
