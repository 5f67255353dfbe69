"""Leaving: the webhooks are taken out of the store, its keys are erased, what was on its way is stopped; on demand all of its data too.

A store that does not answer is disconnected all the same; what is then left to do by hand is kept in `paused_reason`, where pages show it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select, update

from luxebrain.crypto import new_id
from luxebrain.database.session import Base, session
from luxebrain.database.tenancy import UNPROTECTED, current_store_id
from luxebrain.errors import OutgoingError
from luxebrain.integrations.platform import Platform
from luxebrain.models.campaigns import Campaign, CampaignState
from luxebrain.models.outbox import Effect, EffectState
from luxebrain.models.pricing import OPEN_STATES, Proposal, ProposalState
from luxebrain.models.recommendations import TrainingRun
from luxebrain.models.stores import Store, StoreCredential, WebhookEndpoint
from luxebrain.models.work import OPEN_DELIVERIES, Delivery, DeliveryState, Lease, RunState, SyncRun
from luxebrain.services import audit, outbox, recommendations, snapshots, stores, subscriptions
from luxebrain.services.audit import Deed
from luxebrain.services.outbox import Answer, Claim
from luxebrain.services.outside import open_platform_of
from luxebrain.services.snapshots import PlacementRule

log = logging.getLogger(__name__)
DISCONNECTED = "You disconnected this store."
WEBHOOKS_LEFT = "It did not let us remove our webhooks: delete those named LuxeBrain in WooCommerce under Settings, Advanced, Webhooks."
STOPPED = "The store was disconnected."
ON_ITS_WAY = "The store was disconnected while this price was on its way. Look in your store which price it has."
MAY_HAVE_LEFT = "The store was disconnected while this was on its way."


@dataclass(frozen=True, slots=True)
class Leave:
    """`platform` None: there are no keys any more, nothing can be called. `fence` is this press of the button's."""

    platform: Platform | None = field(repr=False)
    delivery_url: str
    fence: int = 0
    claim: Claim | None = None


def claim_disconnect(*, now: datetime) -> Leave:
    """What it takes to take our webhooks out of the acting store."""
    store = stores.get_store(current_store_id())
    if session.scalar(select(StoreCredential)) is None or session.get(WebhookEndpoint, _token(store)) is None:
        return Leave(None, "")
    delivery_url, _ = stores.webhook_address_of(store)
    fence = new_id()  # no worker does this, so there is no lease; numbers that grow with time serve as well
    claim = subscriptions.claim_unsubscription(delivery_url, fence, now=now)
    return Leave(open_platform_of(store), delivery_url, fence, claim)


def _token(store: Store) -> str:
    return session.scalar(select(WebhookEndpoint.token).where(WebhookEndpoint.store_id == store.id)) or ""


def call_unsubscribe(leave: Leave) -> bool:
    """Whether our webhooks are gone from the store."""
    if leave.platform is None:
        return True
    try:
        leave.platform.unsubscribe(leave.delivery_url)
    except OutgoingError as error:
        log.warning("webhooks left behind", extra={"error": type(error).__name__})
        return False
    return True


def record_disconnect(leave: Leave, *, are_webhooks_gone: bool, by: int, now: datetime) -> None:
    """The acting store's copy stays, and goes on where it was when the store is connected again; widgets show nothing."""
    _take_over_all_work()
    _record_unsubscription(leave, are_webhooks_gone=are_webhooks_gone, now=now)
    store = stores.get_store(current_store_id())
    store.connected_at = None
    store.paused_reason = DISCONNECTED if are_webhooks_gone else f"{DISCONNECTED} {WEBHOOKS_LEFT}"
    session.execute(delete(StoreCredential))
    session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.store_id == store.id))
    _stop_work(now=now)
    rules = snapshots.read_placements()
    recommendations.save_placements({placement: PlacementRule(False, rule.title) for placement, rule in rules.items()})
    snapshots.mark_changed()
    audit.record(Deed("store.disconnected", f"store {store.id}", {"are_webhooks_gone": are_webhooks_gone}), user_id=by)


def _record_unsubscription(leave: Leave, *, are_webhooks_gone: bool, now: datetime) -> None:
    if leave.claim is not None:
        answer = Answer(EffectState.ACCEPTED) if are_webhooks_gone else Answer(EffectState.UNKNOWN, WEBHOOKS_LEFT)
        outbox.record({leave.claim.id: answer}, leave.fence, now=now)


def _take_over_all_work() -> None:
    """Whoever is at work finds the fence risen and records nothing more."""
    session.execute(update(Lease).values(fence=Lease.fence + 1, leased_until=None))


def _stop_work(*, now: datetime) -> None:
    ended = {"finished_at": now, "state": RunState.FAILED, "error": STOPPED}
    session.execute(update(SyncRun).where(SyncRun.state == RunState.RUNNING).values(ended))
    session.execute(update(TrainingRun).where(TrainingRun.state == RunState.RUNNING).values(ended))
    session.execute(update(Delivery).where(Delivery.state.in_(OPEN_DELIVERIES)).values(state=DeliveryState.DEAD, outcome=STOPPED))
    _stop_prices(now=now)
    outbox.stop_all(stopped=STOPPED, may_have_left=MAY_HAVE_LEFT, now=now)
    sending = update(Campaign).where(Campaign.state == CampaignState.SENDING)
    session.execute(sending.values(state=CampaignState.SENT, finished_at=now))


def _stop_prices(*, now: datetime) -> None:
    """What waits for a word or a worker is over; what may have reached the store says so. Before the ledger forgets which is which."""
    not_begun = Proposal.effect_id.in_(select(Effect.id).where(Effect.state == EffectState.PENDING))
    ends = (
        (Proposal.state == ProposalState.PROPOSED, ProposalState.SUPERSEDED, STOPPED),
        ((Proposal.state == ProposalState.APPROVED) & not_begun, ProposalState.REJECTED, STOPPED),
        (Proposal.state.in_(OPEN_STATES), ProposalState.FAILED, ON_ITS_WAY),
    )
    for those, end, outcome in ends:
        session.execute(update(Proposal).where(those).values(state=end, outcome=outcome, changed_at=now))


def record_erasure(*, by: int) -> None:
    """Every row of the acting store, and the store. Leases go first: who is at work loses it and writes nothing behind our back."""
    store_id = current_store_id()
    session.execute(delete(Lease))
    for table in reversed(Base.metadata.sorted_tables):
        if "store_id" in table.columns and table.name not in UNPROTECTED:
            session.execute(delete(table).where(table.c.store_id == store_id))
    session.execute(delete(Store).where(Store.id == store_id))
    log.info("store erased", extra={"store_id": store_id, "user_id": by})
