"""The clock: walks the timetable for ever. Several may run: each turn of a row is taken by one of them."""

from __future__ import annotations

import logging
import signal
import sys
import time
from types import FrameType

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from luxebrain.app import check_database, make_app
from luxebrain.database import patience
from luxebrain.errors import ConfigError
from luxebrain.jobs.schedule import run_due
from luxebrain.log import log_crashes

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.25


def main() -> None:
    signal.signal(signal.SIGTERM, _end)
    log_crashes()
    app = _start()
    while True:
        try:
            with app.app_context():
                run_due()
        except SQLAlchemyError as error:
            log.warning("database unreachable, the clock waits", extra={"error": type(error).__name__})
        time.sleep(LOOK_EVERY_S)


def _start() -> Flask:
    patience.use(patience.OF_A_DOOR_S)
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
