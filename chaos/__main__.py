"""`make chaos`: every row of the promises that is built, at its check size; SIZE=long ONLY=R1 SEED=7 runs one for longer.

A row is a function (size, seed, report) → Result. The exit code says whether all passed; the last line is JSON.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
from collections.abc import Callable
from types import FrameType

from chaos import experiments, inbox, leaving, migrations, quirks, reconciliation, secrets, stock
from chaos.report import Report, Result
from chaos.tenancy import mutations, prover

ROWS: dict[str, Callable[[str, int, Report], Result]] = {
    "R1": inbox.run,
    "R2": quirks.run,
    "R3": reconciliation.run,
    "R5": prover.run,
    "R6": mutations.run,
    "R13": experiments.run,
    "R16": stock.run,
    "R18": leaving.run,
    "R19": migrations.run,
    "R20": secrets.run,
}


def main() -> int:
    options = _parse()
    signal.signal(signal.SIGTERM, _end)
    report = Report(options.size, options.seed)
    print(f"\n  chaos, {options.size} size. The same again: make chaos SIZE={options.size} SEED={options.seed}\n", flush=True)
    for row in options.only or ROWS:
        report.results[row] = ROWS[row](options.size, options.seed, report)
    print(report.table(), flush=True)
    print(report.last_line(), flush=True)
    return 0 if report.has_passed else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description="Breaks things on purpose and looks that the promises hold.")
    parser.add_argument("--size", choices=("check", "long"), default="check")
    parser.add_argument("--only", choices=tuple(ROWS), action="append", help="this row alone; may be given again")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="of everything that is drawn by lot")
    return parser.parse_args()


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(1)  # through every `finally`: what was started is ended


if __name__ == "__main__":
    sys.exit(main())
