"""One statement that is a transaction of its own, in one round trip: for the path where each of them counts (accepting a delivery).

The statement chooses its store itself, with set_config('app.store_id', ..., true), and may run twice: its connections are not asked
whether they still live, which would be a second round trip; one that does not is thrown away, and the statement is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from luxebrain.database.session import db

# The name of its engine among Flask-SQLAlchemy's binds, and how that differs from the other.
BIND = "alone"
OPTIONS = {"isolation_level": "AUTOCOMMIT", "pool_pre_ping": False}


def execute_alone(statement: str, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Returns its rows, committed. `statement`: SQL with psycopg's %(name)s places."""
    try:
        return _execute(statement, parameters)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return _execute(statement, parameters)  # the whole pool was thrown away with it: this connection is a new one


def _execute(statement: str, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
    with db.engines[BIND].connect() as connection:
        return connection.exec_driver_sql(statement, dict(parameters)).all()
