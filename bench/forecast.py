"""`make bench-forecast`: processor seconds to forecast 10,000 series of two years, four weeks ahead, each with its backtest and bands.

The default method and the boosted one beside the naive forecast alone; `make evaluate-peers` has statsforecast beside them.
"""

import json
import time
from collections.abc import Callable

import numpy as np

from luxebrain.engines import forecasts, histories, smoothing
from luxebrain.engines.forecasts import Method

SERIES, WEEKS, HORIZON = 10_000, 104, 4


def main() -> int:
    units = make_units()
    forecasts.forecast(units[:60], HORIZON, method=Method.BOOSTED)  # imports and first calls are not what is measured
    naive_s = cpu_s(lambda: smoothing.naive(histories.demand(units)))
    default_s = cpu_s(lambda: forecasts.forecast(units, HORIZON, method=Method.SMOOTHED))
    boosted_s = cpu_s(lambda: forecasts.forecast(units, HORIZON, method=Method.BOOSTED))
    print(f"naive, without bands: {naive_s:.2f} s; default {default_s / naive_s:.0f} times that, boosted {boosted_s / naive_s:.0f} times")
    print(json.dumps({"name": "forecast", "series": SERIES, "default_s": round(default_s, 2), "boosted_s": round(boosted_s, 2)}))
    return 0


def make_units() -> histories.Floats:
    """A long tail of levels, overdispersed weeks, half of the products with zeros."""
    rng = np.random.default_rng(5)
    level = rng.lognormal(1, 1.2, (SERIES, 1))
    return rng.poisson(level * rng.gamma(2, 0.5, (SERIES, WEEKS))).astype(float)


def cpu_s(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    raise SystemExit(main())
