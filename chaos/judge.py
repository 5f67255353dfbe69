"""Holds what the database has seen against what was true and what was acknowledged. Pure: the tests of chaos plant faults here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from chaos.bodies import Kind, Version, label
from chaos.witness import Evidence, Row, Write
from chaos.world import Delivery, Key


@dataclass(slots=True)
class Verdict:
    """`examples`: the first few faults in words."""

    lost: int = 0
    twice: int = 0
    stale: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.stale)

    def blame(self, fault: str, words: str, *, times: int = 1) -> None:
        setattr(self, fault, getattr(self, fault) + times)
        if len(self.examples) < 10:
            self.examples.append(f"{fault}: {words}")


@dataclass(frozen=True, slots=True)
class Truth:
    """`versions`: what there is at the end, and what is gone. `mortal`: what was ever gone. `store_ids`: of shop 0, 1, ..."""

    versions: Mapping[Key, Version]
    mortal: Set[Key]
    store_ids: Sequence[int]


def judge(truth: Truth, acknowledged: Iterable[Delivery], seen: Evidence) -> Verdict:
    """`acknowledged`: each once, however often it was sent and its 200 was lost on the way."""
    verdict, store_ids = Verdict(), truth.store_ids
    _judge_deliveries(verdict, acknowledged, store_ids, seen)
    _judge_marks(verdict, seen)
    newest_ever = _judge_history(verdict, seen.writes)
    _judge_deaths(verdict, seen.writes, {(store_ids[shop], kind, id) for shop, kind, id in truth.mortal})
    for (shop, kind, id), version in truth.versions.items():
        key = (store_ids[shop], kind, id)
        _judge_row(verdict, version, seen.rows.get(key), (shop, kind, id), newest_ever.get(key, 0))
    return verdict


def _judge_deliveries(verdict: Verdict, acknowledged: Iterable[Delivery], store_ids: Sequence[int], seen: Evidence) -> None:
    """Counted by what was in them, not by our own fingerprint."""
    sent = Counter((store_ids[delivery.shop], delivery.topic, delivery.body) for delivery in acknowledged)
    stored = Counter((found.store_id, found.topic, found.body) for found in seen.stored)
    for what, times in (sent - stored).items():
        verdict.blame("lost", f"acknowledged and not there: {what}", times=times)
    for what, times in (stored - sent).items():
        verdict.blame("twice", f"stored more often than sent: {what}", times=times)
    for found in seen.stored:
        if found.state != "done":
            verdict.blame("lost", f"{found.state} at the end: {found.topic} {found.body[:80]!r} of store {found.store_id}")


def _judge_marks(verdict: Verdict, seen: Evidence) -> None:
    """Every delivery is marked once, and every version is written in the transaction of one mark."""
    for delivery_id, times in Counter(delivery_id for _, delivery_id in seen.marks).items():
        if times > 1:
            verdict.blame("twice", f"delivery {delivery_id} was applied {times} times", times=times - 1)
    marked = {transaction for transaction, _ in seen.marks}
    for write in seen.writes:
        if write.transaction not in marked:
            verdict.blame("twice", f"written outside the transaction of a done-mark: {write}")


def _judge_history(verdict: Verdict, writes: Sequence[Write]) -> dict[tuple[int, Kind, int], int]:
    """No version ever follows a newer one, nor itself. Returns the newest that was ever written."""
    newest: dict[tuple[int, Kind, int], int] = {}
    for write in writes:
        key = (write.store_id, write.kind, write.id)
        if write.serial < newest.get(key, 0):
            verdict.blame("stale", f"{write} after version {newest[key]}")
        newest[key] = max(write.serial, newest.get(key, 0))
    return newest


def _judge_deaths(verdict: Verdict, writes: Sequence[Write], mortal: Set[tuple[int, Kind, int]]) -> None:
    """An answer of the platform that broke off must not pass for "gone", even where a later delivery heals it."""
    for write in writes:
        if not write.is_alive and (write.store_id, write.kind, write.id) not in mortal:
            verdict.blame("lost", f"never gone and taken for it: {write}")


def _judge_row(verdict: Verdict, version: Version, row: Row | None, key: Key, newest_ever: int) -> None:
    is_alive = row is not None and row.is_alive
    if not version.is_alive:
        if is_alive:
            verdict.blame("stale", f"{key} is gone and lives on as {row}")
        return
    if row is None or not row.is_alive or row.serial < version.serial:
        fault = "stale" if newest_ever >= version.serial else "lost"
        verdict.blame(fault, f"{key} is at version {version.serial}, the row is {row}")
        return
    parts = (version.serial,) * (2 if key[1] is Kind.ORDER else 1)
    if (row.serial, row.label, row.parts) != (version.serial, label(key[0], key[2]), parts):
        verdict.blame("twice", f"{key} at version {version.serial} has the row {row}")
