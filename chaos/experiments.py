"""R13: two variations that are the same, looked at every day for four weeks, seldom make a winner; a wrong split of visitors is noticed.

Nothing is started: the engine alone is asked, as a dashboard asks it. Each experiment is decided by conversions and by what is spent a
visitor, with 28 planned looks and with looks that nobody planned. Shares of a simulation are uncertain. What may be just as large as it is
allowed to be passes up to what chance exceeds once in a thousand runs, and that is stated; unplanned looks have to stay below without it.
"""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
from scipy.stats import binom

from chaos.report import Report, Result
from luxebrain.engines.assignment import assign
from luxebrain.engines.effects import Sums
from luxebrain.engines.experiments import MISMATCH, State, decide, decide_on

EXPERIMENTS = {"check": 1_000, "long": 20_000}
DAYS, DAILY_VISITORS, RATE, ALPHA = 28, 600, 0.05, 0.05
PLANS = {"planned": DAYS, "unplanned": None}
FAULTY_VISITORS, FAULTY_SHARE, FOUND = 20_000, 0.48, 0.985
EVERY, HASHED_VISITORS = 5, 2_000  # of every fifth experiment, visitors are sent by the product's own hash, too
ONCE_IN = 1_000
Days = list[list[Sums]]


def run(size: str, seed: int, report: Report) -> Result:
    number, lot, began = EXPERIMENTS[size], np.random.default_rng(seed), time.monotonic()
    seen: Counter[str] = Counter()
    for done in range(number):
        report.progress(done / number, f"R13: experiment {done} of {number}", took_s=time.monotonic() - began)
        for metric, days in zip(("conversions", "spent"), _same(lot), strict=True):
            for plan, planned_looks in PLANS.items():
                seen[f"{metric}, {plan}"] += decide_on(days, ALPHA, planned_looks).state is State.WINNER
        seen["faults"] += _is_broken(int(lot.binomial(FAULTY_VISITORS, FAULTY_SHARE)), FAULTY_VISITORS)
        seen["sound, by lot"] += _is_broken(int(lot.binomial(FAULTY_VISITORS, 0.5)), FAULTY_VISITORS)
        if done % EVERY == 0:
            treated = sum(assign(f"{seed} {done}", f"visitor {each}") or 0 for each in range(HASHED_VISITORS))
            seen["sound, by hash"] += _is_broken(treated, HASHED_VISITORS)
    return judge(number, seen)


def judge(number: int, seen: Counter[str]) -> Result:
    """seen: of `number` experiments of each metric and plan those with a winner; of as many faults and sound splits those called broken."""
    share = {name: count / (number // EVERY if name == "sound, by hash" else number) for name, count in seen.items()}
    most = {f"{metric}, {plan}": ALPHA for metric in ("conversions", "spent") for plan in PLANS}
    most |= {rule: _most(ALPHA, number) for rule in most if not rule.endswith("unplanned")}
    most |= {"sound, by lot": _most(MISMATCH, number), "sound, by hash": _most(MISMATCH, number // EVERY)}
    least_found = 1 - _most(1 - FOUND, number)
    figures = {
        "experiments": number,
        "false_winners": share["conversions, unplanned"],
        "false_winners_planned": share["conversions, planned"],
        "faults_found": share["faults"],
    }
    remarks = {
        **{f"{name}: at most": f"{share[name]:.4f} of {limit:.4f}" for name, limit in most.items()},
        "faults: at least": f"{share['faults']:.4f} of {least_found:.4f}",
        "the limits": f"{ALPHA} without a plan; else what {ALPHA}, {FOUND} and {MISMATCH} pass once in {ONCE_IN:,} runs",
    }
    return Result(figures, remarks, all(share[name] <= most[name] for name in most) and share["faults"] >= least_found)


def _most(share: float, number: int) -> float:
    return float(binom.isf(1 / ONCE_IN, number, share)) / number


def _same(lot: np.random.Generator) -> tuple[Days, Days]:
    """(conversions, spent): the sums of both variations after each day; one in twenty spends, 40 on average and widely."""
    conversions, spent = ([[Sums(), Sums()]], [[Sums(), Sums()]])
    for visitors in lot.poisson(DAILY_VISITORS, DAYS):
        control = int(lot.binomial(visitors, 0.5))
        day = [_values(lot, count) for count in (control, int(visitors) - control)]
        conversions.append([before + Sums.of(values > 0) for before, values in zip(conversions[-1], day, strict=True)])
        spent.append([before + Sums.of(values) for before, values in zip(spent[-1], day, strict=True)])
    return conversions[1:], spent[1:]


def _values(lot: np.random.Generator, visitors: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = np.zeros(visitors)
    bought = int(lot.binomial(visitors, RATE))
    values[:bought] = lot.gamma(2.0, 20.0, bought)
    return values


def _is_broken(treated: int, visitors: int) -> bool:
    return decide([{"visitors": [visitors - treated, treated], "conversions": [0, 0]}]).state is State.BROKEN
