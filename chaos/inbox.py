"""R1: an acknowledged delivery is never lost, never applied twice and never overwrites something newer, whoever dies meanwhile.

Signed deliveries of several shops (one of them busy, all with the same ids) arrive twice, out of order and with bodies built late, while
workers are killed, Valkey is flushed, PostgreSQL and the web are restarted, and the network between them delays, breaks, cuts and stalls.
Then the database's own notes are held against the truth.
"""

from __future__ import annotations

import random
import time

import psycopg

from chaos import witness
from chaos.house import House
from chaos.judge import Truth, Verdict, judge
from chaos.mishaps import Fault, Link, Mishap, Plan, draw_bursts, schedule
from chaos.platform import Platform
from chaos.proxy import Network
from chaos.report import Report, Result
from chaos.sender import Sender
from chaos.stores import connect_stores
from chaos.world import World

DELIVERIES = {"check": 5_000, "long": 100_000}
PLANS = {
    "check": Plan(kills=10, flushes=2, database_restarts=1, web_restarts=1, bursts=20),
    "long": Plan(kills=200, flushes=10, database_restarts=5, web_restarts=5, bursts=300),
}
SHOPS = 6
WORKERS = 3
SETTINGS = {"LEASE_S": "2", "SWEEP_S": "0.5", "SLICE_S": "3"}
STANDSTILL_S = 60
POLL_S = 0.3


class Stuck(Exception):
    """Nothing moved for a minute."""


def run(size: str, seed: int, report: Report) -> Result:
    world = World(deliveries=DELIVERIES[size], shops=SHOPS, seed=seed)
    with Platform(world) as platform, Network(seed) as network:
        address = f"127.0.0.1:{network.open(Link.PLATFORM, platform.port)}"
        with House(network.open, workers=WORKERS, SSRF_ALLOW=address, **SETTINGS) as house:
            stores = connect_stores(house.app, house.admin_url(), platform_url=f"http://{address}", count=SHOPS)
            witness.set_up(house.admin_url())
            house.start()
            report.say(f"R1: {DELIVERIES[size]} deliveries for {SHOPS} stores, {WORKERS} workers")
            ordeal = Ordeal(house, network, Sender(world, stores), PLANS[size], report)
            ordeal.endure(expected=DELIVERIES[size], lot=random.Random(seed))
            seen = witness.hear(house.admin_url())
            truth = Truth(world.versions, world.mortal, [store.store_id for store in stores])
            verdict = judge(truth, ordeal.sender.acknowledged, seen)
            return _result(ordeal, verdict, platform)


class Ordeal:
    """One run from the first delivery to the last one applied."""

    def __init__(self, house: House, network: Network, sender: Sender, plan: Plan, report: Report) -> None:
        self.house, self.network, self.sender, self.plan, self.report = house, network, sender, plan, report
        self.happened: list[Mishap] = []
        self.took_s = self.sent_s = 0.0

    def endure(self, *, expected: int, lot: random.Random) -> None:
        due = schedule(self.plan, lot)
        self._bursts = draw_bursts(lot)
        began = moved = first = time.monotonic()
        now = (0, 0)
        self.sender.start()
        try:
            while due or not self._is_over(now):
                last, now = now, self._progress(now)
                moved = time.monotonic() if now != last else moved
                first = first if now[1] else moved  # workers take a while to start: no part of the pace
                self._check_movement(moved, now)
                for mishap in [each for each in due if self._is_time(each, now, expected)]:
                    due.remove(mishap)
                    self._happen(mishap[1], lot)
                if not self.sent_s and self.sender.is_done:
                    self.sent_s = time.monotonic() - began
                self.house.revive()
                self.report.progress(min(1, now[1] / expected), f"{now[0]} acknowledged, {now[1]} applied", took_s=time.monotonic() - first)
                time.sleep(POLL_S)
        finally:
            self.sender.stop()
        self.took_s = time.monotonic() - began

    def _is_time(self, mishap: tuple[float, Mishap], now: tuple[int, int], expected: int) -> bool:
        at, what = mishap
        return self._is_over(now) or at <= (now[0] if what.hits_arrivals else now[1]) / expected

    def _progress(self, last: tuple[int, int]) -> tuple[int, int]:
        """(acknowledged, no longer waiting)."""
        try:
            states = witness.count_states(self.house.admin_url())
        except psycopg.OperationalError:
            return last
        return self.sender.count, states.total() - states["waiting"] - states["applying"]

    def _is_over(self, now: tuple[int, int]) -> bool:
        return self.sender.is_done and now[0] == now[1]

    def _check_movement(self, moved: float, now: tuple[int, int]) -> None:
        if time.monotonic() - moved > STANDSTILL_S:
            raise Stuck(f"nothing moved for {STANDSTILL_S} s: {now[0]} acknowledged, {now[1]} applied; {self.sender.refusals}")

    def _happen(self, mishap: Mishap, lot: random.Random) -> None:
        words = str(mishap)
        match mishap:
            case Mishap.KILL:
                words = f"kill -9 {self.house.kill_a_worker(lot)}"
            case Mishap.FLUSH:
                self.house.flush_valkey()
            case Mishap.DATABASE:
                self.house.restart_postgres()
            case Mishap.WEB:
                self.house.restart_web()
            case Mishap.NETWORK:
                burst = next(self._bursts)
                self.network.begin(burst)
                words = f"network: {burst.fault} on the way to {burst.link}, {burst.for_s:.1f} s"
        self.happened.append(mishap)
        self.report.say(words)


def _result(ordeal: Ordeal, verdict: Verdict, platform: Platform) -> Result:
    happened = ordeal.happened
    figures = {
        "deliveries": ordeal.sender.count,
        "lost": verdict.lost,
        "twice": verdict.twice,
        "stale": verdict.stale,
        "kills": happened.count(Mishap.KILL),
        "flushes": happened.count(Mishap.FLUSH),
        "restarts": happened.count(Mishap.DATABASE),
    }
    remarks = {
        "sent, duplicates included": ordeal.sender.acknowledged.total(),
        "web restarts": happened.count(Mishap.WEB),
        "network faults": _by_link(ordeal.network),
        "answers other than 2xx": dict(ordeal.sender.refusals),
        "read again from the store": platform.reads,
        "all acknowledged after": f"{ordeal.sent_s:.1f} s",
        "all applied after": f"{ordeal.took_s:.1f} s ({ordeal.sender.count / ordeal.took_s:.0f}/s)",
        "ended by themselves": dict(ordeal.house.ended_alone),
        "for example": verdict.examples,
    }
    return Result(figures, remarks, verdict.is_clean)


def _by_link(network: Network) -> str:
    def count(link: Link) -> str:
        return ", ".join(f"{network.struck[link, fault]} {fault}" for fault in Fault if network.struck[link, fault]) or "none"

    return "; ".join(f"{link}: {count(link)}" for link in Link)
