"""Delivers what the world has to say, over HTTP, signed; whatever is not acknowledged is sent again, as it was, until it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import threading
import time
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from chaos.stores import Connected
from chaos.world import Delivery, World

PAUSE_S = 0.3


class Sender:
    """`acknowledged`: every delivery that got a 2xx, how often. `refusals`: the other answers, and "none" where there was none."""

    def __init__(self, world: World, stores: Sequence[Connected], *, connections: int = 8) -> None:
        self.acknowledged: Counter[Delivery] = Counter()
        self.refusals: Counter[str] = Counter()
        self._world, self._stores = world, stores
        self._ends = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(connections)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join(timeout=15)

    @property
    def is_done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def count(self) -> int:
        return len(self.acknowledged)

    def _work(self) -> None:
        line = _Line()
        while not self._ends.is_set() and (delivery := self._world.take()) is not None:
            while not self._ends.is_set() and not self._is_acknowledged(line, delivery):
                time.sleep(PAUSE_S)
        line.close()

    def _is_acknowledged(self, line: _Line, delivery: Delivery) -> bool:
        answer = line.post(self._stores[delivery.shop], delivery)
        with self._lock:
            if answer.startswith("2"):
                self.acknowledged[delivery] += 1
            else:
                self.refusals[answer] += 1
        return answer.startswith("2")


class _Line:
    """One connection, opened again whenever it breaks."""

    def __init__(self) -> None:
        self._connection: http.client.HTTPConnection | None = None

    def post(self, store: Connected, delivery: Delivery) -> str:
        """The status, or "none" where no whole answer came: http.client itself takes a head that breaks off for a whole one."""
        address = urlsplit(store.delivery_url)
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(address.netloc, timeout=15)
            self._connection.request("POST", address.path, delivery.body, headers(store.secret, delivery))
            answer = self._connection.getresponse()
            is_whole = answer.getheader("Content-Length", "") == str(len(answer.read()))
        except (OSError, http.client.HTTPException):
            is_whole = False
        if not is_whole:
            self.close()
            return "none"
        return str(answer.status)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def headers(secret: str, delivery: Delivery) -> dict[str, str]:
    signature = hmac.new(secret.encode(), delivery.body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": f"https://shop{delivery.shop}.example/",
        "X-WC-Webhook-Topic": delivery.topic,
        "X-WC-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-WC-Webhook-ID": "7",
        "X-WC-Webhook-Delivery-ID": delivery.id,
    }
