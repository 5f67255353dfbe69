"""`make evaluate`: every engine on what is at hand, one table each beside the naive way, and one line of JSON at the end.

The sample shop that comes with LuxeBrain, and made-up markets and experiments, are always at hand. `make evaluate OCTOBER= RETAIL= CDNOW=`
adds real shops: folders as evaluate_recommendations, forecast_accuracy and evaluate_lifetime_value describe them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from luxebrain.engines.backtest import backtest
from tests.engines import samples

MEASURES = {"ndcg@10": "nDCG@10", "hit_rate@10": "hit@10", "coverage@10": "coverage"}


def main() -> int:
    october, retail, cdnow = (os.environ.get(name, "") for name in ("OCTOBER", "RETAIL", "CDNOW"))
    results: dict[str, object] = {"sample_shop": _sample_shop()}
    for name, arguments, is_at_hand in (
        ("evaluate_recommendations", [october], october),
        ("forecast_accuracy", [retail], retail),
        ("evaluate_lifetime_value", [cdnow, retail], cdnow and retail),
        ("evaluate_pricing", [], True),
        ("evaluate_experiments", [], True),
    ):
        print(f"\n── {name}" + ("" if is_at_hand else ": no folder was named, nothing was measured"), flush=True)
        if is_at_hand:
            results[name] = _run(name, *arguments)
    print("\n" + json.dumps({"name": "evaluate", **results}))
    return 0


def _sample_shop() -> dict[str, float]:
    """The cart's suggestions of the sample shop's last four weeks."""
    found = backtest(samples.read_lines(), samples.read_catalogue(), now=samples.NOW)
    print(f"── the sample shop: one product of each of {found.cases} baskets hidden")
    print(f"{'':14}{'LuxeBrain':>12}{'what is popular':>18}")
    for measure, word in MEASURES.items():
        print(f"{word:14}{found.figures['model'][measure]:12.3f}{found.figures['baseline'][measure]:18.3f}")
    return {measure: round(found.figures["model"][measure], 4) for measure in MEASURES}


def _run(name: str, *arguments: str) -> object:
    said = subprocess.run([sys.executable, "-m", f"bench.{name}", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout
    print(said, end="", flush=True)
    return json.loads(said.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
