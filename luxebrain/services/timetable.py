"""Whose turn it is: of several clocks one takes each row of the timetable when it is due. The database's own time counts, not a host's.

After a sleep a row is due once, not once for every turn that was slept through.
"""

from __future__ import annotations

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from luxebrain.database.session import session
from luxebrain.models.work import ScheduledTask


def names_at_rest() -> set[str]:
    """Those that are not due yet."""
    return set(session.scalars(select(ScheduledTask.name).where(ScheduledTask.due_at > func.now())))


def take_turn(name: str, *, every_s: float) -> bool:
    """False where it is not due, or another clock was faster. Due again in `every_s`, whatever becomes of this turn."""
    turn = {"due_at": func.now() + text(f"interval '{every_s} seconds'"), "started_at": func.now()}
    statement = insert(ScheduledTask).values(name=name, **turn)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_=turn, where=ScheduledTask.due_at <= func.now())
    return session.scalar(statement.returning(ScheduledTask.name)) is not None


def record_end(name: str, *, error: str = "") -> None:
    session.execute(update(ScheduledTask).where(ScheduledTask.name == name).values(finished_at=func.now(), error=error[:500]))


def list_tasks() -> list[ScheduledTask]:
    return list(session.scalars(select(ScheduledTask).order_by(ScheduledTask.name)))
