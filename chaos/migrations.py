"""R19, the migrations: on large tables, down to the first tables step by step and up again under load. No request fails, no row is lost.

Going up, the version before goes on as far as it is SQL, with the columns that it knows; and the web process of this version serves over
HTTP from where all tables that it touches are whole. A long reader keeps locks that every step has to wait for. A step that cannot run
under load says so in its file, `online = False`: then nothing else runs. Going down is done with everything stopped, as
docs/operations.md says.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import flask_migrate
import psycopg
from alembic.script import Script, ScriptDirectory

from chaos import before_after, load
from chaos.before_after import Column, Held, differences
from chaos.filling import fill
from chaos.house import House
from chaos.load import Load, Tally
from chaos.report import Report, Result
from chaos.stores import Connected, connect_stores
from chaos.visitor import Visitor
from luxebrain.cli import MIGRATIONS
from luxebrain.database.session import db

ROWS = {"check": 50_000, "long": 1_000_000}
STORES = 5
AROUND_S = {"check": 2.0, "long": 10.0}  # load before and after each step
LONG_READ_S = 0.7
_TOUCHED = "select relname, coalesce(seq_scan, 0) + coalesce(idx_scan, 0) + n_tup_ins from pg_stat_user_tables"


@dataclass(slots=True)
class Way:
    """`columns`: of every table, by the revision that is reached."""

    house: House
    stores: list[Connected]
    cookies: Mapping[str, str]
    around_s: float
    tally: Tally = field(default_factory=Tally)
    acknowledged: Counter[int] = field(default_factory=Counter)
    touched: set[str] = field(default_factory=set)
    columns: dict[str, set[Column]] = field(default_factory=dict)
    under: Counter[str] = field(default_factory=Counter)
    steps: int = 0


def run(size: str, seed: int, report: Report) -> Result:  # noqa: ARG001 - nothing is drawn by lot
    with House(workers=0, WEB_CONCURRENCY="1") as house:
        stores = connect_stores(house.app, house.admin_url(), platform_url="http://127.0.0.1:9", count=STORES)
        rows = fill(house.admin_url(), [store.store_id for store in stores], rows=ROWS[size])
        house.start_web()
        way = Way(house, stores, _log_in(house), AROUND_S[size])
        report.say(f"R19: {rows} rows in {STORES} stores")
        way.touched = _tables_that_the_web_touches(way)
        before = before_after.look(house.admin_url())
        between, after = _go(way, report)
        return _result(way, rows, differences(before, between, after))


def _log_in(house: House) -> Mapping[str, str]:
    visitor = Visitor(house.url)
    visitor.submit("/log-in", {"email": "owner@chaos.example", "password": "correct horse battery"})
    return dict(visitor.session.cookies)


def _tables_that_the_web_touches(way: Way) -> set[str]:
    """PostgreSQL counts them, so that nobody has to keep a list."""
    before = _ask(way, _TOUCHED)
    with Load(way.tally, _over_http(way)):
        time.sleep(3)
    return {table for table, times in _ask(way, _TOUCHED).items() if times > before.get(table, 0)}


def _go(way: Way, report: Report) -> tuple[Held, Held]:
    """(what is held at the lowest step, at the end)."""
    scripts = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())
    steps = list(itertools.pairwise(scripts))
    way.columns[scripts[0].revision] = _columns(way)
    for upper, lower in steps:
        report.say(f"R19: down from “{upper.doc}”")
        _migrate(way, lower.revision, is_up=False)
        way.columns[lower.revision] = _columns(way)
    between = before_after.look(way.house.admin_url())
    for upper, lower in reversed(steps):
        works = _works_during(way, lower, upper)
        report.say(f"R19: up to “{upper.doc}” {'under load' if works else 'alone'}")
        with Load(way.tally, works):
            time.sleep(way.around_s if works else 0)
            _migrate(way, upper.revision, is_up=True)
            time.sleep(way.around_s if works else 0)
    return between, before_after.look(way.house.admin_url())


def _works_during(way: Way, lower: Script, upper: Script) -> list[load.Work]:
    if not getattr(upper.module, "online", True):
        way.under["alone"] += 1
        return []
    url, first = way.house.environment()["DATABASE_URL"], way.stores[0].store_id
    known = {
        table: [name for owner, name in sorted(way.columns[lower.revision]) if owner == table] for table, _ in way.columns[lower.revision]
    }
    works = [load.version_before(url, first, known), load.long_reader(url, first, lasts_s=LONG_READ_S)]
    way.under["the version before"] += 1
    head = next(iter(way.columns.values()))
    if {column for column in head if column[0] in way.touched} <= way.columns[lower.revision]:
        way.under["the web of this version"] += 1
        works += _over_http(way)
    return works


def _over_http(way: Way) -> list[load.Work]:
    url = way.house.url
    return [load.delivering(url, way.stores, way.acknowledged), load.reading(url, way.stores, way.cookies)]


def _migrate(way: Way, revision: str, *, is_up: bool) -> None:
    way.steps += 1
    with way.house.app.app_context():
        (flask_migrate.upgrade if is_up else flask_migrate.downgrade)(revision=revision)
        db.engine.dispose()


def _columns(way: Way) -> set[Column]:
    with psycopg.connect(way.house.admin_url()) as connection:
        found = connection.execute("select table_name, column_name from information_schema.columns where table_schema = 'public'")
        return {(table, column) for table, column in found}


def _ask(way: Way, query: str) -> dict[str, int]:
    with psycopg.connect(way.house.admin_url()) as connection:
        return dict(connection.execute(query.encode()).fetchall())


def _lost_deliveries(way: Way) -> list[str]:
    """What was acknowledged over HTTP meanwhile is there."""
    arrived = f"id > {before_after.PLANTED_IDS} and topic = 'order.updated'"
    counts = _ask(way, f"select store_id::text, count(*) from delivery where {arrived} group by 1")
    return [
        f"store {store_id}: {count} acknowledged, {counts.get(str(store_id), 0)} there"
        for store_id, count in way.acknowledged.items()
        if counts.get(str(store_id), 0) < count
    ]


def _result(way: Way, rows: int, changed: Sequence[str]) -> Result:
    lost = [*changed, *_lost_deliveries(way)]
    figures = {"rows": rows, "steps": way.steps, "failed_requests": way.tally.failed, "lost": len(lost)}
    remarks = {
        "requests meanwhile": way.tally.done,
        "deliveries acknowledged": way.acknowledged.total(),
        "slowest of them": f"{way.tally.slowest_s:.1f} s",
        "steps under load of": dict(way.under),
        "tables that the web touches": ", ".join(sorted(way.touched)),
        "failed, for example": dict(way.tally.reasons.most_common(5)),
        "lost, for example": lost[:10],
    }
    was_under_load = way.under["the version before"] > 0 and way.acknowledged.total() > 0
    return Result(figures, remarks, not lost and way.tally.failed == 0 and was_under_load)
