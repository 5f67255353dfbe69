"""`make demo-check`: the newcomer's way through the product, without a person; UNTIL=order stops after a step.

Starts a demo of its own (free ports, a temporary home, private servers whatever the environment says), takes the steps, stops it and
looks that nothing is left. A line per step, and last one JSON line:
{"journey": "ok" | "failed: <step>" | "not built: <step>", "steps": {"connect": seconds, ...}}.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.client import Client, StepFailed, wait_until
from demo.home import CHECKOUT
from demo.processes import Process, end, processes_of, spawn, tail
from demo.steps import BUILT, ORDER

START_S = 120
OK = "ok"


class Check:
    """Takes times and keeps the first thing that went wrong."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}
        self.journey = OK

    def take(self, name: str, step: Callable[[], None]) -> bool:
        """Whether the step went well; prints its line."""
        began = time.monotonic()
        try:
            step()
        except Exception as error:  # noqa: BLE001 - whatever a step raises, the last line has to name the step
            self.journey = f"failed: {name}"
            if not isinstance(error, StepFailed):
                traceback.print_exc()
            print(f"  {name:<10} failed after {time.monotonic() - began:.1f} s: {error}", flush=True)
            return False
        self.times[name] = round(time.monotonic() - began, 2)
        print(f"  {name:<10} ok {self.times[name]:7.1f} s", flush=True)
        return True

    def report(self) -> str:
        return json.dumps({"journey": self.journey, "steps": {name: self.times[name] for name in ORDER if name in self.times}})


def main() -> int:
    until = _parse_until()
    home = Path(tempfile.mkdtemp(prefix="luxebrain-check-", dir="/var/tmp"))  # the user nobody must get through
    home.chmod(0o711)
    check = Check()
    with _demo(home) as demo:
        if check.take("start", lambda: _wait_for_card(home, demo)):
            _take_steps(check, Client(home / "demo.json"), until=until)
        left = check.journey
        check.take("stop", lambda: _stop(home, demo))
        check.journey = check.journey if left == OK else left
    if check.journey.startswith("failed"):
        print(f"  The logs are kept in {home / 'logs'}", flush=True)
    else:
        shutil.rmtree(home)
    print(check.report(), flush=True)
    return 0 if check.journey == OK else 1


def _parse_until() -> str:
    parser = argparse.ArgumentParser(prog="python -m demo.check", description="The newcomer's way through the product, without a person.")
    parser.add_argument("--until", choices=("boot", *ORDER), default=ORDER[-1], help="stop after this step")
    return str(parser.parse_args().until)


def _take_steps(check: Check, client: Client, *, until: str) -> None:
    names = ("boot", *ORDER)
    for name in names[: names.index(until) + 1]:
        step = BUILT.get(name)
        if step is None:
            check.journey = f"not built: {name}"
            return
        if not check.take(name, lambda step=step: step(client)):  # type: ignore[misc]
            return


@contextmanager
def _demo(home: Path) -> Iterator[Process]:
    """A demo that ends with us, however we end."""
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env = own | {"LUXEBRAIN_HOME": str(home), "PORT": "0", "PYTHONUNBUFFERED": "1"}
    with (home / "demo.log").open("wb") as log:
        process = spawn([sys.executable, "-m", "demo"], env=env, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield process
    finally:
        end([process], patience_s=30)


def _wait_for_card(home: Path, demo: Process) -> None:
    def is_there() -> bool:
        if demo.poll() is not None:
            raise StepFailed(f"the demo ended:\n{tail(home / 'demo.log', 4000)}")
        return (home / "demo.json").exists()

    wait_until("the demo says where it is", is_there, START_S)


def _stop(home: Path, demo: Process) -> None:
    was_running = demo.poll() is None
    end([demo], number=signal.SIGTERM, patience_s=30)
    if was_running and demo.returncode != 0:
        raise StepFailed(f"the demo ended with code {demo.returncode}:\n{tail(home / 'demo.log', 4000)}")
    wait_until("no process of the demo is left", lambda: not processes_of(home), 5)


if __name__ == "__main__":
    sys.exit(main())
