"""What a person reads while chaos runs, the table at its end, and the one JSON line that programs read."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """`figures`: those FIGURES.md names, for the JSON line. `remarks`: measured beside them, for people."""

    figures: Figures
    remarks: Figures
    has_passed: bool


@dataclass(slots=True)
class Report:
    size: str
    seed: int
    results: dict[str, Result] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)
    _said_at: float = 0.0

    def say(self, text: str) -> None:
        print(f"  {time.monotonic() - self._began:6.1f} s  {text}", flush=True)

    def progress(self, share: float, text: str, *, took_s: float, every_s: float = 5.0) -> None:
        """A line now and then, with what is left by the pace so far once that says something. `took_s`: for this share, set-up aside."""
        elapsed_s = time.monotonic() - self._began
        if elapsed_s - self._said_at < every_s:
            return
        self._said_at = elapsed_s
        left = f", about {took_s * (1 - share) / share:.0f} s left" if share > 0.05 else ""
        self.say(f"{share:4.0%}  {text}{left}")

    @property
    def has_passed(self) -> bool:
        return all(result.has_passed for result in self.results.values())

    def table(self) -> str:
        lines = []
        for row, result in self.results.items():
            lines.append(f"\n  {row}  {'passed' if result.has_passed else 'FAILED'}")
            lines += [f"      {name:<28} {value}" for name, value in (*result.figures.items(), *result.remarks.items())]
        return "\n".join(lines)

    def last_line(self) -> str:
        rows = {row: dict(result.figures) for row, result in self.results.items()}
        return json.dumps({"name": "chaos", "size": self.size, "seed": self.seed, **rows})
