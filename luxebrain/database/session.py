"""Engine and session. One Flask-SQLAlchemy object; models inherit from our own Base, so they are typed and need no Flask."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, LargeBinary, MetaData, Numeric, Table, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it so
        str: Text,
        int: BigInteger,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        Decimal: Numeric(19, 4),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


# Rows stay readable after the commit: services return them to doors.
db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True, session_options={"expire_on_commit": False})
session = db.session


def table_of(model: type[Base]) -> Table:
    """For statements past the ORM: they are built once and run for every row, or for a million of them."""
    return cast("Table", model.__table__)
