"""How good a ranking is: precision, recall, F1, nDCG, MRR, hit rate at k and coverage, each with its standard error. Numpy only.

Ranking is judged over all products, not over sampled negatives (Krichene and Rendle, "On sampled metrics", KDD 2020), on
what was bought after a cut in time, and always beside the naive list that shows everybody what is popular.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Hits = NDArray[np.bool_]
Ranked = Sequence[Sequence[Hashable]]
Truths = Sequence[Collection[Hashable]]


@dataclass(frozen=True, slots=True)
class Metric:
    """A mean over `cases` (customers or baskets) and its standard error; the error is NaN-free: 0.0 for a single case."""

    mean: float
    standard_error: float
    cases: int


def hits(ranked: Ranked, truths: Truths, k: int) -> Hits:
    """(cases × k) booleans: is the product at this place among the truth? Raises ValueError for lists that do not belong together."""
    if len(ranked) != len(truths):
        raise ValueError(f"{len(ranked)} rankings for {len(truths)} truths")
    table = np.zeros((len(ranked), k), dtype=bool)
    for case, (items, truth) in enumerate(zip(ranked, truths, strict=True)):
        wanted = set(truth)
        shown = [item in wanted for item in items[:k]]
        if len(set(items[:k])) != len(shown):
            raise ValueError("a product is recommended twice in one list")
        table[case, : len(shown)] = shown
    return table


def precision_at_k(ranked: Ranked, truths: Truths, k: int) -> Metric:
    return summary(hits(ranked, truths, k).sum(axis=1) / k)


def recall_at_k(ranked: Ranked, truths: Truths, k: int) -> Metric:
    """Share of what was bought that is among the first k; every truth must hold something."""
    return summary(hits(ranked, truths, k).sum(axis=1) / _sizes(truths))


def f1_at_k(ranked: Ranked, truths: Truths, k: int) -> Metric:
    """Mean over cases of the harmonic mean of precision and recall, which is 2 hits / (k + bought)."""
    return summary(np.asarray(2 * hits(ranked, truths, k).sum(axis=1) / (k + _sizes(truths))))


def ndcg_at_k(ranked: Ranked, truths: Truths, k: int) -> Metric:
    """Binary gains, discount 1 / log2(rank + 1), divided by the best that was possible (Järvelin and Kekäläinen 2002)."""
    return summary(_gains(ranked, truths, k))


def mrr_at_k(ranked: Ranked, truths: Truths, k: int) -> Metric:
    """One over the rank of the first product that was bought, 0 when there is none among k."""
    return summary((hits(ranked, truths, k) / np.arange(1.0, k + 1)).max(axis=1))


def hit_rate_at_k(ranked: Ranked, truths: Truths, k: int) -> Metric:
    return summary(np.asarray(hits(ranked, truths, k).any(axis=1), dtype=np.float64))


def coverage_at_k(ranked: Ranked, catalogue_size: int, k: int) -> float:
    """Share of the catalogue that anybody is shown; 0 for an empty catalogue."""
    return len({item for items in ranked for item in items[:k]}) / catalogue_size if catalogue_size else 0.0


def time_split(ordered_at: NDArray[np.int64], cutoff: int) -> tuple[Hits, Hits]:
    """(training, test) masks: strictly before the cutoff, and from it on; both in epoch seconds."""
    before = ordered_at < cutoff
    return before, ~before


def report(ranked: Ranked, truths: Truths, *, k: int, catalogue_size: int) -> dict[str, float]:
    """Every metric as `name@k` and `name@k_se`, flat, for a model card or JSON."""
    measures = {
        "precision": precision_at_k,
        "recall": recall_at_k,
        "f1": f1_at_k,
        "ndcg": ndcg_at_k,
        "mrr": mrr_at_k,
        "hit_rate": hit_rate_at_k,
    }
    figures: dict[str, float] = {}
    for name, measure in measures.items():
        metric = measure(ranked, truths, k)
        figures |= {f"{name}@{k}": metric.mean, f"{name}@{k}_se": metric.standard_error}
    return figures | {f"coverage@{k}": coverage_at_k(ranked, catalogue_size, k), "cases": float(len(truths))}


def compare(ranked: Ranked, baseline: Ranked, truths: Truths, *, k: int, catalogue_size: int) -> dict[str, dict[str, float]]:
    """A model card's figures: {"model": …, "baseline": …, "difference": …}; the difference is paired, case by case, in nDCG."""
    paired = summary(_gains(ranked, truths, k) - _gains(baseline, truths, k))
    return {
        "model": report(ranked, truths, k=k, catalogue_size=catalogue_size),
        "baseline": report(baseline, truths, k=k, catalogue_size=catalogue_size),
        "difference": {f"ndcg@{k}": paired.mean, f"ndcg@{k}_se": paired.standard_error},
    }


@dataclass(frozen=True, slots=True)
class Promotion:
    """Whether the new model takes the place of the one in use. `difference`: new less old in nDCG, paired; `reason` in a sentence."""

    is_promoted: bool
    difference: Metric
    reason: str


def decide_promotion(new: Ranked, in_use: Ranked, truths: Truths, *, k: int) -> Promotion:
    """The new one is promoted unless it is worse by more than two standard errors, over the same cases, which neither has seen."""
    gains, gains_in_use = _gains(new, truths, k), _gains(in_use, truths, k)
    difference = summary(gains - gains_in_use)
    is_worse = difference.mean < -2 * difference.standard_error
    verdict = "clearly worse than" if is_worse else "not worse than"
    means = f"nDCG@{k} {gains.mean():.3f} against {gains_in_use.mean():.3f} over {len(gains)} cases"
    return Promotion(not is_worse, difference, f"The new model is {verdict} the one in use ({means}, ± {difference.standard_error:.3f}).")


def summary(values: NDArray[np.float64]) -> Metric:
    """Mean and standard error; raises ValueError when there is no case to judge."""
    if not len(values):
        raise ValueError("nothing to judge: no case has bought anything after the cutoff")
    error = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return Metric(float(np.mean(values)), error, len(values))


def _gains(ranked: Ranked, truths: Truths, k: int) -> NDArray[np.float64]:
    """nDCG of each case."""
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(discounts)[np.minimum(_sizes(truths), k) - 1]
    return np.asarray(hits(ranked, truths, k) @ discounts / ideal, dtype=np.float64)


def _sizes(truths: Truths) -> NDArray[np.int64]:
    sizes = np.array([len(set(truth)) for truth in truths], dtype=np.int64)
    if (sizes == 0).any():
        raise ValueError("a case without a truth cannot be judged; leave it out")
    return sizes
