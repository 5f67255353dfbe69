"""False winners, power and visitors of `experiments`, by simulation: `.venv/bin/python -m bench.evaluate_experiments`.

Ten looks, 1,000 visitors an arm and look, 5 % of them convert; power at a fifth more. Beside it what one look at the end comes to, and a
peek at each look with the bound of one. Then money: spent a visitor, with and without what was spent before, and spent an order.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from numpy.typing import NDArray

from luxebrain.engines import sequential
from luxebrain.engines.effects import Sums
from luxebrain.engines.experiments import State, decide, decide_on

EXPERIMENTS, LOOKS, STEP, BASE, LIFT, ALPHA = 20_000, 10, 1_000, 0.05, 0.2, 0.05
MONEY_EXPERIMENTS, MONEY_LIFT = 2_000, 0.08
Floats = NDArray[np.float64]
Crossed = NDArray[np.bool_]
Row = dict[str, float]


def main() -> int:
    same, better = (_rules(lift, seed) for lift, seed in ((0.0, 1), (LIFT, 2)))
    rows = {name: _row(same[name], better[name]) for name in same}
    for name, row in rows.items():
        _say(name, row)
    print(f"  money: {MONEY_LIFT:.0%} more spent an order; {MONEY_EXPERIMENTS:,} experiments")
    same_money, better_money = (_money(lift, seed) for lift, seed in ((0.0, 3), (MONEY_LIFT, 4)))
    money = {name: _row(same_money[name], better_money[name]) for name in same_money}
    for name, row in money.items():
        _say(name, row)
    print(json.dumps({"name": "evaluate-experiments", "experiments": EXPERIMENTS, **rows, "money": money}))
    return 0


def _say(name: str, row: Row) -> None:
    print(f"  {name:40} false winners {row['false_winners']:.4f}   power {row['power']:.4f}   visitors an arm {row['visitors']:,.0f}")


def _rules(lift: float, seed: int) -> dict[str, Crossed]:
    """By rule, (experiments, looks): where it would stop."""
    lot = np.random.default_rng(seed)
    conversions = np.cumsum(lot.binomial(STEP, [BASE, BASE * (1 + lift)], size=(EXPERIMENTS, LOOKS, 2)), axis=1)
    visitors = STEP * np.arange(1, LOOKS + 1)
    pooled = conversions.sum(axis=2) / (2 * visitors)
    z = np.abs(conversions[:, :, 1] - conversions[:, :, 0]) / visitors / np.sqrt(pooled * (1 - pooled) * 2 / visitors)
    peeks = z >= sequential.bounds((1.0,), 1, ALPHA)[0]
    return {
        "one look at the end": peeks & (np.arange(LOOKS) == LOOKS - 1),
        "a peek at each look": peeks,
        "planned looks (ours)": np.array([_decided(each, LOOKS) for each in conversions]),
        "looks for ever (ours)": np.array([_decided(each, None) for each in conversions]),
    }


def _decided(conversions: NDArray[np.int64], planned_looks: int | None) -> Crossed:
    """(looks,): the one that decided."""
    looks = [{"visitors": [STEP * (look + 1)] * 2, "conversions": each} for look, each in enumerate(conversions.tolist())]
    decision = decide(looks, ALPHA, planned_looks)
    return np.array([decision.state is State.WINNER and decision.look == look + 1 for look in range(LOOKS)])


def _money(lift: float, seed: int) -> dict[str, Crossed]:
    """By metric and rule, (experiments, looks): the look that decided."""
    lot = np.random.default_rng(seed)
    crossed: dict[str, Crossed] = {}
    for number in range(MONEY_EXPERIMENTS):
        arms = [_arm(lot, factor) for factor in (1.0, 1 + lift)]
        for metric in arms[0]:
            looks = [list(look) for look in zip(arms[0][metric], arms[1][metric], strict=True)]
            for rule, planned_looks in (("planned", LOOKS), ("for ever", None)):
                table = crossed.setdefault(f"{metric}, {rule}", np.zeros((MONEY_EXPERIMENTS, LOOKS), dtype=np.bool_))
                decision = decide_on(looks, ALPHA, planned_looks)
                table[number, decision.look - 1] = decision.state is State.WINNER
    return crossed


def _arm(lot: np.random.Generator, factor: float) -> dict[str, list[Sums]]:
    """Cumulated sums of each metric: customers order half a time on average, some often, most never, and did so thrice as long before."""
    eager = lot.gamma(0.5, 1.0, (LOOKS, STEP))
    orders, orders_before = lot.poisson(eager).astype(np.float64), lot.poisson(3 * eager)
    spent, before = factor * lot.gamma(2.0 * orders, 20.0), lot.gamma(2.0 * orders_before, 20.0)
    metrics = {"spent a visitor": (None, None), "spent a visitor, CUPED": (None, before), "spent an order": (orders, None)}
    return {name: _cumulated(spent, under, was) for name, (under, was) in metrics.items()}


def _cumulated(spent: Floats, under: Floats | None, was: Floats | None) -> list[Sums]:
    sums, found = Sums(), []
    for look in range(LOOKS):
        sums += Sums.of(spent[look], None if under is None else under[look], None if was is None else was[look])
        found.append(sums)
    return found


def _row(same: Crossed, better: Crossed) -> Row:
    stopped = np.where(better.any(axis=1), better.argmax(axis=1) + 1, LOOKS)
    return {
        "false_winners": round(float(same.any(axis=1).mean()), 4),
        "power": round(float(better.any(axis=1).mean()), 4),
        "visitors": float(round(STEP * stopped.mean())),
    }


if __name__ == "__main__":
    sys.exit(main())
