"""What prices earn in simulated markets whose truth is known: `python -m bench.evaluate_pricing`, under a minute.

Twenty worlds of 300 products over 26 weeks, with unlimited stock and with stock that was bought once (`engines/market.py`); shares of what
the oracle earns, who knows every demand curve and moves by the same guards. ± is a standard error over worlds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from luxebrain.engines import market, pricing
from luxebrain.engines.market import Method, World
from luxebrain.engines.pricing import Guards, Observations

WORLDS = 20
FIRST_SEED = 1_000
Floats = NDArray[np.float64]


def rules(seen: Observations, guards: Guards, _week: int) -> Floats:
    """By pace and stock, as apps do: dearer where stock lasts less than four weeks, cheaper where it lasts longer than the season."""
    pace = np.nan_to_num(seen.units[-4:]).mean(axis=0) + 0.1
    weeks = np.where(np.isfinite(seen.stock), seen.stock, 13 * pace) / pace
    target = seen.last_prices * np.where(weeks < min(4, seen.weeks_left), 1.1, np.where(weeks > seen.weeks_left, 0.95, 1.0))
    return pricing.within(target, seen, guards)


METHODS: dict[str, Callable[[World], Method]] = {
    "list price": lambda _world: market.list_price,
    "random": lambda _world: market.random,
    "cost plus": lambda _world: market.cost_plus,
    "pace and stock": lambda _world: rules,
    "LuxeBrain": lambda _world: market.propose,
}


def main() -> int:
    shares = {kind: _shares(is_finite=kind == "finite") for kind in ("unlimited", "finite")}
    print(f"{'share of the profit of the oracle':36}{'unlimited stock':>20}{'finite stock':>20}")
    for at, name in enumerate(METHODS):
        cells = (f"{of[:, at].mean():12.3f} ± {of[:, at].std(ddof=1) / WORLDS**0.5:.3f}" for of in shares.values())
        print(f"{name:36}{''.join(cells)}")
    least = {kind: round(float((of[:, -1] - of[:, 0]).min()), 3) for kind, of in shares.items()}
    print(f"LuxeBrain above the list price, in the world where it is least so: {least}")
    means = {kind: {name: round(float(of[:, at].mean()), 3) for at, name in enumerate(METHODS)} for kind, of in shares.items()}
    print(json.dumps({"name": "pricing", **means, "least_above_list_price": least}))
    return 0


def _shares(*, is_finite: bool) -> Floats:
    """(worlds, methods)"""
    return np.array([_play(market.make_world(FIRST_SEED + number, is_finite=is_finite)) for number in range(WORLDS)])


def _play(world: World) -> list[float]:
    best = market.play(world, market.oracle(world))
    return [market.play(world, make(world)) / best for make in METHODS.values()]


if __name__ == "__main__":
    sys.exit(main())
