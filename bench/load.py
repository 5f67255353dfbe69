"""A load of signed deliveries over so many connections for so long."""

from __future__ import annotations

import http.client
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from chaos.sender import headers
from chaos.world import Delivery
from demo.processes import Process


@dataclass(frozen=True, slots=True)
class Target:
    url: str
    secret: str


def accepted_per_s(targets: Sequence[Target], make: Callable[[], Delivery], connections: int, seconds: float) -> float:
    """To all targets in turn, which are on one server. Raises RuntimeError where anything but a 200 comes back."""
    counts: list[int] = []
    refusals: list[int] = []
    ends = time.monotonic() + seconds

    def work() -> None:
        line = http.client.HTTPConnection(urlsplit(targets[0].url).netloc, timeout=30)
        count = 0
        while time.monotonic() < ends:
            delivery = make()
            target = targets[int(delivery.id, 16) % len(targets)]
            line.request("POST", urlsplit(target.url).path, delivery.body, headers(target.secret, delivery))
            answer = line.getresponse()
            answer.read()
            if answer.status != 200:
                refusals.append(answer.status)
            count += 1
        line.close()
        counts.append(count)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refusals or len(counts) < connections:
        raise RuntimeError(f"{targets[0].url.rpartition('/')[0]} answered {set(refusals) or 'nothing'}")
    return sum(counts) / (time.monotonic() - began)


def wait_for(url: str, process: Process, *, timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"{url} does not answer") from None
            time.sleep(0.05)
        else:
            return
