"""Whatever may be rung for is somebody's work."""

from __future__ import annotations

import re

from luxebrain import jobs
from luxebrain.queue import QUEUES
from luxebrain.services.admin import WAITING
from tests.architecture.made import CHECKOUT


def test_every_name_that_is_rung_for_is_a_job_and_every_job_can_be_rung_for() -> None:
    jobs.load_jobs()

    assert set(jobs.JOBS) == set(QUEUES)


def test_every_kind_of_work_is_swept() -> None:
    assert set(WAITING) == set(QUEUES)


def test_every_queue_has_a_worker_in_the_procfile() -> None:
    (worker,) = re.findall(r"^worker: python -m luxebrain\.worker *(.*)$", (CHECKOUT / "Procfile").read_text(), re.MULTILINE)

    assert set(worker.split() or QUEUES.values()) == set(QUEUES.values())


def test_the_procfile_starts_the_four_programs() -> None:
    assert re.findall(r"^(\w+):", (CHECKOUT / "Procfile").read_text(), re.MULTILINE) == ["web", "worker", "clock", "release"]
