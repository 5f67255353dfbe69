"""A real worker with one room only, as deployments with several queues start them: the others would import pandas for seconds.

`python -m chaos.worker`
"""

from __future__ import annotations

from luxebrain import jobs, worker
from luxebrain.jobs import inbox

ROOMS = (inbox,)

if __name__ == "__main__":
    jobs.__path__ = []
    worker.main(["live"])
