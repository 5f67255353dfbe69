"""An RQ worker: one application made before the first fork, no connection shared with a work-horse, no horse outliving its worker.

`python -m luxebrain.worker [queue ...]`: without names, live work first and long work after it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from functools import cache

from flask import Flask
from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from luxebrain.app import check_database, make_app
from luxebrain.database.session import db
from luxebrain.errors import ConfigError
from luxebrain.jobs import load_jobs, stop_soon
from luxebrain.log import log_crashes
from luxebrain.queue import QUEUES, connection
from luxebrain.scrub import scrub

STOP_SOON = signal.SIGUSR1


@cache
def app() -> Flask:
    return make_app()


class AppWorker(Worker):
    """Opens the application context, so that jobs need not know the application; passes a wish to stop on to the job at hand."""

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        with app().app_context():
            return bool(super().perform_job(job, queue, execution))

    def handle_warm_shutdown_request(self) -> None:
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]
        if self.horse_pid:
            self.kill_horse(STOP_SOON)  # a signal that it handles: after its step, not after its slice

    def handle_job_failure(
        self,
        job: Job,
        queue: Queue,
        started_job_registry: StartedJobRegistry | None = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """A failed job's traceback is kept in Redis for a while."""
        super().handle_job_failure(job, queue, started_job_registry, scrub(exc_string), execution)


def _in_horse() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # a killed worker takes its horse along: no orphan overlaps the retry
    with app().app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)  # never talk over the parent's sockets


def _start() -> None:
    try:
        check_database(app())
    except ConfigError as error:
        sys.exit(str(error))


def main(names: list[str]) -> None:
    log_crashes()
    _start()
    load_jobs()  # once, before forking: a horse would pay for pandas each time
    os.register_at_fork(after_in_child=_in_horse)
    signal.signal(STOP_SOON, stop_soon)  # horses are forked with it
    worker = AppWorker(
        names or list(dict.fromkeys(QUEUES.values())),
        connection=connection(),
        serializer=JSONSerializer,
        worker_ttl=25,
        maintenance_interval=10,
        job_monitoring_interval=5,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    main(sys.argv[1:])
