"""What looks at every store: the work that waits for somebody to come back to it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from luxebrain.database.everywhere import everywhere
from luxebrain.database.session import session
from luxebrain.queue import Ring

# kind of work → the rows that say it waits. A lease that is held means that somebody is at it.
_WAITING = {
    "inbox.apply": "select store_id from delivery where state = 'waiting' and retry_at <= now()",
    "sync.pages": "select store_id from sync_run where state = 'running' and retry_at <= now()",
    "training.train": "select store_id from training_run where state = 'running'",
    "prices.push": "select store_id from proposal where state in ('approved', 'pushing', 'rolling_back') and retry_at <= now()",
    "campaigns.send": "select store_id from message where state in ('queued', 'sending') and retry_at <= now()",
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
