"""Price proposals: from a reason, through a merchant's decision, to a price that was read back from the store."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.database.session import Base
from luxebrain.database.tenancy import store_key
from luxebrain.errors import InvalidTransition
from luxebrain.models.work import own_id


class ProposalState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"  # waits to be pushed, or is: its effect says how far it is
    APPLIED = "applied"  # pushed and read back
    REJECTED = "rejected"
    FAILED = "failed"  # the store refused, or the price was changed by hand meanwhile; `outcome` says which
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    SUPERSEDED = "superseded"  # a newer proposal took its place


_NEXT: dict[ProposalState, frozenset[ProposalState]] = {
    ProposalState.PROPOSED: frozenset({ProposalState.APPROVED, ProposalState.REJECTED, ProposalState.SUPERSEDED}),
    ProposalState.APPROVED: frozenset({ProposalState.APPLIED, ProposalState.FAILED, ProposalState.REJECTED}),
    ProposalState.APPLIED: frozenset({ProposalState.ROLLING_BACK}),
    ProposalState.ROLLING_BACK: frozenset({ProposalState.ROLLED_BACK, ProposalState.FAILED}),
}
OPEN_STATES = (ProposalState.APPROVED, ProposalState.ROLLING_BACK)


class Proposal(Base):
    """`old_price` and `old_compare_at_price` are what the store said when it was proposed: what a roll-back restores.

    `effect_id`: its push in the ledger (models.outbox), or its roll-back once that was asked for; None before it is approved.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("new_price > 0 and new_price <> old_price", name="is_a_change"),
        Index("uq_proposal_waiting", "store_id", "variant_id", unique=True, postgresql_where=text("state = 'proposed'")),
        Index("ix_proposal_created_at", "store_id", "created_at"),
        Index("ix_proposal_open", "store_id", "id", postgresql_where=text("state in ('approved', 'rolling_back')")),
    )
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    product_id: Mapped[int]
    variant_id: Mapped[int]
    old_price: Mapped[Decimal]
    old_compare_at_price: Mapped[Decimal | None]
    new_price: Mapped[Decimal]
    reason: Mapped[str]
    figures: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default=ProposalState.PROPOSED)
    effect_id: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(server_default="")
    decided_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())

    def approve(self, *, by: int, at: datetime) -> None:
        self._go(ProposalState.APPROVED, at=at)
        self.decided_by = by

    def reject(self, *, by: int, at: datetime) -> None:
        self._go(ProposalState.REJECTED, at=at)
        self.decided_by = by

    def roll_back(self, *, by: int, at: datetime) -> None:
        self._go(ProposalState.ROLLING_BACK, at=at)
        self.decided_by = by

    def go(self, state: ProposalState, *, at: datetime, outcome: str = "") -> None:
        self._go(state, at=at)
        self.outcome = outcome

    def _go(self, state: ProposalState, *, at: datetime) -> None:
        if state not in _NEXT.get(ProposalState(self.state), frozenset()):
            raise InvalidTransition(f"This price is {self.state.replace('_', ' ')} already. Reload the page to see where it stands.")
        self.state, self.changed_at = state, at


class PriceChange(Base):
    """The price ledger: every price of ours that the store confirmed."""

    __tablename__ = "price_change"
    __table_args__ = (Index("ix_price_change_variant", "store_id", "variant_id", "at"),)
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    variant_id: Mapped[int]
    proposal_id: Mapped[int]
    old_price: Mapped[Decimal]
    new_price: Mapped[Decimal]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
