"""The sync: a run has a step per entity, a step has pages. Each page is claimed, called and recorded, so a kill costs one page at most.

A full run subscribes to webhooks before it reads anything: what changes meanwhile arrives as a delivery. Later runs look whether the store
still has them, make them anew where it switched one off, and read what changed: also what was not delivered.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from luxebrain.database.session import session
from luxebrain.database.tenancy import current_store_id
from luxebrain.errors import NotConnected, OutgoingError, Unavailable
from luxebrain.integrations.platform import Entity, Extension, Page, Platform
from luxebrain.models.work import RunState, SyncRun, SyncStep
from luxebrain.services import catalog, extensions, leases, records, runs, stores, subscriptions, trainings
from luxebrain.services.outbox import Claim
from luxebrain.services.outside import open_platform_of

log = logging.getLogger(__name__)
KIND = "sync.pages"
WEBHOOKS, EXTENSION = "webhooks", "extension"
STEPS = (WEBHOOKS, *Entity, EXTENSION)
# What later runs read; customers carry no modification date that filters.
CHANGING = (WEBHOOKS, Entity.COLLECTIONS, Entity.PRODUCTS, Entity.ORDERS, EXTENSION)
MISSING = "missing"  # where the step of our webhooks goes on once the store was seen not to have them all
OVERLAP = timedelta(minutes=10)
NO_ROWS = Page(records=(), bad_rows=(), cursor=None, total=0)
Result = Page | Extension | OutgoingError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTask:
    """`subscription`: of the step that is no page but our webhooks; None there: they are only looked at."""

    run_id: int
    entity: str
    cursor: str | None
    since: datetime | None
    platform: Platform
    webhook: tuple[str, str]
    subscription: Claim | None


def start_sync(*, is_full: bool = False) -> SyncRun:
    """Starts a run for the acting store, or returns the one that runs. `is_full` reads everything, not only what changed.

    Raises NotConnected where the store's keys are gone: such a run could not take a step and would stand for ever.
    """
    if stores.get_store(current_store_id()).connected_at is None:
        raise NotConnected
    before = session.scalars(
        select(SyncRun).where(SyncRun.state == RunState.DONE).order_by(SyncRun.started_at.desc(), SyncRun.id.desc()).limit(1)
    ).first()
    since = before.started_at - OVERLAP if before and not is_full else None
    # A literal: the predicate of a partial index cannot be matched by a prepared statement's parameter.
    statement = insert(SyncRun).values(since=since)
    statement = statement.on_conflict_do_nothing(index_elements=["store_id"], index_where=text("state = 'running'"))
    run_id = session.scalar(statement.returning(SyncRun.id))
    if run_id is None:
        return _latest_run()  # the one that runs, even where it ended this moment
    steps = STEPS if since is None else CHANGING
    session.add_all([SyncStep(run_id=run_id, entity=str(entity), position=position) for position, entity in enumerate(steps)])
    session.flush()
    leases.ring(KIND)
    return session.scalars(select(SyncRun).where(SyncRun.id == run_id)).one()


def _latest_run() -> SyncRun:
    return session.scalars(select(SyncRun).order_by(SyncRun.started_at.desc(), SyncRun.id.desc()).limit(1)).one()


def claim_page(fence: int, *, now: datetime) -> PageTask | None:
    """The next page of the acting store's run; None where there is nothing to read, or not yet."""
    leases.hold_lease(KIND, fence)
    run = session.scalar(select(SyncRun).where(SyncRun.state == RunState.RUNNING, SyncRun.retry_at <= now))
    step = _open_step(run) if run else None
    if run is None or step is None:
        return None
    step.started_at = step.started_at or now
    store = stores.get_store(current_store_id())
    webhook = stores.webhook_address_of(store)
    subscribes = step.entity == WEBHOOKS and (run.since is None or step.cursor == MISSING)
    subscription = subscriptions.claim_subscription(run.id, fence, now=now) if subscribes else None
    return PageTask(
        run_id=run.id,
        entity=step.entity,
        cursor=step.cursor,
        since=run.since,
        platform=open_platform_of(store),
        webhook=webhook,
        subscription=subscription,
    )


def call_page(task: PageTask) -> Result:
    """Reads the page, outside any transaction. Of the storefront: our extension there, or None."""
    try:
        if task.subscription is not None:
            subscriptions.call_subscribe(task.subscription, task.platform, *task.webhook)
            return NO_ROWS
        if task.entity == WEBHOOKS:
            is_there = task.platform.is_subscribed(task.webhook[0])
            return NO_ROWS if is_there else replace(NO_ROWS, cursor=MISSING)
        if task.entity == EXTENSION:
            return task.platform.find_extension()
        return task.platform.read_page(Entity(task.entity), task.cursor, since=task.since)
    except OutgoingError as error:
        return error


def record_page(task: PageTask, result: Result, fence: int, *, now: datetime) -> bool:
    """Applies what was read. Returns whether to go on at once."""
    leases.hold_lease(KIND, fence)
    run = session.scalars(select(SyncRun).where(SyncRun.id == task.run_id)).one()
    error = result if isinstance(result, OutgoingError) else None
    if error is not None:
        runs.record_failure(run, error, now=now)
    if task.subscription is not None:
        is_over = run.state != RunState.RUNNING
        subscriptions.record_subscription(task.subscription, error, fence, is_over=is_over, now=now)
    if isinstance(result, OutgoingError):
        return False
    step = session.scalars(select(SyncStep).where(SyncStep.run_id == run.id, SyncStep.entity == task.entity)).one()
    page = result if isinstance(result, Page) else NO_ROWS
    if task.entity == EXTENSION:
        extensions.record_look(result if isinstance(result, Extension) else None, now=now)
    elif task.entity != WEBHOOKS:
        records.apply_records(Entity(task.entity), page.records, is_current=True, now=now)
    records.set_aside(page.bad_rows, now=now)
    step.done += len(page.records) + len(page.bad_rows)
    step.bad_rows += len(page.bad_rows)
    step.total = page.total if page.total is not None else step.total
    step.cursor = page.cursor
    run.attempts, run.error = 0, ""
    if page.cursor is None:
        if task.entity in tuple(Entity) and (run.since is None or task.entity == Entity.COLLECTIONS):
            records.release_unseen(Entity(task.entity), since=step.started_at or now)
        if task.entity == Entity.COLLECTIONS and step.done:
            catalog.delete_unseen_collections(since=step.started_at or now, now=now)
        step.finished_at, step.total = now, step.done
        session.flush()
        if _open_step(run) is None:
            run.state, run.finished_at = RunState.DONE, now
            if run.since is None:
                trainings.start_training()
            return False
    return True


def record_crash(task: PageTask, error: Exception, fence: int, *, now: datetime) -> bool:
    """A page that we fail on ourselves: tried again ever more slowly, and then the run ends and says so."""
    log.error("page failed", exc_info=error, extra={"entity": task.entity, "cursor": task.cursor})
    words = f"LuxeBrain could not take in a page of your {task.entity} ({type(error).__name__}). It is our mistake and was written down."
    return record_page(task, Unavailable(words), fence, now=now)


def _open_step(run: SyncRun) -> SyncStep | None:
    open_steps = select(SyncStep).where(SyncStep.run_id == run.id, SyncStep.finished_at.is_(None))
    return session.scalar(open_steps.order_by(SyncStep.position).limit(1))
