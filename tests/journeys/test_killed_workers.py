"""Workers are killed in the middle of what they do. Others finish it: nothing is missing, nothing is there twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select

from demo.processes import Process
from lab.woocommerce.faults import FaultRule
from lab.woocommerce.server import LabServer
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.campaigns import CampaignState, MessageState
from luxebrain.models.catalog import Product
from luxebrain.models.orders import Order, OrderLine
from luxebrain.models.work import RunState, SyncRun, SyncStep
from luxebrain.services.messages import BATCH
from tests.journeys.programs import kill, program, wait_until
from tests.journeys.small_shop import running_small_shop
from tests.live import Connected, make_other_store
from tests.services.mailing import add_people, campaign_state, make_store, recipients, running_mailbox, start, states

PEOPLE = 60
SHORT_TIMES = {"LEASE_S": "2", "SWEEP_S": "0.5"}


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works beside the web process. `settings`: what they reach."""

    home: Path
    settings: dict[str, str]

    @contextmanager
    def worker(self) -> Iterator[Process]:
        with program(self.home, "python", "-m", "tests.journeys.worker", **SHORT_TIMES, **self.settings) as process:
            yield process

    @contextmanager
    def clock(self) -> Iterator[Process]:
        with program(self.home, "python", "-m", "luxebrain.clock_process", **SHORT_TIMES, **self.settings) as process:
            yield process


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[LabServer]:
    with running_small_shop(tmp_path) as running:
        yield running


def test_first_sync_survives_the_death_of_its_worker(connected: Connected, web: str, merchant_id: int, tmp_path: Path) -> None:
    with connected.app.app_context():
        other_id = make_other_store(owner_id=merchant_id)
    crew = Crew(tmp_path, {"PUBLIC_URL": web, "SSRF_ALLOW": urlsplit(connected.lab.url).netloc})
    connected.lab.lab.faults.add(FaultRule(path="/wp-json/wc/v3/orders", delay_s=1.0, times=3))

    with crew.clock():
        with crew.worker() as first:
            wait_until(lambda: rows_read(connected, "orders"), tmp_path)
            kill(first)
        read_then = rows_read(connected, "orders")
        with crew.worker():
            wait_until(lambda: run_state(connected) != RunState.RUNNING, tmp_path)

    assert run_state(connected) == RunState.DONE
    assert 0 < read_then < len(connected.lab.store.all("order"))
    assert copied(connected, connected.store_id) == kept_by_the_store(connected.lab)
    assert copied(connected, other_id) == (Counter(), Counter(), 0)
    topics = Counter(webhook["topic"] for webhook in connected.lab.store.all("webhook"))
    assert set(topics.values()) == {1}


def rows_read(connected: Connected, entity: str) -> int:
    with connected.app.app_context(), transaction(connected.store_id):
        return session.scalar(select(SyncStep.done).where(SyncStep.entity == entity)) or 0


def run_state(connected: Connected) -> str:
    with connected.app.app_context(), transaction(connected.store_id):
        return session.scalars(select(SyncRun.state)).one()


def copied(connected: Connected, store_id: int) -> tuple[Counter[int], Counter[int], int]:
    """(products, orders, how many order lines) that we have."""
    with connected.app.app_context(), transaction(store_id):
        lines = session.scalars(select(func.count()).select_from(OrderLine)).one()
        return Counter(session.scalars(select(Product.id))), Counter(session.scalars(select(Order.id))), lines


def kept_by_the_store(lab: LabServer) -> tuple[Counter[int], Counter[int], int]:
    products, orders = lab.store.all("product"), lab.store.all("order")
    lines = sum(len(order["line_items"]) for order in orders)
    return Counter(product["id"] for product in products), Counter(order["id"] for order in orders), lines


def test_campaign_survives_the_death_of_its_worker_and_nobody_gets_it_twice(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), running_mailbox(tmp_path / "mail") as mail:
        ours, theirs = make_store("ours"), make_store("theirs")
        add_people(ours, *(f"person{number}@example.com" for number in range(PEOPLE)))
        add_people(theirs, "stranger@example.com")
        crew = Crew(tmp_path, {"PUBLIC_URL": "http://127.0.0.1:9", "SMTP_URL": mail.smtp_url})
        mail.delivery.turn(slow_s=0.04)
        start(ours)

        with crew.clock():
            with crew.worker() as first:
                wait_until(lambda: len(mail.mailbox.all()) > BATCH, tmp_path)
                mail.delivery.turn(slow_s=5)
                time.sleep(0.5)  # by now it waits for the server's word on a message
                kill(first)
            mail.delivery.turn(slow_s=0)
            with crew.worker():
                wait_until(lambda: campaign_state(ours) == CampaignState.SENT, tmp_path)

        by_state = states(ours)
        arrived = Counter(recipients(mail))
    sent = {email for email, state in by_state.items() if state == MessageState.SENT}
    unknown = {email for email, state in by_state.items() if state == MessageState.UNKNOWN}
    assert set(arrived.values()) == {1}
    assert len(by_state) == PEOPLE
    assert sent | unknown == set(by_state)
    assert 0 < len(unknown) <= BATCH
    assert sent <= set(arrived) <= sent | unknown
