"""The web process. Two workers with four threads each serve a small shop on two cores; WEB_CONCURRENCY changes the first."""

import os
from typing import Any

bind = f"{os.environ.get('HOST', '0.0.0.0')}:{os.environ.get('PORT', '8000')}"  # noqa: S104 - a container's front door
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
preload_app = True  # imported once, shared by the workers; connections and threads are made after the fork
graceful_timeout = 5
keepalive = 5
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - heartbeats in memory
accesslog = None  # luxebrain.edge.headers logs requests
logconfig_dict = {  # its own lines name addresses, and an address may hold a token: they go through our formatter too
    "handlers": {"ours": {"class": "luxebrain.log.StandardError"}},
    "root": {"level": "INFO", "handlers": ["ours"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["ours"], "propagate": False}},
}


def post_worker_init(_worker: Any) -> None:
    from luxebrain.app import check_database
    from luxebrain.database import patience
    from luxebrain.widgets.snapshot import refresher
    from wsgi import app

    patience.use(patience.OF_A_DOOR_S)
    check_database(app)
    refresher.ensure_running(app)  # a thread does not survive the fork
