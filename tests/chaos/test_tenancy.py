"""The prover of tenants sees a leak of each sort where one is planted and none where there is none; every guard can be taken away."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from random import Random

import psycopg
import pytest
import redis
from flask import Flask
from sqlalchemy import text, update

from chaos.tenancy import guards, independence, members, memory, mutations, open_doors, walls, work
from chaos.tenancy.guards import STANDS_AT, Guard
from chaos.tenancy.mutations import NotClean, Trial
from chaos.tenancy.open_doors import ASKED, OPEN_DOORS
from chaos.tenancy.planting import rows_of, store_tables
from chaos.tenancy.probe import Group
from chaos.tenancy.routes import unprobed
from chaos.tenancy.world import World, open_world
from luxebrain import config, jobs
from luxebrain.config import load_settings
from luxebrain.database.everywhere import everywhere
from luxebrain.database.session import session
from luxebrain.database.tenancy import UNPROTECTED
from luxebrain.edge.access import RULES, Rule
from luxebrain.models.catalog import Product
from luxebrain.services import reports, snapshots
from tests.servers import Addresses


@pytest.fixture(scope="module")
def planted(servers: Addresses, shared_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    before = config.current()
    with open_world(servers.admin_url, load_settings().redis_url, tmp_path_factory.mktemp("tenancy")) as world:
        yield world
    config.use(before)


@pytest.fixture
def world(planted: World) -> World:
    planted.fresh()
    return planted


@pytest.fixture(scope="module")
def trial(planted: World) -> Trial:
    return Trial(planted)


def faults(group: Group, world: World) -> list[str]:
    return [f"{outcome.probe}: {fault}" for outcome in group(world) for fault in outcome.faults]


def first_fault(group: Group, world: World) -> str:
    return next((f"{outcome.probe}: {fault}" for outcome in group(world) for fault in outcome.faults), "")


@pytest.mark.parametrize("group", [walls.walls, members.foreign_ids, members.roles, open_doors.tokens])
def test_where_no_leak_is_none_is_seen(world: World, group: Group) -> None:
    assert faults(group, world) == []


def test_a_view_that_ignores_its_store_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def show(store_id: int) -> str:
        with everywhere():
            return " ".join(title for (title,) in session.execute(text("select title from product")))

    monkeypatch.setitem(world.app.view_functions, "orders.show", show)

    assert "orders: shows what is guillemot's" in first_fault(members.own_pages, world)


def test_a_view_that_takes_any_id_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def send(store_id: int, campaign_id: int) -> str:
        with everywhere():
            session.execute(text("update campaign set state = 'sending' where id = :id"), {"id": campaign_id})
        return ""

    monkeypatch.setitem(world.app.view_functions, "campaigns.send", send)

    seen = faults(members.foreign_ids, world)
    assert "guillemot: POST /stores/2/campaigns/6001/send: changed kittiwake's campaign" in seen


def test_a_cache_without_a_store_in_its_key_is_seen_where_it_is_read_and_where_it_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "read_placements", cache(snapshots.read_placements))

    assert "shows what is kittiwake's" in first_fault(members.own_pages, world)
    assert any("luxebrain.services.snapshots.read_placements: keeps a store's own" in fault for fault in faults(memory.memory, world))


def test_a_figure_counted_over_both_stores_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It carries no canary: a sum is neither's."""
    monkeypatch.setattr(reports, "count_totals", lambda **_window: reports.Totals(all_revenue(world), 1, all_revenue(world)))

    assert "the answer hangs on the other store" in first_fault(independence.independence, world)


def all_revenue(world: World) -> Decimal:
    with psycopg.connect(world.ledger.admin_url) as admin:
        row = admin.execute("select coalesce(sum(total), 0) from orders").fetchone()
        assert row is not None
        return Decimal(row[0])


def test_a_job_that_writes_for_every_store_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(_store_id: int, _fence: int) -> bool:
        with everywhere():
            session.execute(update(Product).values(title="anew"), execution_options={"synchronize_session": False})
        return False

    jobs.load_jobs()
    monkeypatch.setitem(jobs.JOBS, "inbox.apply", rename)

    assert "inbox.apply for kittiwake: changed guillemot's product" in faults(work.background, world)


def test_what_is_left_in_valkey_and_in_files_is_seen(world: World) -> None:
    with redis.Redis.from_url(world.valkey_url) as valkey:
        valkey.set("basket:1", "three of guillemot's")
    (world.scratch / "people.csv").write_text("shopper1@kittiwake.example")

    try:
        seen = [fault for outcome in memory.kept(world) for fault in outcome.faults]
    finally:
        (world.scratch / "people.csv").unlink()

    assert [fault.partition(":")[0] for fault in seen] == ["holds a store's own", "people.csv holds a store's own"]


def test_a_route_that_nobody_can_ask_is_named() -> None:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/stores/<int:store_id>/things/<thing_id>", endpoint="things.show")
    app.add_url_rule("/stores/<int:store_id>/things", endpoint="things.add", methods=["POST"])
    app.add_url_rule("/t", endpoint="things.open")

    assert [words.partition(": ")[2] for words in unprobed(app, open_doors=ASKED)] == [
        "what is thing_id? (NAMES)",
        "what does its form hold? (FORMS)",
        "which store does it name? (OPEN_DOORS, STORELESS)",
    ]


def test_every_per_store_table_is_planted_alike_in_both_stores(planted: World) -> None:
    first, second = planted.tenants

    for table in store_tables():
        ours, theirs = rows_of(table, first), rows_of(table, second)
        assert len(ours) == len(theirs) > 0, table.name


def test_every_guard_there_is_can_be_taken_away(planted: World) -> None:
    names = {guard.name for guard in guards.guards()}
    tables = {table.name for table in store_tables()} - UNPROTECTED

    assert len(names) == len(guards.guards())
    assert {name.partition(":")[0] for name in names} >= tables | jobs.JOBS.keys() | {
        blueprint for blueprint, rule in RULES.items() if rule not in (Rule.PUBLIC, Rule.SHOPPER, Rule.SIGNED)
    }
    assert STANDS_AT.keys() == UNPROTECTED | OPEN_DOORS.keys()
    assert set(STANDS_AT.values()) <= names


NOTICED = (
    "message: row security",
    "pk_orders: store_id",
    "uq_contact_email: store_id",
    "a member's page: the membership",
    "a webhook: the signature",
    "widget answers: the snapshot they hang on",
    "a job's id: its store",
    "a job's payload: the store that asked",
    "inbox.apply: the store it is run for",
    "the chosen store ends with its transaction",
    "our role is under row security",
)


@pytest.mark.parametrize("name", NOTICED)
def test_a_guard_that_is_taken_away_is_missed(trial: Trial, name: str) -> None:
    assert trial.notice(guard_named(name))


def test_what_a_faulty_control_notices_counts_for_nothing(planted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "read_placements", cache(snapshots.read_placements))

    with pytest.raises(NotClean):
        Trial(planted).notice(guard_named("widget answers: the snapshot they hang on"))


def guard_named(name: str) -> Guard:
    (guard,) = [guard for guard in guards.guards() if guard.name == name]
    return guard


def test_a_short_run_takes_guards_of_as_many_kinds_as_it_may(planted: World) -> None:
    standing = guards.guards()

    drawn = mutations.draw(standing, mutations.REMOVED["check"], Random(3))

    assert len({guard.kind for guard in drawn}) == min(len(drawn), len({guard.kind for guard in standing}))
