"""`make evaluate-peers [OCTOBER= RETAIL= CDNOW=]`: ours beside the public libraries, one table each, JSON last.

Runs in the environment of bench/peers/requirements.txt. The made-up series and purchases need no folder; real shops do, as `make evaluate`
describes them.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench import evaluate_lifetime_value, evaluate_recommendations, forecast, forecast_accuracy, train
from bench.peers import recommenders
from luxebrain.engines import forecasts, lifetime_value, recommendations
from luxebrain.engines.forecasts import Method

FEW = 500  # series whose time stands for all


def main() -> int:
    warnings.simplefilter("ignore")
    october, retail, cdnow = (os.environ.get(name, "") for name in ("OCTOBER", "RETAIL", "CDNOW"))
    results: dict[str, Any] = {"forecast_cpu_s": _forecast_times(), "train": train.compare(["ours", "implicit"])}
    for name, folder, judge in (
        ("recommendations", october, _recommendations),
        ("forecasts", retail, _forecasts),
        ("lifetime_value", cdnow, _lifetime_values),
    ):
        print(f"\n── {name}" + ("" if folder else ": no folder was named, nothing was measured"), flush=True)
        if folder:
            results[name] = judge(Path(folder))
    print("\n" + json.dumps({"name": "evaluate-peers", **results}))
    return 0


def _recommendations(folder: Path) -> dict[str, dict[str, float]]:
    """nDCG@10 of the next basket and of the basket's missing product."""
    orders = pd.read_parquet(folder / "train_all.parquet").rename(columns=evaluate_recommendations.NAMES)
    models: dict[str, Callable[[], Any]] = {
        "ours": lambda: recommendations.fit(orders),
        "implicit BM25": lambda: recommenders.Peer(recommenders.bm25(), orders, is_weighted=False),
        "implicit ALS": lambda: recommenders.Peer(recommenders.als(), orders, is_weighted=True),
    }
    tasks = evaluate_recommendations.TASKS
    print(f"{'nDCG@10':16}" + "".join(f"{name:>9}" for name in tasks))
    found = {}
    for name, make in models.items():
        model = make()
        judged = {task: evaluate_recommendations.judge(model, folder, task)[0]["ndcg@10"] for task in tasks}
        print(f"{name:16}" + "".join(f"{value:9.4f}" for value in judged.values()), flush=True)
        found[name] = {task: round(value, 4) for task, value in judged.items()}
    return found


def _forecasts(folder: Path) -> dict[str, dict[str, float | None]]:
    from statsforecast.models import IMAPA, AutoETS, DynamicOptimizedTheta

    shop = forecast_accuracy.read_shop(folder)
    methods: dict[str, Callable[[forecast_accuracy.Shop], forecast_accuracy.Answer]] = {
        "ours": lambda past: forecast_accuracy.ours(past, Method.AUTO),
        "AutoETS": lambda past: _by_series(AutoETS(season_length=1), past),
        "Theta": lambda past: _by_series(DynamicOptimizedTheta(season_length=1), past),
        "IMAPA": lambda past: _by_series(IMAPA(), past),
    }
    print(f"{'':16}{'WAPE':>8}{'bias':>8}{'RMSSE':>8}")
    found = {}
    for name, method in methods.items():
        judged = forecast_accuracy.judge(shop, method)
        figures = {"wape": judged.wape, "bias": judged.bias, "rmsse": judged.rmsse}
        print(f"{name:16}" + "".join(f"{value or 0:8.3f}" for value in figures.values()), flush=True)
        found[name] = {key: None if value is None else round(value, 3) for key, value in figures.items()}
    return found


def _by_series(model: Any, past: forecast_accuracy.Shop) -> forecast_accuracy.Answer:
    def of(row: Any) -> Any:
        known = row[np.isfinite(row)]
        if len(known) < forecast_accuracy.FEWEST_WEEKS:  # not judged
            return np.zeros(forecast_accuracy.HORIZON)
        return np.maximum(model.forecast(y=known, h=forecast_accuracy.HORIZON)["mean"], 0.0)

    return np.stack([of(row) for row in past.units]), None


def _lifetime_values(folder: Path) -> dict[str, dict[str, float]]:
    from lifetimes import BetaGeoFitter

    split = evaluate_lifetime_value.split(evaluate_lifetime_value.read_cdnow(folder / "sample.csv.gz"), "1997-09-30", "1998-06-30")
    ours = lifetime_value.fit(split.frequency, split.recency, split.age, split.mean_value).expected_orders(split.horizon)
    peer = BetaGeoFitter().fit(split.frequency, split.recency, split.age)
    theirs = peer.conditional_expected_number_of_purchases_up_to_time(split.horizon, split.frequency, split.recency, split.age)
    errors = {who: round(evaluate_lifetime_value.rmse(orders, split.later), 4) for who, orders in (("ours", ours), ("lifetimes", theirs))}
    print(f"CDNOW sample, RMSE of orders: {errors}")
    return {"CDNOW sample": errors}


def _forecast_times() -> dict[str, float]:
    """CPU seconds for 10,000 series; of statsforecast from FEW of them, after a first call that compiles."""
    from statsforecast.models import AutoETS

    units = forecast.make_units()
    ours = forecast.cpu_s(lambda: forecasts.forecast(units, forecast.HORIZON, method=Method.SMOOTHED))
    model = AutoETS(season_length=1)
    model.forecast(y=units[0], h=forecast.HORIZON)
    theirs = forecast.cpu_s(lambda: [model.forecast(y=row, h=forecast.HORIZON) for row in units[:FEW]]) * len(units) / FEW
    print(
        f"── {len(units):,} forecasts\nours with bands and backtest {ours:.1f} CPU s, statsforecast AutoETS {theirs:.1f} CPU s", flush=True
    )
    return {"ours": round(ours, 1), "AutoETS": round(theirs, 1)}


if __name__ == "__main__":
    raise SystemExit(main())
