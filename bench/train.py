"""`make bench-train`: neighbours of 50,000 products from 10 million made-up purchases of a million customers, beside the implicit library.

Each in a process of its own, so that its memory is its own: ours is what a catalogue too large for EASE is learned by (`similarity`), the
library's BM25 keeps 100 neighbours of each product as well, and a plain cosine multiplies unit columns in blocks of 1,000. Making up the
purchases counts for none of them. Runs in the environment of bench/peers/requirements.txt.
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array, csr_matrix, diags_array

from luxebrain.engines import similarity

CUSTOMERS, PRODUCTS, PURCHASES = 1_000_000, 50_000, 10_200_000
K, BLOCK = 100, 1_000


def main() -> int:
    if sys.argv[1:]:
        print(json.dumps(_measure(sys.argv[1])))
        return 0
    ours, _plain_cosine, peer = compare(["ours", "plain", "implicit"]).values()
    figures = {"cpu_s": ours["cpu_s"], "peak_mb": ours["peak_mb"], "peer_cpu_s": peer["cpu_s"], "peer_peak_mb": peer["peak_mb"]}
    print(json.dumps({"name": "train", **figures, "ratio": round(peer["cpu_s"] / ours["cpu_s"], 2)}), flush=True)
    return 0


def compare(names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Wall and CPU seconds, and the most memory held, of each way."""
    found = {}
    for name in names:
        figures = json.loads(subprocess.check_output([sys.executable, "-W", "ignore", "-m", "bench.train", name]))
        print(f"  {name:13} {figures['wall_s']:5.1f} s, {figures['cpu_s']:5.1f} CPU s, {figures['peak_mb']} MB", flush=True)
        found[name] = figures
    return found


def _measure(name: str) -> dict[str, float]:
    cells = _purchases()
    before_mb, wall, cpu = _peak_mb(), time.perf_counter(), time.process_time()
    LEARNERS[name](cells)
    seconds = {"wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1)}
    return seconds | {"peak_mb": _peak_mb(), "purchases_mb": before_mb}


def _purchases() -> Any:
    """Each customer some ten of the 50,000, of which a few are liked by many (Zipf); float32."""
    lot = np.random.default_rng(0)
    weights = 1.0 / np.arange(10, PRODUCTS + 10) ** 0.8
    columns = np.searchsorted(np.cumsum(weights / weights.sum()), lot.random(PURCHASES)).astype(np.int32)
    rows = np.sort(lot.integers(0, CUSTOMERS, PURCHASES, dtype=np.int32))
    indptr = np.searchsorted(rows, np.arange(CUSTOMERS + 1)).astype(np.int32)
    cells = csr_array((np.ones(PURCHASES, dtype=np.float32), columns, indptr), shape=(CUSTOMERS, PRODUCTS))
    cells.sum_duplicates()
    cells.data[:] = 1.0
    return cells


def _plain(cells: Any) -> list[Any]:
    norms = np.sqrt(np.asarray(cells.multiply(cells).sum(axis=0)).ravel())
    unit = (cells @ diags_array(1 / np.maximum(norms, 1e-9))).tocsc()
    return [_largest((unit[:, start : start + BLOCK].T @ unit).tocsr()) for start in range(0, PRODUCTS, BLOCK)]


def _largest(block: Any) -> Any:
    kept = []
    for row in range(block.shape[0]):
        scores = block.data[block.indptr[row] : block.indptr[row + 1]]
        kept.append(np.argpartition(-scores, min(K, len(scores) - 1))[:K] if len(scores) else scores)
    return kept


def _implicit(cells: Any) -> None:
    model = importlib.import_module("implicit.nearest_neighbours").BM25Recommender(K=K, num_threads=2)
    model.fit(csr_matrix(cells), show_progress=False)


LEARNERS: dict[str, Callable[[Any], Any]] = {"ours": similarity.block_cosine, "plain": _plain, "implicit": _implicit}


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    sys.exit(main())
