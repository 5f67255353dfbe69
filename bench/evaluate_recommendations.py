"""How good recommendations are on real orders of the month after: `python -m bench.evaluate_recommendations <folder>`.

The folder holds train_all.parquet (user, -1 unknown, item, basket, ts, qty), test_users.parquet (user, bought, new: the next basket, and
what of it was never bought before) and test_baskets.parquet (user, hidden, ctx and ctx3: all others of the basket, and at most three).
Ranking is over all products; beside ours stands what is popular. ± is a standard error.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd

from luxebrain.engines import ranking, recommendations
from luxebrain.engines.named_recommender import NamedRecommender

K = 10
NAMES = {"user": "customer_id", "item": "product_id", "basket": "order_id", "ts": "ordered_at", "qty": "quantity"}
TASKS = {
    "new": "next basket, never bought before",
    "bought": "next basket, repeats allowed",
    "ctx": "basket, all others given",
    "ctx3": "basket, at most three given",
}


def main() -> int:
    folder = Path(sys.argv[1])
    orders = pd.read_parquet(folder / "train_all.parquet").rename(columns=NAMES)
    began = time.perf_counter()
    model = recommendations.fit(orders)
    fit_s = time.perf_counter() - began
    figures = {name: judge(model, folder, name) for name in TASKS}
    print(f"{len(model.product_ids):,} products, {len(orders):,} lines, learned in {fit_s:.1f} s\n")
    print(f"{'':36}{'nDCG@10':>17}{'hit@10':>9}{'coverage':>10}{'popular':>9}")
    for name, words in TASKS.items():
        ours, popular = figures[name]
        shown = (f"{ours['ndcg@10']:9.4f} ± {ours['ndcg@10_se']:.4f}", f"{ours['hit_rate@10']:9.3f}", f"{ours['coverage@10']:10.3f}")
        print(f"{words:36}{''.join(shown)}{popular['ndcg@10']:9.4f}")
    summary = {name: round(ours[f"ndcg@{K}"], 4) for name, (ours, _popular) in figures.items()}
    print(json.dumps({"name": "recommendations", "ndcg@10": summary, "fit_s": round(fit_s, 1)}))
    return 0


def judge(model: NamedRecommender, folder: Path, name: str) -> tuple[dict[str, float], dict[str, float]]:
    """(ours, what is popular)."""
    if name in ("new", "bought"):
        cases = pd.read_parquet(folder / "test_users.parquet")
        cases = cases[cases[name].map(len) > 0]
        bought = pd.read_parquet(folder / "train_all.parquet").groupby("user")["item"].agg(set)
        truths, hidden = (
            [set(truth) for truth in cases[name]],
            [bought.get(user, set()) if name == "new" else set() for user in cases["user"]],
        )
        ours = model.for_customers(cases["user"].tolist(), K, include_bought=name == "bought")
    else:
        cases = pd.read_parquet(folder / "test_baskets.parquet")
        baskets = [list(basket) for basket in cases[name]]
        truths, hidden = [{product} for product in cases["hidden"]], [set(basket) for basket in baskets]
        ours = model.complete(baskets, K, cases["user"].tolist())
    popular = model.popular(len(model.product_ids))
    beside = [[product for product in popular if product not in without][:K] for without in hidden]
    return _report(ours, truths, model), _report(beside, truths, model)


def _report(lists: list[list[str]], truths: list[set[str]], model: NamedRecommender) -> dict[str, float]:
    return ranking.report(lists, truths, k=K, catalogue_size=len(model.product_ids))


if __name__ == "__main__":
    sys.exit(main())
