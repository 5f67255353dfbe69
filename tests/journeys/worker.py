"""The worker with the two rooms whose work is killed here; the others would import pandas for seconds. `python -m tests.journeys.worker`"""

from __future__ import annotations

from luxebrain import jobs, worker
from luxebrain.jobs import campaigns, sync

ROOMS = (sync, campaigns)

if __name__ == "__main__":
    jobs.__path__ = []
    worker.main([])
