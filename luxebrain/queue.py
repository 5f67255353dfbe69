"""Later, by name: `enqueue(name)` rings RQ after the outermost commit, never after a rollback.

The row is the truth, Redis the doorbell: a lost ring is made good by the sweep. Session.after_commit also fires when a savepoint is
released, so a pending ring hangs on the transaction that asked for it: a released savepoint hands its rings to the transaction around it,
a rolled back one drops them.

RQ 3 job ids allow letters, digits, _ and - only. `key` (the fence of the work's lease) belongs into the id: the id of a job whose worker
was killed stays taken for about a minute, and the sweep would ring in vain (71 s; with it 4 s).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from redis import ConnectionError, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker, Worker, WorkerStatus
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from luxebrain import config
from luxebrain.database.session import db, session
from luxebrain.database.tenancy import current_store_id

log = logging.getLogger(__name__)

# Live work is what a person or a platform waits for; long work comes in slices and must not stand in its way.
QUEUES = {
    "inbox.apply": "live",
    "prices.push": "live",
    "stores.leave": "live",
    "campaigns.send": "long",
    "sync.pages": "long",
    "certificates.check": "long",
    "training.train": "long",
}
# After so long a worker is taken off a job, over and above its slice. Calls to other systems end by time-outs of their own long before.
USUAL_STEP_S = 600
LONGEST_STEP_S = {"training.train": 3600}


@dataclass(frozen=True, slots=True)
class Ring:
    """`is_overdue`: nobody is at it although it waits. So a job that has its id and does not wait either is a dead or a failed one's."""

    name: str
    store_id: int
    key: str
    is_overdue: bool = field(default=False, compare=False)

    @property
    def job_id(self) -> str:
        return f"{self.name.replace('.', '-')}-{self.store_id}-{self.key}"


def enqueue(name: str, *, key: object) -> None:
    """Rings for the acting store once what is open now is committed."""
    current = session()
    if not current.in_transaction():
        current.begin()
    transaction = current.get_nested_transaction() or current.get_transaction()
    current.info.setdefault("rings", {}).setdefault(transaction, []).append(Ring(name, current_store_id(), str(key)))


def ring(call: Ring) -> bool:
    """Rings now; False where that ring waits already. Raises RedisError."""
    queue = Queue(QUEUES[call.name], connection=connection(), serializer=JSONSerializer)
    timeout_s = int(config.current().slice_s + LONGEST_STEP_S.get(call.name, USUAL_STEP_S))
    options = {"job_id": call.job_id, "unique": True, "result_ttl": 0, "failure_ttl": 60, "job_timeout": timeout_s}
    try:
        queue.enqueue("luxebrain.jobs.run", call.name, call.store_id, **options)
    except DuplicateJobError:
        if call.is_overdue and queue.get_job_position(call.job_id) is None:
            return ring(replace(call, key=f"{call.key}-"))  # a failed id is kept for a minute: 50 s of silence after PostgreSQL restarted
        return False
    return True


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """`rings`: how many wait for a worker, the first of them since `oldest_at`. Of the `workers` that take from it, `busy` have a job."""

    name: str
    rings: int
    oldest_at: datetime | None
    workers: int
    busy: int


def list_queues() -> list[QueueFigures]:
    """Raises RedisError."""
    workers = Worker.all(connection=connection())
    return [_figures(name, workers) for name in dict.fromkeys(QUEUES.values())]


def _figures(name: str, workers: list[BaseWorker]) -> QueueFigures:
    queue = Queue(name, connection=connection(), serializer=JSONSerializer)
    first = queue.get_jobs(0, 1)
    own = [worker for worker in workers if name in worker.queue_names()]
    busy = sum(worker.get_state() == WorkerStatus.BUSY for worker in own)
    return QueueFigures(name, queue.count, first[0].enqueued_at if first else None, len(own), busy)


def connection() -> Redis:
    return _connect(config.current().redis_url)


@cache
def _connect(url: str) -> Redis:
    """A platform waits for its answer while we ring, and the sweep rings again anyhow: so a line that is silent for 2 s is given up, and
    only a broken one tried again (it may have lain in the pool since before a restart). RQ gives its workers' own line 20 s.
    """
    return Redis.from_url(url, retry=Retry(NoBackoff(), 1, (ConnectionError,)), socket_timeout=2, socket_connect_timeout=1)


@event.listens_for(db.session.session_factory, "after_transaction_end")
def _settle(current: Session, transaction: SessionTransaction) -> None:
    rings: list[Ring] = current.info.get("rings", {}).pop(transaction, [])
    committed: set[SessionTransaction] = current.info.get("committed", set())
    was_committed = transaction in committed
    committed.discard(transaction)
    if not rings or not was_committed:
        return
    if transaction.parent is not None:
        current.info["rings"].setdefault(transaction.parent, []).extend(rings)
        return
    for call in dict.fromkeys(rings):
        try:
            ring(call)
        except RedisError:
            log.warning("queue unreachable, the sweep will ring again", extra={"job": call.name, "store_id": call.store_id})


@event.listens_for(db.session.session_factory, "after_commit")
def _remember(current: Session) -> None:
    transaction = current.get_nested_transaction() or current.get_transaction()
    current.info.setdefault("committed", set()).add(transaction)
