"""What looks at every store: the work that waits for somebody to come back to it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from luxebrain.database.everywhere import everywhere
from luxebrain.database.session import session
from luxebrain.queue import Ring
from luxebrain.services import outbox
from luxebrain.services.outbox import EffectCount

# Unknown ones that nobody but a person can look into have no retry_at.
_EFFECTS = "select store_id from effect where kind = '{kind}' and state in ('pending', 'attempted', 'unknown') and retry_at <= now()"
# kind of work → the rows that say it waits. A lease that is held means that somebody is at it.
_WAITING = {
    "inbox.apply": "select store_id from delivery where state = 'waiting' and retry_at <= now()",
    "sync.pages": "select store_id from sync_run where state = 'running' and retry_at <= now()",
    "training.train": "select store_id from training_run where state = 'running'",
    **{kind: _EFFECTS.format(kind=kind) for kind in ("prices.push", "campaigns.send")},
}
_OVERDUE = text(
    " union all ".join(
        f"select distinct '{kind}' as kind, waiting.store_id, coalesce(lease.fence, 1) as fence from ({rows}) waiting"  # noqa: S608 - our own text
        f" left join lease on lease.store_id = waiting.store_id and lease.kind = '{kind}'"
        " where lease.leased_until is null or lease.leased_until < now()"
        for kind, rows in _WAITING.items()
    )
)


def find_overdue_work() -> list[Ring]:
    with everywhere():
        return [Ring(kind, store_id, str(fence), is_overdue=True) for kind, store_id, fence in session.execute(_OVERDUE)]


def count_effects() -> list[EffectCount]:
    """Of all stores, by kind and state: what operators look at. A state of nothing is not there."""
    with everywhere():
        return outbox.count_by_state()


_TO_REFRESH = text(
    "select store.id from store where connected_at is not null and paused_reason = '' and not exists"
    " (select from sync_run where sync_run.store_id = store.id and (sync_run.state = 'running' or sync_run.started_at > now() - :age))"
)
_TO_TRAIN = text(
    "select store.id from store where connected_at is not null and not exists"
    " (select from training_run where training_run.store_id = store.id and training_run.started_at > now() - :age)"
    " and exists (select from sync_run where sync_run.store_id = store.id and sync_run.state = 'done')"
    " order by store.id limit greatest(0, :most - (select count(*) from training_run where state = 'running'))"
)


def find_stores_to_refresh(age: timedelta) -> list[int]:
    """Connected stores that were not read for `age`."""
    with everywhere():
        return list(session.scalars(_TO_REFRESH, {"age": age}))


def find_stores_to_train(age: timedelta, *, most: int) -> list[int]:
    """Connected stores with a copy from which nothing was learned for `age`; so few that no more than `most` trainings wait."""
    with everywhere():
        return list(session.scalars(_TO_TRAIN, {"age": age, "most": most}))
