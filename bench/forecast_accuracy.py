"""How good forecasts are on a real shop, beside the naive ones: `python -m bench.forecast_accuracy FOLDER` or LUXEBRAIN_RETAIL=FOLDER.

FOLDER has weekly_units.parquet and weekly_price.parquet (a product a row, a Monday a column), derived from UCI "Online Retail" (Chen, Sain,
Guo 2012, CC BY 4.0). Rolling origins, four weeks ahead, one configuration. Weeks before a product's first sale are not on sale.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from luxebrain.engines import accuracy, forecasts, histories, smoothing
from luxebrain.engines.accuracy import Accuracy, Interval
from luxebrain.engines.forecasts import Method
from luxebrain.engines.histories import Floats

HORIZON, FEWEST_WEEKS, ORIGINS = 4, 8, 6


@dataclass(frozen=True, slots=True)
class Shop:
    """Both (n_products, n_weeks); `units` NaN before the first sale."""

    units: Floats
    prices: Floats


Answer = tuple[Floats, Interval | None]


def main() -> int:
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("LUXEBRAIN_RETAIL", "")
    if not folder or not (Path(folder) / "weekly_units.parquet").exists():
        print("No weekly_units.parquet: name its folder as the argument or in LUXEBRAIN_RETAIL. Nothing was measured.")
        return 0
    print(f"{'':16}{'WAPE':>8}{'bias':>8}{'MASE':>8}{'RMSSE':>8}{'covers':>8}")
    judged = table(read_shop(Path(folder)))
    for name, found in judged.items():
        row = (found.wape, found.bias, found.mase, found.rmsse, found.coverage)
        print(f"{name:16}" + "".join(f"{'':>8}" if figure is None else f"{figure:8.3f}" for figure in row))
    ours = judged["chosen"]
    figures = {name: round(getattr(ours, name), 3) for name in ("wape", "bias", "rmsse")}
    print(json.dumps({"name": "forecasts", **figures}))
    return 0


def read_shop(folder: Path) -> Shop:
    units, prices = (
        pd.read_parquet(folder / f"weekly_{name}.parquet").set_index("item").to_numpy(dtype=np.float64) for name in ("units", "price")
    )
    before_first = np.cumsum(np.nan_to_num(units), axis=1) == 0
    return Shop(np.where(before_first, np.nan, units), prices)


def table(shop: Shop) -> dict[str, Accuracy]:
    """Method → accuracy over all origins and products known for eight weeks."""
    methods: dict[str, Callable[[Shop], Answer]] = {
        "chosen": lambda past: ours(past, Method.AUTO),
        "default": lambda past: ours(past, Method.SMOOTHED),
        "naive": lambda past: _flat(smoothing.naive(past.units)),
        "moving average 8": lambda past: _flat(histories.row_means(past.units[:, -8:])),
        "SES": lambda past: _flat(smoothing.exponential(past.units)[0]),
    }
    return {name: judge(shop, method) for name, method in methods.items()}


def judge(shop: Shop, method: Callable[[Shop], Answer]) -> Accuracy:
    weeks = shop.units.shape[1]
    parts = [_one_origin(shop, cutoff, method) for cutoff in range(weeks - HORIZON - 3 * (ORIGINS - 1), weeks - HORIZON + 1, 3)]
    history, actual, mean = (np.concatenate([part[one] for part in parts]) for one in range(3))
    bands = [part[3] for part in parts if part[3] is not None]
    interval = (
        Interval(bands[0].level, np.concatenate([b.lower for b in bands]), np.concatenate([b.upper for b in bands])) if bands else None
    )
    return accuracy.accuracy(history, actual, mean, interval)


def _one_origin(shop: Shop, cutoff: int, method: Callable[[Shop], Answer]) -> tuple[Floats, Floats, Floats, Interval | None]:
    mean, interval = method(Shop(shop.units[:, :cutoff], shop.prices[:, :cutoff]))
    judged = np.isfinite(shop.units[:, :cutoff]).sum(axis=1) >= FEWEST_WEEKS
    history = np.where(np.arange(shop.units.shape[1]) < cutoff, shop.units, np.nan)
    after = np.nan_to_num(shop.units[:, cutoff : cutoff + HORIZON])
    cut = None if interval is None else Interval(interval.level, interval.lower[judged], interval.upper[judged])
    return history[judged], after[judged], mean[judged], cut


def ours(past: Shop, method: Method) -> Answer:
    found = forecasts.forecast(past.units, HORIZON, past.prices, method=method)
    return found.mean, Interval(found.levels[0], found.lower, found.upper)


def _flat(level: Floats) -> Answer:
    return np.repeat(np.nan_to_num(level)[:, None], HORIZON, axis=1), None


if __name__ == "__main__":
    raise SystemExit(main())
