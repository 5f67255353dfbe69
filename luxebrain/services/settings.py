"""What the merchant decides about a store: placements, price limits, the sender of campaigns. Shown as a change before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from sqlalchemy import exists, func, select

from luxebrain.database.session import session
from luxebrain.engines.serving import Placement
from luxebrain.models.catalog import Product
from luxebrain.models.orders import Customer, Order
from luxebrain.models.pricing import Proposal, ProposalState
from luxebrain.models.stores import Membership, Role, StoreSettings
from luxebrain.services import audit, price_limits, recommendations, snapshots, stores
from luxebrain.services.audit import Deed
from luxebrain.services.placements import PLACEMENTS
from luxebrain.services.snapshots import PlacementRule

HIGHEST_FLOOR_MARGIN = Decimal("0.95")
LOWEST_STEP, HIGHEST_STEP = Decimal("0.01"), Decimal("0.5")
FLOOR_MARGIN, MAX_STEP, NEEDS_APPROVAL = "Smallest margin", "Largest step", "Ask me before a price is written"
SENDER_NAME, SENDER_EMAIL, POSTAL_ADDRESS = "Sender's name", "Sender's e-mail address", "Postal address"


@dataclass(frozen=True, slots=True)
class PriceLimits:
    """Shares are fractions of 1. Raises ValueError outside what settings may be."""

    floor_margin: Decimal
    max_step: Decimal
    needs_approval: bool

    def __post_init__(self) -> None:
        if not 0 <= self.floor_margin <= HIGHEST_FLOOR_MARGIN or not LOWEST_STEP <= self.max_step <= HIGHEST_STEP:
            raise ValueError(f"limits out of range: {self}")


@dataclass(frozen=True, slots=True)
class Sender:
    name: str
    email: str
    postal_address: str


@dataclass(frozen=True, slots=True)
class Placements:
    rules: Mapping[Placement, PlacementRule]


Chosen = PriceLimits | Sender | Placements


@dataclass(frozen=True, slots=True)
class Change:
    """In the words of the page."""

    label: str
    before: str
    after: str


def read_price_limits() -> PriceLimits:
    row = stores.get_settings()
    return PriceLimits(min(row.floor_margin, HIGHEST_FLOOR_MARGIN), min(row.max_step, HIGHEST_STEP), row.needs_approval)


def read_sender() -> Sender:
    row = stores.get_settings()
    return Sender(row.sender_name, row.sender_email, row.postal_address)


def read_placements() -> Placements:
    return Placements(snapshots.read_placements())


def find_changes(chosen: Chosen) -> list[Change]:
    """What saving `chosen` would change for the acting store."""
    match chosen:
        case PriceLimits():
            return changes(read_price_limits(), chosen)
        case Sender():
            return changes(read_sender(), chosen)
        case Placements():
            return changes(read_placements(), chosen)
        case _:
            assert_never(chosen)


def changes(before: Chosen, after: Chosen) -> list[Change]:
    shown_before, shown_after = _shown(before), _shown(after)
    return [Change(label, shown_before[label], value) for label, value in shown_after.items() if value != shown_before[label]]


def _shown(chosen: Chosen) -> dict[str, str]:
    match chosen:
        case PriceLimits(floor_margin, max_step, needs_approval):
            limits = {FLOOR_MARGIN: f"{as_percent(floor_margin)} %", MAX_STEP: f"{as_percent(max_step)} %"}
            return limits | {NEEDS_APPROVAL: _on_or_off(needs_approval)}
        case Sender(name, email, postal_address):
            return {SENDER_NAME: name, SENDER_EMAIL: email, POSTAL_ADDRESS: ", ".join(postal_address.splitlines()) or "none"}
        case Placements(rules):
            titles = {title_label(placement): rule.title for placement, rule in rules.items()}
            return titles | {switch_label(placement): _on_or_off(rule.is_on) for placement, rule in rules.items()}
        case _:
            assert_never(chosen)


def title_label(placement: Placement) -> str:
    return f"Heading of the widget for {PLACEMENTS[placement].subject}"


def switch_label(placement: Placement) -> str:
    return f"Show the widget for {PLACEMENTS[placement].subject}"


def as_percent(share: Decimal) -> str:
    """0.125 → "12.5" """
    return f"{(share * 100).normalize():f}"


def _on_or_off(is_on: bool) -> str:
    return "on" if is_on else "off"


def save(chosen: Chosen, *, by: int, now: datetime) -> list[Change]:
    """For the acting store; returns what changed. Raises InvalidInput for a title that cannot be used."""
    session.scalars(select(StoreSettings).with_for_update()).one()  # one save at a time: each says truly what it changed
    changed = find_changes(chosen)
    if not changed:
        return []
    match chosen:
        case PriceLimits(floor_margin, max_step, needs_approval):
            row = stores.get_settings()
            row.floor_margin, row.max_step, row.needs_approval = floor_margin, max_step, needs_approval
            session.flush()
            price_limits.withdraw_breaking(now=now)
        case Sender(name, email, postal_address):
            row = stores.get_settings()
            row.sender_name, row.sender_email, row.postal_address = name, email, postal_address
        case Placements(rules):
            recommendations.save_placements(rules)
        case _:
            assert_never(chosen)
    snapshots.mark_changed()
    details = {change.label: {"before": change.before, "after": change.after} for change in changed}
    audit.record(Deed("settings.saved", "settings", details), user_id=by)
    return changed


@dataclass(frozen=True, slots=True)
class Kept:
    """What we keep of the acting store. `prices`: of ours, in the store now."""

    products: int
    customers: int
    orders: int
    prices: int


def count_kept() -> Kept:
    products, customers, orders = (
        session.scalars(select(func.count()).select_from(model).where(model.deleted_at.is_(None))).one()
        for model in (Product, Customer, Order)
    )
    applied = select(func.count(Proposal.variant_id.distinct())).where(Proposal.state == ProposalState.APPLIED)
    return Kept(products, customers, orders, session.scalars(applied).one())


def is_owner(user_id: int, store_id: int) -> bool:
    mine = (Membership.user_id == user_id, Membership.store_id == store_id, Membership.role == Role.OWNER)
    return bool(session.scalar(select(exists().where(*mine))))
