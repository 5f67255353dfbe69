"""Where browsers tell what came of widgets. Answered at once; written in bulk by a thread, about once a second.

What cannot be an event of ours is left out without a word: a page that is being left reads no answer. A process that is killed loses what
it gathered in its last second, which no figure notices.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, request

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.edge.bodies import whole_body
from luxebrain.engines.serving import Placement
from luxebrain.errors import InvalidInput
from luxebrain.services import widget_events
from luxebrain.services.placements import PLACEMENTS
from luxebrain.services.widget_events import Cost, Event, EventKind
from luxebrain.widgets.snapshot import shelf

log = logging.getLogger(__name__)
LARGEST_BODY = 32 * 1024
MOST_EVENTS, MOST_PRODUCTS = 50, 24
LONGEST_AGE_MS = 24 * 3600 * 1000
MOST_GATHERED = 20_000  # of all stores together, between two writes: what comes beyond is not counted
GATHER_S = 1.0
_ID = re.compile(r"[A-Za-z0-9_-]{6,64}")
_BOT = re.compile(r"(?<!cu)bot\b|crawl|spider|slurp|headless|lighthouse|pagespeed|preview|python|curl|wget|monitor", re.IGNORECASE)


def take_events() -> Response:
    """204 whatever of it can be used; raises InvalidInput for what is no such body, NotFound for a key of no store."""
    told = _read_body(whole_body(LARGEST_BODY))
    store_id = shelf.get(str(told.get("store", ""))).store_id
    if not is_bot(request.user_agent.string):
        now = utcnow()
        gatherer.gather(current_app._get_current_object(), store_id, read_events(told, now=now), read_cost(told, now=now))  # type: ignore[attr-defined]
    return Response(status=204)


def is_bot(user_agent: str) -> bool:
    return not user_agent or _BOT.search(user_agent) is not None


def _read_body(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("body", "The body must be JSON.") from None
    if not isinstance(told, dict) or not isinstance(told.get("events"), list):
        raise InvalidInput("events", "The body must be an object with a list of events.")
    return told


def read_events(told: Mapping[str, Any], *, now: datetime) -> list[Event]:
    """Those of the first MOST_EVENTS that are events of ours."""
    events = (_read_event(entry, now=now) for entry in told["events"][:MOST_EVENTS])
    return [event for event in events if event is not None]


def _read_event(entry: Any, *, now: datetime) -> Event | None:
    if not isinstance(entry, dict):
        return None
    id, kind, placement, recommendation_id = (entry.get(name) for name in ("id", "kind", "placement", "recommendation_id"))
    products, age_ms = entry.get("products"), entry.get("age_ms")
    if not (_is_id(id) and _is_id(recommendation_id)) or kind not in tuple(EventKind) or placement not in tuple(PLACEMENTS):
        return None
    if not isinstance(products, list) or not 0 < len(products) <= MOST_PRODUCTS or not all(map(_is_product, products)):
        return None
    if not isinstance(age_ms, int) or isinstance(age_ms, bool) or not 0 <= age_ms <= LONGEST_AGE_MS:
        return None
    happened_at = now - timedelta(milliseconds=age_ms)
    return Event(str(id), EventKind(kind), Placement(str(placement)), str(recommendation_id), products, happened_at)


def read_cost(told: Mapping[str, Any], *, now: datetime) -> Cost | None:
    cost = told.get("cost")
    if not isinstance(cost, dict):
        return None
    size, ms, shift = (cost.get(name) or 0 for name in ("bytes", "ms", "cls"))
    if not (_is_between(size, 0, 10_000_000) and _is_between(ms, 0, 600_000) and _is_between(shift, 0, 100)):
        return None
    return Cost(int(size), float(ms), float(shift), now)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_product(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _is_between(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


@dataclass(slots=True)
class Gathered:
    events: list[Event] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)


class Gatherer:
    """One thread a process, started by the first event after the fork."""

    def __init__(self) -> None:
        self._pid = 0
        self._gathered: dict[int, Gathered] = {}
        self._count = 0
        self._lock = threading.Lock()
        self._is_ending = threading.Event()
        self._thread: threading.Thread | None = None

    def gather(self, app: Flask, store_id: int, events: list[Event], cost: Cost | None) -> None:
        with self._lock:
            if self._pid != os.getpid():
                self._start(app)
            if self._count + len(events) > MOST_GATHERED:
                return
            own = self._gathered.setdefault(store_id, Gathered())
            own.events += events
            own.costs += [cost] if cost else []
            self._count += len(events) + (cost is not None)

    def write(self, app: Flask) -> None:
        """What was gathered, a transaction a store; one that cannot be written does not stand in the others' way."""
        with self._lock:
            gathered, self._gathered, self._count = self._gathered, {}, 0
        for store_id, own in gathered.items():
            try:
                with app.app_context(), transaction(store_id):
                    widget_events.record_events(own.events)
                    widget_events.record_costs(own.costs)
            except Exception as error:  # noqa: BLE001 - a thread that dies would count nothing any more
                log.warning("widget events not written", extra={"store_id": store_id, "error": type(error).__name__})

    def stop(self) -> None:
        """Writes what is left, and ends."""
        if self._thread is not None and self._pid == os.getpid():
            self._is_ending.set()
            self._thread.join(timeout=5)
        self._pid = 0

    def _start(self, app: Flask) -> None:
        self._pid, self._is_ending = os.getpid(), threading.Event()
        self._gathered, self._count = {}, 0
        self._thread = threading.Thread(target=self._run, args=(app, self._is_ending), name="widget events", daemon=True)
        self._thread.start()
        atexit.register(self.stop)

    def _run(self, app: Flask, ending: threading.Event) -> None:
        while not ending.wait(GATHER_S):
            self.write(app)
        self.write(app)


gatherer = Gatherer()
