"""What looks at every store: the work that waits for somebody to come back to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from luxebrain.database.everywhere import everywhere
from luxebrain.database.session import session
from luxebrain.queue import Ring


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that say that work waits, in SQL; `since`: the column that says since when, `is_due`: it may be done now."""

    table: str
    is_open: str
    since: str
    is_due: str = "retry_at <= now()"


WAITING = {
    "inbox.apply": Waiting("delivery", "state in ('waiting', 'applying')", "received_at"),
    "sync.pages": Waiting("sync_run", "state = 'running'", "started_at"),
    "certificates.check": Waiting("certificate", "state = 'running'", "started_at"),
    "stores.leave": Waiting("departure", "state = 'running'", "started_at"),
    "training.train": Waiting("training_run", "state = 'running'", "started_at", is_due="true"),
    # An unknown effect that nobody but a person can look into has no retry_at: no worker waits for it.
    **{
        kind: Waiting("effect", f"kind = '{kind}' and state in ('pending', 'attempted', 'unknown') and retry_at is not null", "created_at")
        for kind in ("prices.push", "campaigns.send")
    },
}
# A lease that is held means that somebody is at it; one that rests or is parked, that it failed.
_OVERDUE = text(
    " union all ".join(
        f"select distinct '{kind}' as kind, waiting.store_id, coalesce(lease.fence, 1) as fence"  # noqa: S608 - our own text
        f" from (select store_id from {waiting.table} where {waiting.is_open} and {waiting.is_due}) waiting"
        f" left join lease on lease.store_id = waiting.store_id and lease.kind = '{kind}'"
        " where (lease.leased_until is null or lease.leased_until < now())"
        " and lease.parked_at is null and (lease.retry_at is null or lease.retry_at <= now())"
        for kind, waiting in WAITING.items()
    )
)


def find_overdue_work() -> list[Ring]:
    with everywhere():
        return [Ring(kind, store_id, str(fence), is_overdue=True) for kind, store_id, fence in session.execute(_OVERDUE)]


_TO_REFRESH = text("""
    select store.id from store
    left join lateral (select max(started_at) as at from sync_run where sync_run.store_id = store.id) last on true
    where connected_at is not null and paused_reason = '' and (last.at is null or last.at < now() - :age)
    and not exists (select from sync_run where sync_run.store_id = store.id and sync_run.state = 'running')
    order by last.at nulls first limit greatest(0, :most - (
        select count(*) from sync_run where state = 'running' and not exists (
            select from lease where lease.store_id = sync_run.store_id and kind = 'sync.pages' and parked_at is not null)))""")
_IDLE_LEARNERS = text("""
    select store.id, store.timezone, last.at from store
    left join lateral (select max(started_at) as at from training_run where training_run.store_id = store.id) last on true
    where connected_at is not null
    and not exists (select from training_run where training_run.store_id = store.id and training_run.state = 'running')
    and exists (select from sync_run where sync_run.store_id = store.id and sync_run.state = 'done')
    order by last.at nulls first, store.id""")
# Those that read a store at night do so one after another: the copy that is learned from at three was compared at two.
_TO_CHECK = text("""
    select store.id, store.timezone, last.at, last.full_at from store
    left join lateral (
        select max(started_at) filter (where state <> 'failed') as at,
            max(started_at) filter (where state = 'done' and since is null) as full_at
        from certificate where certificate.store_id = store.id) last on true
    where connected_at is not null and paused_reason = ''
    and not exists (select from certificate where certificate.store_id = store.id and certificate.state = 'running')
    and not exists (select from certificate where certificate.store_id = store.id and started_at > now() - interval '1 hour')
    and exists (select from sync_run where sync_run.store_id = store.id and sync_run.state = 'done')
    order by last.at nulls first, store.id""")
_CHECKING = text("select count(*) from certificate where state = 'running'")
_TRAINING = text("""
    select count(*) from training_run where state = 'running' and not exists (
        select from lease where lease.store_id = training_run.store_id and kind = 'training.train' and parked_at is not null)""")


def find_stores_to_refresh(age: timedelta, *, most: int) -> list[int]:
    """Connected stores that were not read for `age`, the longest first; so few that no more than `most` are read at a time."""
    with everywhere():
        return list(session.scalars(_TO_REFRESH, {"age": age, "most": most}))


@dataclass(frozen=True, slots=True)
class Learner:
    """A connected store with a copy. `trained_at`: when a training of it last began."""

    id: int
    timezone: str
    trained_at: datetime | None


def find_idle_learners(*, most: int) -> tuple[list[Learner], int]:
    """(stores for which no training waits or runs, the longest untrained first; how many more trainings may wait beside `most`)."""
    with everywhere():
        learners = [Learner(*row) for row in session.execute(_IDLE_LEARNERS)]
        return learners, max(0, most - session.scalars(_TRAINING).one())


@dataclass(frozen=True, slots=True)
class Copy:
    """A connected store with a copy. `checked_at`: when it was last compared with the store, `full_at`: when all of it was."""

    id: int
    timezone: str
    checked_at: datetime | None
    full_at: datetime | None


def find_unchecked_copies(*, most: int) -> tuple[list[Copy], int]:
    """(copies that nobody compares now, the longest unchecked first; how many comparisons may be asked for beside those that run)."""
    with everywhere():
        copies = [Copy(*row) for row in session.execute(_TO_CHECK)]
        return copies, max(0, most - session.scalars(_CHECKING).one())
