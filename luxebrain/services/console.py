"""What operators look at: what waits in every store, what failed and needs a person, and the clock's table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from luxebrain.database.everywhere import everywhere
from luxebrain.database.session import session
from luxebrain.models.work import ScheduledTask
from luxebrain.services import outbox, timetable
from luxebrain.services.admin import WAITING
from luxebrain.services.outbox import EffectCount

MOST_SHOWN = 100
WORDS = {
    "inbox.apply": "Applying changes from stores",
    "sync.pages": "Copying stores",
    "certificates.check": "Comparing copies with stores",
    "stores.leave": "Leaving stores",
    "training.train": "Learning",
    "prices.push": "Writing prices",
    "campaigns.send": "Sending campaigns",
}

_WAITING = text(
    " union all ".join(
        f"select '{kind}', store_id, count(*), min({waiting.since})"  # noqa: S608 - our own text
        f" from {waiting.table} where {waiting.is_open} group by store_id"
        for kind, waiting in WAITING.items()
    )
)
_AT_WORK = text("select kind, count(*) from lease where leased_until >= now() group by kind")
_TROUBLED = text("""
    select lease.store_id, store.name, kind, failures, error, retry_at, parked_at from lease join store on store.id = lease.store_id
    where failures > 0 order by parked_at nulls last, failures desc, lease.store_id limit :most""")
_PARKED = text("""
    select store_id, store.name, count(*), min(received_at), (array_agg(outcome order by delivery.id desc))[1]
    from delivery join store on store.id = delivery.store_id
    where state = 'dead' group by store_id, store.name order by count(*) desc, store_id limit :most""")


@dataclass(frozen=True, slots=True)
class KindFigures:
    """One kind of work over all stores. `rows` wait in `stores` stores, the first since `oldest_at`; `at_work`: workers on it now."""

    kind: str
    name: str
    rows: int
    stores: int
    oldest_at: datetime | None
    at_work: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Work of one store that failed `failures` times in a row: tried again at `retry_at`, or parked until somebody takes it up again."""

    store_id: int
    store_name: str
    kind: str
    failures: int
    error: str
    retry_at: datetime | None
    parked_at: datetime | None

    @property
    def name(self) -> str:
        return WORDS[self.kind]


@dataclass(frozen=True, slots=True)
class ParkedDeliveries:
    """Of one store. `reason`: the latest one's."""

    store_id: int
    store_name: str
    count: int
    oldest_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Work:
    kinds: list[KindFigures]
    troubles: list[Trouble]
    parked: list[ParkedDeliveries]
    effects: list[EffectCount]
    timetable: list[ScheduledTask]


def look_at_work() -> Work:
    """Over all stores, in one transaction."""
    with everywhere():
        return Work(
            kinds=_kinds(),
            troubles=[Trouble(*row) for row in session.execute(_TROUBLED, {"most": MOST_SHOWN})],
            parked=[ParkedDeliveries(*row) for row in session.execute(_PARKED, {"most": MOST_SHOWN})],
            effects=outbox.count_open(),
            timetable=timetable.list_tasks(),
        )


def _kinds() -> list[KindFigures]:
    found: dict[str, list[tuple[int, datetime]]] = defaultdict(list)
    for kind, _store_id, rows, oldest_at in session.execute(_WAITING):
        found[kind].append((rows, oldest_at))
    at_work = {kind: count for kind, count in session.execute(_AT_WORK)}  # noqa: C416 - a Row is no tuple to mypy
    return [_figures(kind, found[kind], at_work.get(kind, 0)) for kind in WAITING]


def _figures(kind: str, by_store: list[tuple[int, datetime]], at_work: int) -> KindFigures:
    rows, oldest_at = sum(rows for rows, _ in by_store), min((oldest_at for _, oldest_at in by_store), default=None)
    return KindFigures(kind, WORDS[kind], rows, len(by_store), oldest_at, at_work)
