"""The second wall, asked table by table: what PostgreSQL lets a transaction see and write that acts for one store, or for none."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Table, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from chaos.tenancy.planting import store_tables
from chaos.tenancy.probe import Outcome, attempt
from chaos.tenancy.tenants import Tenant
from chaos.tenancy.world import World
from luxebrain.database.session import session
from luxebrain.database.tenancy import UNPROTECTED, NoStoreChosen, ScopeError, acting_for, transaction


def protected() -> list[Table]:
    return [table for table in store_tables() if table.name not in UNPROTECTED]


def walls(world: World) -> Iterator[Outcome]:
    with world.app.app_context():
        for own, other in world.pairs:
            for table in protected():
                yield attempt(f"{own.word} reads {table.name}", _read, table, own)
                yield attempt(f"{own.word} updates {table.name}", _update, table, own)
                yield attempt(f"{own.word} writes {table.name} for {other.word}", _insert, table, own, other)
                yield attempt(f"nobody reads {table.name}", _read_for_nobody, table, own)
            yield attempt(f"{own.word}'s transaction turns to {other.word}", _turn, own, other)


def _read(table: Table, own: Tenant) -> Iterator[str]:
    with acting_for(own.store_id):
        seen = set(session.scalars(select(table.c.store_id)))
    if seen != {own.store_id}:
        yield f"sees rows of the stores {sorted(seen)}, being {own.store_id}"


def _update(table: Table, own: Tenant) -> Iterator[str]:
    with acting_for(own.store_id):  # leaving rolls back
        touched = set(session.scalars(update(table).values(store_id=table.c.store_id).returning(table.c.store_id)))
    if touched != {own.store_id}:
        yield f"writes rows of the stores {sorted(touched)}, being {own.store_id}"


def _insert(table: Table, own: Tenant, other: Tenant) -> Iterator[str]:
    """A copy of a row of one's own under the other's name; the policy is asked before any key is."""
    with acting_for(own.store_id):
        row = session.execute(select(table).where(table.c.store_id == own.store_id).limit(1)).mappings().one()
        try:
            session.execute(insert(table), [{**row, "store_id": other.store_id}])
        except ProgrammingError as error:
            if "row-level security" in str(error):
                return
            raise
    yield f"a row was written for {other.word}"


def _read_for_nobody(table: Table, own: Tenant) -> Iterator[str]:
    """On the connection that has just acted for a store, and committed: a setting that is rolled back ends anyway."""
    with transaction(own.store_id):
        session.execute(text("select 1"))
    try:
        with transaction():
            seen = session.scalars(select(table.c.store_id).limit(1)).all()
    except NoStoreChosen:
        return
    yield f"a transaction that chose no store sees rows of {seen}"


def _turn(own: Tenant, other: Tenant) -> Iterator[str]:
    """Else one store's objects would be flushed under the other."""
    with acting_for(own.store_id):
        session.execute(text("select 1"))
        try:
            with acting_for(other.store_id):
                yield "it may choose another store half way"
        except ScopeError:
            return
