"""The clock: walks the timetable for ever. A failing row is logged and tried again at its next time."""

from __future__ import annotations

import logging
import signal
import sys
import time
from types import FrameType

from flask import Flask

from luxebrain.app import check_database, make_app
from luxebrain.errors import ConfigError
from luxebrain.jobs.schedule import timetable
from luxebrain.log import log_crashes

log = logging.getLogger(__name__)


def main() -> None:
    signal.signal(signal.SIGTERM, _end)
    log_crashes()
    app = _start()
    due = dict.fromkeys(range(len(timetable())), 0.0)
    while True:
        for number, (every_s, run) in enumerate(timetable()):
            if time.monotonic() < due[number]:
                continue
            due[number] = time.monotonic() + every_s
            try:
                with app.app_context():
                    run()
            except Exception:
                log.exception("scheduled work failed", extra={"job": run.__name__})
        time.sleep(max(0.05, min(due.values()) - time.monotonic()))


def _start() -> Flask:
    try:
        app = make_app()
        check_database(app)
    except ConfigError as error:
        sys.exit(str(error))
    return app


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
