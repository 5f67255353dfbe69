"""What was learned of a store, when, and how good it is: a run, and in it a part for each engine with its model card."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.database.session import Base
from luxebrain.database.tenancy import store_key
from luxebrain.models.work import own_id


class TrainingRun(Base):
    """`error`: of the parts that failed, in words that a merchant understands."""

    __tablename__ = "training_run"
    __table_args__ = (Index("ix_training_run_running", "store_id", "id", postgresql_where=text("state = 'running'")),)
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = own_id()
    state: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(server_default="")


class PartState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"  # there was too little to learn from: `reason` says what is missing
    FAILED = "failed"


class TrainingPart(Base):
    """What one engine made of one run. `card`: of what it was learned, how good it is beside the naive way, what it took; None where
    nothing was learned, and then `reason` says why. `attempts` without an end: its worker died over it."""

    __tablename__ = "training_part"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "run_id"], ["training_run.store_id", "training_run.id"], ondelete="CASCADE"),
        Index("ix_training_part_cards", "store_id", "engine", "finished_at", postgresql_where=text("state = 'done'")),
    )
    store_id: Mapped[int] = store_key()
    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    engine: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(server_default=PartState.WAITING)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    finished_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(server_default="")
    card: Mapped[dict[str, Any] | None]
