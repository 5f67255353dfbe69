"""`make bench-train`: neighbours of 50,000 products from 10 million made-up purchases of a million customers, beside a plain cosine.

Each in a process of its own, so that its memory is its own: ours is what a catalogue too large for EASE is learned by (`similarity`), the
other multiplies unit columns in blocks of 1,000 and keeps the 100 largest of each. Making up the purchases counts for neither.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array

from luxebrain.engines import similarity

CUSTOMERS, PRODUCTS, PURCHASES = 1_000_000, 50_000, 10_200_000
K, BLOCK = 100, 1_000


def main() -> int:
    if sys.argv[1:]:
        print(json.dumps(_measure(sys.argv[1])))
        return 0
    ours, plain = (json.loads(subprocess.check_output([sys.executable, "-m", "bench.train", name])) for name in ("ours", "plain"))
    for name, figures in (("ours", ours), ("plain cosine", plain)):
        print(f"  {name:13} {figures['wall_s']:5.1f} s, {figures['cpu_s']:5.1f} CPU s, {figures['peak_mb']} MB", flush=True)
    print(json.dumps({"name": "train", **ours, "ratio": round(plain["cpu_s"] / ours["cpu_s"], 2)}), flush=True)
    return 0


def _measure(name: str) -> dict[str, float]:
    cells = _purchases()
    before_mb, wall, cpu = _peak_mb(), time.perf_counter(), time.process_time()
    (similarity.block_cosine if name == "ours" else _plain)(cells)
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


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    sys.exit(main())
