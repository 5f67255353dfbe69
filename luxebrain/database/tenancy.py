"""The store a transaction acts for.

`acting_for(store_id)` sets a ContextVar; the session's after_begin event hands it to PostgreSQL with set_config(..., is_local => true),
once per transaction: it survives commits (the next transaction is told again), a removed session and a pooled connection. One
transaction acts for one store: changing it in the middle would flush one store's objects under another, so that is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flask import has_app_context
from psycopg.errors import InvalidTextRepresentation, UndefinedObject
from sqlalchemy import BigInteger, Connection, Engine, ExceptionContext, event, text
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from luxebrain.database.session import db, session

# Tables that hold a store_id and still belong to no store's scope: a door reads them to find out which store it is about.
UNPROTECTED = frozenset({"membership", "connect_attempt", "public_key", "webhook_endpoint", "snapshot_version", "unsubscribe_link"})

_store: ContextVar[int | None] = ContextVar("store", default=None)
_is_everywhere: ContextVar[bool] = ContextVar("is_everywhere", default=False)
_SET_STORE = text("select set_config('app.store_id', :store, true)")


class ScopeError(RuntimeError):
    """A transaction that acts for one store was asked to act for another."""


class NoStoreChosen(ScopeError, DontWrapMixin):
    """A per-store table was touched outside acting_for(store_id). SQLAlchemy passes it on as it is."""


def current_store_id() -> int:
    store_id = _store.get()
    if store_id is None:
        raise NoStoreChosen("no store: open acting_for(store_id)")
    return store_id


def store_key() -> Mapped[int]:
    """The first half of every per-store key. The Python default lets the ORM batch inserts; the server default serves COPY and Core."""
    return mapped_column(
        BigInteger,
        primary_key=True,
        autoincrement=False,
        default=current_store_id,
        sort_order=-10,
        server_default=text("current_setting('app.store_id')::bigint"),
    )


def row_id() -> Mapped[int]:
    """The platform's number, or crypto.new_id(). insert_sentinel: without it rows go in one by one (7,000/s instead of 17,000)."""
    return mapped_column(BigInteger, primary_key=True, autoincrement=False, insert_sentinel=True, sort_order=-9)


@contextmanager
def acting_for(store_id: int | None) -> Iterator[None]:
    """Rows of this store only; None: only tables that belong to no store. Leaving rolls back what is still open."""
    if _store.get() == store_id and not _is_everywhere.get():
        yield
        return
    _refuse_inside_transaction()
    store, wide = _store.set(store_id), _is_everywhere.set(False)
    try:
        yield
    finally:
        _store.reset(store)
        _is_everywhere.reset(wide)
        roll_back_if_open()


@contextmanager
def transaction(store_id: int | None = None) -> Iterator[None]:
    """The only place that commits. Doors open it: one per step, acting for one store (or for none)."""
    with acting_for(store_id):
        _refuse_inside_transaction()
        try:
            yield
            session.commit()
        finally:
            roll_back_if_open()


def is_transaction_open() -> bool:
    """False in a thread of its own: it has no session."""
    return has_app_context() and session.registry.has() and session().in_transaction()


def roll_back_if_open() -> None:
    if is_transaction_open():
        session().rollback()


def _refuse_inside_transaction() -> None:
    if is_transaction_open():
        raise ScopeError(f"a transaction for {_store.get() or 'no store'} is open: end it first")


@event.listens_for(db.session.session_factory, "after_begin")
def _tell_postgresql(_session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.nested:
        return  # a savepoint inherits the setting
    if _is_everywhere.get():
        connection.execute(text("set local role luxebrain_everywhere"))
    elif (store_id := _store.get()) is not None:
        connection.execute(_SET_STORE, {"store": str(store_id)})


@event.listens_for(Engine, "handle_error")
def _name_the_cause(context: ExceptionContext) -> None:
    """A fresh connection does not know app.store_id, a reused one has it empty: both mean that nobody chose a store."""
    error = context.original_exception
    is_unknown = isinstance(error, UndefinedObject) and "app.store_id" in str(error)
    is_empty = isinstance(error, InvalidTextRepresentation) and 'bigint: ""' in str(error)
    if is_unknown or is_empty:
        raise NoStoreChosen("a per-store table was touched without a store: open acting_for(store_id)") from error
