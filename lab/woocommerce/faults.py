"""Faults on demand: what tests and people turn on through /lab/faults to see how a client copes.

A rule holds for the next `times` requests whose path starts with `path`; webhooks have switches of their own.
"""

import threading
import time
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One fault: wait `delay_s`, then answer `status`, drop the connection, or send HTML for JSON; 0 for none of them."""

    path: str = "/wp-json/"
    method: str | None = None
    times: int = 1
    status: int = 0
    delay_s: float = 0.0
    drop: bool = False
    html: bool = False
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookFaults:
    """Deliveries that are lost (`drop_share` of them, evenly spread), signed wrongly, or made twice."""

    drop_share: float = 0.0
    wrong_signature: bool = False
    twice: bool = False


@dataclass(slots=True)
class EndpointStats:
    """Requests and the seconds the store was busy with them; injected waits do not count."""

    requests: int = 0
    busy_s: float = 0.0


@dataclass(slots=True)
class Faults:
    """The faults that are on, and what the endpoints had to do."""

    pretty_permalinks: bool = True
    webhooks: WebhookFaults = field(default_factory=WebhookFaults)
    stats: dict[str, EndpointStats] = field(default_factory=dict)
    _rules: list[FaultRule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, rule: FaultRule) -> None:
        with self._lock:
            self._rules.append(rule)

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()
            self.pretty_permalinks, self.webhooks = True, WebhookFaults()

    def claim(self, path: str, method: str) -> FaultRule | None:
        """The rule for this request, used up once; its wait is waited here."""
        with self._lock:
            found = next((rule for rule in self._rules if path.startswith(rule.path) and rule.method in (None, method)), None)
            if found is None:
                return None
            self._rules.remove(found)
            if found.times > 1:
                self._rules.insert(0, replace(found, times=found.times - 1))
        time.sleep(found.delay_s)
        return found

    def record(self, endpoint: str, busy_s: float) -> None:
        with self._lock:
            stats = self.stats.setdefault(endpoint, EndpointStats())
            stats.requests += 1
            stats.busy_s += busy_s
