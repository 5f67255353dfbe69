"""The judge of chaos sees each fault it is there for, and none where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chaos.bodies import Kind, Version, build, label
from chaos.judge import Truth, Verdict, judge
from chaos.witness import Evidence, Row, Stored, Write
from chaos.world import Delivery, Key

AT = datetime(2026, 5, 4, tzinfo=UTC)
VERSIONS: dict[Key, Version] = {(0, Kind.ORDER, 5): Version(2, AT), (1, Kind.ORDER, 5): Version(1, AT, is_alive=False)}
TRUTH = Truth(VERSIONS, mortal={(1, Kind.ORDER, 5)}, store_ids=(41, 42))
SENT = [Delivery(0, "a", "order.created", build(0, Kind.ORDER, 5, Version(1, AT))), Delivery(0, "b", "order.updated", b"{}")]
ROW = Row(serial=2, is_alive=True, label=label(0, 5), parts=(2, 2))


def write(serial: int, transaction: int) -> Write:
    return Write(transaction=transaction, store_id=41, kind=Kind.ORDER, id=5, serial=serial, is_alive=True)


def clean() -> Evidence:
    stored = [Stored(41, delivery.topic, delivery.body, "done") for delivery in SENT]
    return Evidence(stored=stored, writes=[write(1, 100), write(2, 101)], marks=[(100, 1), (101, 2)], rows={(41, Kind.ORDER, 5): ROW})


def found(seen: Evidence) -> Verdict:
    return judge(TRUTH, SENT, seen)


def test_a_run_without_a_fault_is_clean() -> None:
    assert found(clean()).is_clean


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("lost", replace(clean(), stored=clean().stored[:1])),
        ("lost", replace(clean(), stored=[clean().stored[0], replace(clean().stored[1], state="dead")])),
        ("lost", replace(clean(), rows={}, writes=[write(1, 100)])),
        ("lost", replace(clean(), rows={(42, Kind.ORDER, 5): replace(ROW, is_alive=False)}, writes=[])),
        ("lost", replace(clean(), writes=[replace(write(1, 100), is_alive=False), write(2, 101)])),
        ("twice", replace(clean(), stored=[*clean().stored, clean().stored[0]])),
        ("twice", replace(clean(), marks=[*clean().marks, (102, 2)])),
        ("twice", replace(clean(), writes=[*clean().writes, write(2, 999)])),
        ("twice", replace(clean(), rows={(41, Kind.ORDER, 5): replace(ROW, parts=(2, 2, 2, 2))})),
        ("stale", replace(clean(), writes=[write(2, 101), write(1, 100)])),
        ("stale", replace(clean(), rows={(41, Kind.ORDER, 5): replace(ROW, serial=1)})),
        ("stale", replace(clean(), rows={**clean().rows, (42, Kind.ORDER, 5): replace(ROW, serial=1)})),
    ],
)
def test_every_fault_is_seen_as_what_it_is(fault: str, seen: Evidence) -> None:
    verdict = found(seen)

    assert getattr(verdict, fault) > 0
    assert verdict.examples[0].startswith(fault)
