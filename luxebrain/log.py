"""One JSON line an event, to standard error. Fields come by `extra={...}`; never a token, an address of a person or a payload.

Should one get there all the same, `scrub` takes it out of the message, the fields and the exception, whoever wrote the line.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from luxebrain.scrub import scrub, scrubbed

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
log = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": scrub(record.getMessage()),
        }
        line |= {key: scrubbed(value, name=key) for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = scrub(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = scrub(record.stack_info)
        return json.dumps(line, default=str)


class StandardError(logging.StreamHandler[Any]):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())

    def handleError(self, record: logging.LogRecord) -> None:
        """A line that cannot be written: the library would print it raw, with its arguments."""
        sys.stderr.write(json.dumps({"level": "ERROR", "logger": __name__, "event": "a log line was lost", "from": record.name}) + "\n")


def set_up_logging(level: str) -> None:
    logging.basicConfig(level=level, handlers=[StandardError()], force=True)
    for name in ("werkzeug", "alembic.runtime.plugins"):  # one repeats our request log, the other precedes every command
        logging.getLogger(name).setLevel(logging.WARNING)


def log_crashes() -> None:
    """What nobody catches, in the main thread or another, and warnings become lines as well. For the programs; pytest has its own."""
    sys.excepthook = _crashed
    threading.excepthook = lambda end: _crashed(end.exc_type, end.exc_value, end.exc_traceback)
    logging.captureWarnings(True)


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    log.critical("crashed", exc_info=(kind, error or kind(), trace))
