"""GET after GET over kept-alive connections, with as little of the processor as Python can: plain sockets, answers read and dropped."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator


def ask_for(port: int, paths: Iterator[str], connections: int, seconds: float, *, most: int | None = None) -> float:
    """Requests a second; ends after so long, after `most`, or with the paths. Raises RuntimeError for anything but a 200."""
    lock, counts, troubles = threading.Lock(), [0], list[str]()
    ends, began = time.monotonic() + seconds, time.monotonic()

    def work() -> None:
        with Line(port) as line:
            while time.monotonic() < ends and not troubles:
                with lock:
                    path = next(paths, None) if most is None or counts[0] < most else None
                    counts[0] += path is not None
                if path is None:
                    return
                status = line.get(path)
                if status != b"200":
                    troubles.append(f"{path[:100]} was answered {status.decode()}")

    _together(work, connections)
    if troubles:
        raise RuntimeError(troubles[0])
    return counts[0] / (time.monotonic() - began)


def latencies(port: int, paths: Iterator[str], *, connections: int, rps: float, seconds: float) -> list[float]:
    """Seconds that each of an even stream of requests took, from when it was due: a late start counts."""
    lock, taken = threading.Lock(), list[float]()
    began, numbers = time.monotonic(), iter(range(int(rps * seconds)))

    def work() -> None:
        with Line(port) as line:
            while True:
                with lock:
                    number, path = next(numbers, None), next(paths)
                if number is None:
                    return
                due = began + number / rps
                time.sleep(max(0.0, due - time.monotonic()))
                line.get(path)
                taken.append(time.monotonic() - due)

    _together(work, connections)
    return taken


def _together(work: Callable[[], None], connections: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Line:
    """One connection; opened again where the server closes it."""

    def __init__(self, port: int) -> None:
        self._address = ("127.0.0.1", port)
        self._socket: socket.socket | None = None

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    def get(self, path: str) -> bytes:
        """The status."""
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = self._socket.recv(65_536)
            if not more:
                self._close()
                return self.get(path)
            answer += more
        head, _, body = answer.partition(b"\r\n\r\n")
        lowered = head.lower()
        left = int(lowered.partition(b"content-length:")[2].split(b"\r\n", 1)[0]) - len(body)
        while left > 0:
            left -= len(self._socket.recv(65_536))
        if b"connection: close" in lowered:
            self._close()
        return head.split(b" ", 2)[1]

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
