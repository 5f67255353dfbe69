"""Our webhooks in the acting store, as effects in the ledger: asked for by each full sync and by any that
misses one, taken away on leaving.

A subscription that was interrupted may have made some of its topics. So the store is looked at first: what is whole is left alone, and
anything else is made anew, which also takes away what the interrupted one had made. No topic is there twice and none is missing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, cast, func, select

from luxebrain.crypto import fingerprint
from luxebrain.database.session import session
from luxebrain.errors import OutgoingError, Retriable
from luxebrain.integrations.platform import Platform
from luxebrain.models.outbox import Effect, EffectState
from luxebrain.models.work import SyncRun
from luxebrain.services import outbox
from luxebrain.services.outbox import Answer, Claim

SUBSCRIBE, UNSUBSCRIBE = "webhooks.subscribe", "webhooks.unsubscribe"
INTERRUPTED = "It was interrupted. The store is asked which of our webhooks it has."


def claim_subscription(run_id: int, fence: int, *, now: datetime) -> Claim:
    """One a sync run, at most. The fence is the sync's."""
    claim = _claim(SUBSCRIBE, f"sync {run_id}", fence, now=now)
    assert claim is not None  # what records its end also ends the sync's step that it is claimed for
    return claim


def claim_unsubscription(delivery_url: str, fence: int, *, now: datetime) -> Claim | None:
    """None where it is done already. The address is a secret: the key is its fingerprint. `fence`: whoever comes later has the higher."""
    return _claim(UNSUBSCRIBE, fingerprint(delivery_url).hex(), fence, now=now)


def _claim(kind: str, key: str, fence: int, *, now: datetime) -> Claim | None:
    outbox.give_up_on_interrupted(kind, INTERRUPTED, look_at=now, now=now)
    id = outbox.ask(kind, [key], now=now)[key]
    return outbox.claim(kind, [id], fence, now=now).get(id)


def call_subscribe(claim: Claim, platform: Platform, delivery_url: str, secret: str) -> None:
    """Raises OutgoingError."""
    if not (claim.was_unknown and platform.is_subscribed(delivery_url)):
        platform.subscribe(delivery_url, secret)


def record_subscription(claim: Claim, error: OutgoingError | None, fence: int, *, is_over: bool, now: datetime) -> None:
    """`is_over`: the sync has given up, so nobody looks into it any more; some of the topics may be there."""
    if error is None:
        answer = Answer(EffectState.ACCEPTED)
    elif isinstance(error, Retriable):
        answer = Answer(EffectState.UNKNOWN, str(error), None if is_over else now)
    else:
        answer = Answer(EffectState.REFUSED, str(error))
    outbox.record({claim.id: answer}, fence, now=now)


def find_latest_repair() -> datetime | None:
    """When webhooks were last made anew because the store had lost one or switched it off."""
    later_runs = select(func.concat("sync ", cast(SyncRun.id, Text))).where(SyncRun.since.is_not(None))
    repairs = (Effect.kind == SUBSCRIBE) & (Effect.state == EffectState.ACCEPTED) & Effect.key.in_(later_runs)
    return session.scalar(select(func.max(Effect.created_at)).where(repairs))
