"""False winners, power and visitors of `experiments.decide`, by simulation: `.venv/bin/python -m bench.evaluate_experiments`.

Ten looks, 1,000 visitors an arm and look, 5 % of them convert; power at a fifth more. Beside it what one look at the end comes to, and a
peek at each look with the bound of one. Vectorised over experiments: the bounds are those that `decide` uses.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from numpy.typing import NDArray

from luxebrain.engines import sequential
from luxebrain.engines.experiments import HOPED_UPLIFT

EXPERIMENTS, LOOKS, STEP, BASE, LIFT, ALPHA = 40_000, 10, 1_000, 0.05, 0.2, 0.05
Crossed = NDArray[np.bool_]


def main() -> int:
    same, better = (_rules(*_differences(lift, seed)) for lift, seed in ((0.0, 1), (LIFT, 2)))
    rows = {name: _row(same[name], better[name]) for name in same}
    for name, row in rows.items():
        print(f"  {name:28} false winners {row['false_winners']:.4f}   power {row['power']:.4f}   visitors an arm {row['visitors']:,.0f}")
    print(json.dumps({"name": "evaluate-experiments", "experiments": EXPERIMENTS, **rows}))
    return 0


def _differences(lift: float, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(difference of rates, its variance, pooled rate), each (experiments, looks)."""
    lot = np.random.default_rng(seed)
    conversions = np.cumsum(lot.binomial(STEP, [BASE, BASE * (1 + lift)], size=(EXPERIMENTS, LOOKS, 2)), axis=1)
    visitors = STEP * np.arange(1, LOOKS + 1)
    pooled = conversions.sum(axis=2) / (2 * visitors)
    return (conversions[:, :, 1] - conversions[:, :, 0]) / visitors, pooled * (1 - pooled) * 2 / visitors, pooled


def _rules(difference: NDArray[np.float64], variance: NDArray[np.float64], pooled: NDArray[np.float64]) -> dict[str, Crossed]:
    z, one_look = np.abs(difference) / np.sqrt(variance), sequential.bounds((1.0,), 1, ALPHA)[0]
    planned = np.array(sequential.bounds(tuple(float(look) for look in range(1, LOOKS + 1)), LOOKS, ALPHA))
    at_end = np.zeros_like(z, dtype=np.bool_)
    at_end[:, -1] = z[:, -1] >= one_look
    evidence = np.vectorize(sequential.log_evidence)(difference, variance, HOPED_UPLIFT * pooled)
    return {
        "one look at the end": at_end,
        "a peek at each look": z >= one_look,
        "planned looks (ours)": z >= planned,
        "looks for ever (ours)": evidence >= np.log(1 / ALPHA),
    }


def _row(same: Crossed, better: Crossed) -> dict[str, float]:
    stopped = np.where(better.any(axis=1), better.argmax(axis=1) + 1, LOOKS)
    return {
        "false_winners": round(float(same.any(axis=1).mean()), 4),
        "power": round(float(better.any(axis=1).mean()), 4),
        "visitors": float(round(STEP * stopped.mean())),
    }


if __name__ == "__main__":
    sys.exit(main())
