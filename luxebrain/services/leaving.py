"""Leaving a store: our prices are taken back, our webhooks and keys are removed, what was on its way is stopped; a receipt says what was.

The one thing to know: prices take as long as the store takes, so leaving is work like a sync's, and a killed worker's successor goes on.
A store that stays away is left all the same, after some tries or when the merchant has waited enough; the receipt names what is left there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from luxebrain.crypto import vault
from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.errors import NotConnected, OutgoingError, Unauthorized
from luxebrain.integrations.platform import Platform, Unsubscribed
from luxebrain.models.campaigns import Campaign, CampaignState
from luxebrain.models.outbox import Effect, EffectState
from luxebrain.models.pricing import OPEN_STATES, Proposal, ProposalState
from luxebrain.models.stores import Store, StoreCredential, WebhookEndpoint
from luxebrain.models.training import TrainingRun
from luxebrain.models.work import OPEN_DELIVERIES, Certificate, Delivery, DeliveryState, Departure, Lease, RunState, SyncRun
from luxebrain.services import audit, leases, outbox, proposals, receipts, recommendations, runs, snapshots, stores, subscriptions
from luxebrain.services.audit import Deed
from luxebrain.services.outbox import Answer, Claim
from luxebrain.services.outside import open_platform_of
from luxebrain.services.snapshots import PlacementRule

KIND = "stores.leave"
LOOK_AGAIN = timedelta(seconds=1)  # whether the prices are back
PATIENCE = timedelta(hours=1)  # for prices; a push that gives up takes minutes
DISCONNECTED = "You disconnected this store."
STOPPED = "The store was disconnected."
ON_ITS_WAY = "The store was disconnected while this price was on its way. Look in your store which price it has."
MAY_HAVE_LEFT = "The store was disconnected while this was on its way."
CONNECTED_AGAIN = "The store was connected again before we had left it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """`claim` None: our webhooks are seen to, the key is next. `platform` None: nothing is called any more, for want of keys or time."""

    departure_id: int
    platform: Platform | None = field(repr=False)
    delivery_url: str = field(repr=False)
    claim: Claim | None


def start_leaving(*, restores_prices: bool, by: int, now: datetime) -> Departure:
    """From here on nothing of ours begins in the acting store. Asked for again while it goes on, it waits for the store no longer.

    Raises NotConnected where it was left already.
    """
    store = stores.get_store(current_store_id())
    if (running := find_running()) is not None:
        running.attempts, running.retry_at = runs.MOST_ATTEMPTS, now
    elif store.connected_at is None:
        raise NotConnected
    else:
        running = _begin(store, restores_prices=restores_prices, by=by, now=now)
    leases.ring_for(KIND, by=by)
    return running


def find_running() -> Departure | None:
    return session.scalars(select(Departure).where(Departure.state == RunState.RUNNING)).one_or_none()


def _begin(store: Store, *, restores_prices: bool, by: int, now: datetime) -> Departure:
    made = insert(Departure).values(restores_prices=restores_prices, asked_by=by, started_at=now, retry_at=now)
    session.execute(made.on_conflict_do_nothing(index_elements=["store_id"], index_where=text("state = 'running'")))
    _take_over_all_work()
    store.connected_at = None
    _stop_what_has_not_begun(now=now)
    rules = snapshots.read_placements()
    recommendations.save_placements({placement: PlacementRule(False, rule.title) for placement, rule in rules.items()})
    snapshots.mark_changed()
    audit.record(Deed("store.leaving", f"store {store.id}", {"restores_prices": restores_prices}), user_id=by)
    return session.scalars(select(Departure).where(Departure.state == RunState.RUNNING)).one()


def _take_over_all_work() -> None:
    """Whoever is at work finds the fence risen and records nothing more."""
    session.execute(update(Lease).values(fence=Lease.fence + 1, leased_until=None, parked_at=None, retry_at=None))


def _stop_what_has_not_begun(*, now: datetime) -> None:
    ended = {"finished_at": now, "state": RunState.FAILED, "error": STOPPED}
    for each in (SyncRun, TrainingRun, Certificate):
        session.execute(update(each).where(each.state == RunState.RUNNING).values(ended))
    sending = update(Campaign).where(Campaign.state == CampaignState.SENDING)
    session.execute(sending.values(state=CampaignState.SENT, finished_at=now))
    outbox.stop_all(stopped=STOPPED, may_have_left=MAY_HAVE_LEFT, but=proposals.KIND, now=now)
    not_begun = Proposal.effect_id.in_(select(Effect.id).where(Effect.state == EffectState.PENDING))
    unwritten = session.scalars(select(Proposal.effect_id).where(Proposal.state == ProposalState.APPROVED, not_begun)).all()
    for those, end in (
        (Proposal.state == ProposalState.PROPOSED, ProposalState.SUPERSEDED),
        ((Proposal.state == ProposalState.APPROVED) & not_begun, ProposalState.REJECTED),
    ):
        session.execute(update(Proposal).where(those).values(state=end, outcome=STOPPED, changed_at=now))
    outbox.withdraw([id for id in unwritten if id], STOPPED, now=now)


def stop_leaving(*, now: datetime) -> None:
    """The acting store was connected again: what is not taken back by now stays."""
    going = update(Departure).where(Departure.state == RunState.RUNNING)
    session.execute(going.values(state=RunState.FAILED, finished_at=now, error=CONNECTED_AGAIN))


def claim_leave(fence: int, *, now: datetime) -> Leave | None:
    """None where nobody leaves, or where prices are still on their way back: then the sweep comes again."""
    leases.hold_lease(KIND, fence)
    departure = session.scalars(select(Departure).where(Departure.state == RunState.RUNNING, Departure.retry_at <= now)).one_or_none()
    if departure is None:
        return None
    store = stores.get_store(current_store_id())
    has_keys = session.scalar(select(StoreCredential)) is not None and _find_token(store) is not None
    if not has_keys or store.paused_reason or departure.attempts >= runs.MOST_ATTEMPTS:
        return Leave(departure_id=departure.id, platform=None, delivery_url="", claim=None)
    if _waits_for_prices(departure, now=now):
        departure.retry_at = now + LOOK_AGAIN
        return None
    delivery_url, _ = stores.webhook_address_of(store)
    claim = subscriptions.claim_unsubscription(delivery_url, fence, now=now)
    return Leave(departure_id=departure.id, platform=open_platform_of(store), delivery_url=delivery_url, claim=claim)


def _find_token(store: Store) -> str | None:
    return session.scalar(select(WebhookEndpoint.token).where(WebhookEndpoint.store_id == store.id))


def _waits_for_prices(departure: Departure, *, now: datetime) -> bool:
    """Those on their way are waited for even where prices stay: the receipt has to know them."""
    if now - departure.started_at > PATIENCE:
        return False
    if departure.restores_prices:
        proposals.roll_back_newest(by=departure.asked_by, now=now)
    return session.scalar(select(Proposal.id).where(Proposal.state.in_(OPEN_STATES)).limit(1)) is not None


def call_leave(leave: Leave) -> Unsubscribed | OutgoingError | bool:
    """Outside any transaction. Of the webhooks what came of them, of the key whether the store refuses it now."""
    if leave.platform is None:
        return False
    try:
        return leave.platform.unsubscribe(leave.delivery_url) if leave.claim else leave.platform.revoke()
    except Unauthorized as error:
        return error if leave.claim else True  # somebody was faster: the merchant, or a worker that died before it could say so
    except OutgoingError as error:
        return error


def record_leave(leave: Leave, result: Unsubscribed | OutgoingError | bool, fence: int, *, now: datetime) -> bool:
    """Tried again while that may help; else it is over, and whatever came of it is in the receipt. Returns whether to go on at once."""
    leases.hold_lease(KIND, fence)
    departure = session.get_one(Departure, (current_store_id(), leave.departure_id))
    if departure.state != RunState.RUNNING:
        return False
    if isinstance(result, OutgoingError):
        runs.record_failure(departure, result, now=now)
    is_over = departure.state != RunState.RUNNING
    if leave.claim is not None:
        outbox.record({leave.claim.id: _answer(result, is_over=is_over, now=now)}, fence, now=now)
    if isinstance(result, Unsubscribed):
        departure.receipt, departure.attempts, departure.error = [receipts.of_webhooks(result)], 0, ""
        return True
    if is_over or not isinstance(result, OutgoingError):
        _finish(departure, is_key_gone=result is True, now=now)
    return False


def _answer(result: Unsubscribed | OutgoingError | bool, *, is_over: bool, now: datetime) -> Answer:
    if isinstance(result, Unsubscribed) and not result.left:
        return Answer(EffectState.ACCEPTED)
    return Answer(EffectState.UNKNOWN, receipts.WEBHOOKS_LEFT, now if isinstance(result, OutgoingError) and not is_over else None)


def _finish(departure: Departure, *, is_key_gone: bool, now: datetime) -> None:
    """The copy stays, and goes on where it was when the store is connected again."""
    _stop_the_rest(now=now)
    store = stores.get_store(current_store_id())
    of_webhooks = departure.receipt or [receipts.of_webhooks(None)]
    of_keys = [receipts.of_key(_ending(credential), is_gone=is_key_gone) for credential in session.scalars(select(StoreCredential))]
    departure.receipt = [receipts.of_prices(departure), *of_webhooks, *of_keys]
    departure.state, departure.finished_at = RunState.DONE, now
    store.connected_at, store.paused_reason = None, DISCONNECTED
    session.execute(delete(StoreCredential))
    session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.store_id == store.id))
    left = {line["what"]: len(line["left"]) for line in departure.receipt}
    audit.record(Deed("store.disconnected", f"store {store.id}", {"left": left}), user_id=departure.asked_by)


def _ending(credential: StoreCredential) -> str:
    """As much of the key as the store itself shows in its list of keys, to know it there."""
    return vault().open(credential.sealed_key)[-7:]


def _stop_the_rest(*, now: datetime) -> None:
    """Deliveries that came meanwhile, and prices that nobody waits for any more."""
    session.execute(update(Delivery).where(Delivery.state.in_(OPEN_DELIVERIES)).values(state=DeliveryState.DEAD, outcome=STOPPED))
    on_their_way = update(Proposal).where(Proposal.state.in_(OPEN_STATES))
    session.execute(on_their_way.values(state=ProposalState.FAILED, outcome=ON_ITS_WAY, changed_at=now))
    outbox.stop_all(stopped=STOPPED, may_have_left=MAY_HAVE_LEFT, now=now)
