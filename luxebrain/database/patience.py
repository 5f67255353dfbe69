"""How long PostgreSQL may be silent: a line that stalls must not hold a thread, or a lock, for ever.

Who is gone is found out by the kernels (LINK). A server that still takes what is sent and never answers (stopped, or behind a disk or a
pooler that hangs) is found out by nobody but a clock of our own: psycopg alone would wait for ever.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event

# Nothing in a job takes so long; RQ takes a worker off it at the same time (queue.USUAL_STEP_S). A migration may: migrations/env.py.
USUAL_S = 600.0
# Whoever has others waiting: a web process has eight threads, and those it serves from memory need one too; a clock that waits rings for
# nobody. The longest statement of a page erases the orders of a large store, in some seconds.
OF_A_DOOR_S = 60.0

# A host that vanished is known after a minute at both ends (30 + 3 * 10 s; after 30 s where something was sent): the kernels' own
# two hours would leave its last transaction open, and with it the lock on a store's lease. A host that is there but silent inside a
# transaction may be computing (a training), so it has as long as a step may take. connect_timeout: a page waits as long.
LINK = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "options": "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c tcp_user_timeout=30000"
    " -c idle_in_transaction_session_timeout=600000",
}

_longest_s: float | None = USUAL_S


def use(longest_s: float | None) -> None:
    """One process, one patience: whoever starts the process sets it. None waits as long as it takes."""
    global _longest_s
    _longest_s = longest_s


class ImpatientConnection(psycopg.Connection[Any]):
    """Breaks itself off where an answer does not come in time: nobody knows what it would still say."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, _longest_s if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # still owed: psycopg's own error for it is private
                self.pgconn.finish()
            raise


@event.listens_for(Engine, "do_connect")
def _connect(_dialect: object, _record: object, words: list[Any], settings: dict[str, Any]) -> ImpatientConnection:
    return ImpatientConnection.connect(*words, **settings)
