"""Whether what this process needs can be reached."""

from __future__ import annotations

from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.queue import connection


def find_problems() -> list[str]:
    problems = []
    try:
        with transaction():
            if session.scalar(text("show transaction_read_only")) == "on":
                problems.append("database is read-only")
    except SQLAlchemyError:
        problems.append("database")
    try:
        connection().ping()
    except RedisError:
        problems.append("queue")
    return problems
