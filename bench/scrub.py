"""What scrubbing costs a log line: `python -m bench.scrub`. The best of several rounds, for a machine is never alone."""

from __future__ import annotations

import json
import timeit
from functools import partial

from luxebrain.scrub import scrub

LINE = (
    "Worker luxebrain: job inbox-apply-12-40: exception raised while executing (luxebrain.jobs.run) psycopg.errors.UniqueViolation: "
    'duplicate key value violates unique constraint "uq_contact_email" in 41.5 ms, route /stores/12/orders'
)
BAD = f"{LINE} for ada@shop.example with token=abc at postgresql://luxebrain:secret@localhost/luxebrain"
TIMES = 2000


def main() -> None:
    print(json.dumps({"name": "bench-scrub", "characters": len(LINE), "us_ordinary": _us(LINE), "us_with_secrets": _us(BAD)}))


def _us(text: str) -> float:
    return round(min(timeit.repeat(partial(scrub, text), number=TIMES)) / TIMES * 1e6, 1)


if __name__ == "__main__":
    main()
