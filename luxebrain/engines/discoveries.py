"""Which of many comparisons to believe, where several variations are compared on several metrics: some would look good by chance alone.

Benjamini and Hochberg (1995): of what is called a discovery, a stated share at most is false, on average. It holds for comparisons that are
independent or go together, as metrics of the same visitors do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Discoveries:
    """Shaped as what was asked. `q_values`: the share of false ones at which each would just be a discovery."""

    q_values: NDArray[np.float64]
    is_discovery: NDArray[np.bool_]


def discover(p_values: ArrayLike, false_share: float = 0.05) -> Discoveries:
    """p_values: any shape, as (n_treatments, n_metrics), each of one look alone, at the end (`effects.Effect.p_value`).

    Raises ValueError where there are none, or one is no probability: NaN is not left out in silence.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not 0 < false_share < 1:
        raise ValueError(f"The share of false discoveries lies between 0 and 1, not at {false_share}.")
    if not p.size or not ((p >= 0) & (p <= 1)).all():
        raise ValueError("There is one p-value from 0 to 1 for each comparison, and one at least.")
    order = np.argsort(p, axis=None)
    scaled = p.ravel()[order] * p.size / np.arange(1, p.size + 1)
    q = np.empty(p.size)
    q[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    q_values = np.minimum(q, 1).reshape(p.shape)
    return Discoveries(q_values, q_values <= false_share)
