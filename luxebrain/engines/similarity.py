"""Which products belong together: item-item weights from an interaction matrix, cut to the strongest.

Two methods behind one function. Up to EASE_LIMIT products: EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data",
WWW 2019, eq. 8), a ridge regression of every product on all others in closed form. Beyond it a dense n × n matrix no longer
fits (8,000 products: 590 MB at the peak, 11 CPU seconds): sparse cosine in blocks, top 100, whose memory grows with n only.
Tables are scipy CSR, source products in rows, float32, positive entries only.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.sparse import _sparsetools, csr_array, vstack

NEIGHBOUR_LIMIT = 100
WIDE_LIMIT = 300
SOURCE_MINIMUM = 20
EASE_LIMIT = 8_000
BLOCK = 512
SPARSE_BLOCK = 128
SHRINKAGE = 10.0


def item_weights(cells: Any, *, regularisation: float, ease_limit: int = EASE_LIMIT, wide: bool = False) -> tuple[Any, Any]:
    """(products × products) weights learned from `cells` (rows × products): those to serve from, and with `wide` those for batches.

    EASE, or cosine above `ease_limit` products, which is cut as it is made. To serve from, every target keeps its 100 strongest positive
    sources (cutting the regression this way loses nothing, cutting by source costs 4 % of nDCG), and every source at least its 20
    strongest targets, so that no product is left without an answer. The wide ones are the 300 strongest of each target, negative ones too.
    """
    if min(cells.shape) == 0:
        empty = csr_array((cells.shape[1], cells.shape[1]), dtype=np.float32)
        return empty, empty
    if cells.shape[1] > ease_limit:
        cosines = block_cosine(cells)
        return cosines, cosines
    weights = ease(cells, regularisation)
    narrow = _cut(weights)
    return narrow, strongest_sources(weights, WIDE_LIMIT) if wide else narrow


def strongest_sources(weights: NDArray[np.float32], k: int) -> Any:
    """CSR of a dense (n × n): the k entries of each column that are furthest from 0, on either side."""
    starts = range(0, len(weights), BLOCK)
    of_column = np.concatenate([_kth_largest(np.abs(weights[:, start : start + BLOCK].T), k) for start in starts])
    blocks = (weights[start : start + BLOCK] for start in starts)
    return vstack([csr_array(np.where(np.abs(rows) >= of_column[None, :], rows, np.float32(0))) for rows in blocks], format="csr")


def ease(cells: Any, regularisation: float) -> NDArray[np.float32]:
    """Dense B (n × n, zero diagonal) minimising ‖X − XB‖² + λ‖B‖²; B[i, j] is what having i says about j."""
    gram = (cells.T @ cells).toarray().astype(np.float32, copy=False).T  # symmetric: the view is the column order that LAPACK works in
    gram[np.diag_indices_from(gram)] += regularisation
    if regularisation <= 0 or not np.isfinite(gram).all():
        raise ValueError("the interaction matrix is not finite, or the regularisation not positive")
    factor, _ = lapack.spotrf(gram, lower=1, overwrite_a=1)
    weights, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    _mirror(weights)
    weights /= -np.diag(weights)[None, :].copy()
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights, dtype=np.float32)


def block_cosine(cells: Any, *, k: int = NEIGHBOUR_LIMIT, shrinkage: float = SHRINKAGE) -> Any:
    """Cosine of the columns, in blocks of 128 products, cut to the k strongest of each; little in common is shrunk towards 0.

    The shrinkage (Bell and Koren 2007) multiplies by c / (c + shrinkage), c what two columns have in common: the sum of the products of
    their cells, which is the number of rows that hold both where all cells are 1.
    """
    transposed = cells.T.tocsr()
    squares = np.add.reduceat(np.r_[transposed.data**2, 0.0], transposed.indptr[:-1]) * (np.diff(transposed.indptr) > 0)
    lengths = np.sqrt(np.asarray(squares, dtype=np.float32))
    return _in_blocks(
        transposed, cells.tocsr(), np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0), k=k, shrinkage=shrinkage
    )


def row_cosine(rows: Any, *, k: int = NEIGHBOUR_LIMIT) -> Any:
    """Cosine between rows that already have length one (or zero), cut to the k strongest of each."""
    return _in_blocks(rows.tocsr(), rows.T.tocsr(), np.ones(rows.shape[0], dtype=np.float32), k=k, shrinkage=0.0)


def strongest(table: Any, k: int = NEIGHBOUR_LIMIT) -> Any:
    """The k largest positive entries of each row, ties by column; columns stay ascending."""
    cells = csr_array(table)
    at, row = _candidates(cells, k)
    column, score = cells.indices[at], cells.data[at]
    order = np.lexsort((column, -score, row))
    row, column, score = row[order], column[order], score[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row, side="left")
    kept = rank < k
    return csr_array((score[kept].astype(np.float32), (row[kept], column[kept])), shape=cells.shape)


def _candidates(cells: Any, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(positions, rows) of the positive entries that are no smaller than the k-th largest of their row.

    A loop over rows: what is looked at stays in the cache, four times as fast as all entries at once.
    """
    bounds, data = cells.indptr.tolist(), cells.data
    found = [np.zeros(0, dtype=np.int64)]
    for low, high in pairwise(bounds):
        entries = data[low:high]
        least = np.partition(entries, high - low - k)[high - low - k] if high - low > k else 0.0
        found.append(np.flatnonzero(entries >= least if least > 0 else entries > 0) + low)
    counts = [len(at) for at in found[1:]]
    return np.concatenate(found), np.repeat(np.arange(len(counts)), counts)


def co_occurrences(cells: Any, table: Any) -> NDArray[np.int32]:
    """For every entry of the CSR `table` in its own order: how many rows of `cells` hold both products (the pair's support)."""
    present = _presence(cells)
    transposed = present.T.tocsr()
    support = np.zeros(table.nnz, dtype=np.int32)
    for start in range(0, table.shape[0], BLOCK):
        stop = min(start + BLOCK, table.shape[0])
        together = (transposed[start:stop] @ present).toarray()
        low, high = table.indptr[start], table.indptr[stop]
        row = np.repeat(np.arange(stop - start), np.diff(table.indptr[start : stop + 1]))
        support[low:high] = together[row, table.indices[low:high]]
    return support


def _in_blocks(transposed: Any, cells: Any, scale: NDArray[np.float32], *, k: int, shrinkage: float) -> Any:
    """The k strongest of each row of transposed @ cells, both sides scaled, without the diagonal."""
    if not cells.shape[1]:
        return csr_array((0, 0), dtype=np.float32)
    blocks = []
    for start in range(0, transposed.shape[0], SPARSE_BLOCK):
        block = _product(transposed[start : start + SPARSE_BLOCK], cells)
        row = start + np.repeat(np.arange(block.shape[0], dtype=np.int32), np.diff(block.indptr))
        common = block.data
        block.data = common * scale[row] * scale[block.indices]
        block.data *= common / (common + np.float32(shrinkage)) if shrinkage else 1
        block.data[row == block.indices] = 0.0
        blocks.append(strongest(block, k))
    return vstack(blocks, format="csr")


def _product(left: Any, right: Any) -> Any:
    """left @ right, both CSR and float32. scipy counts the entries of the product first, which is a third of its time; here they are
    bounded by what the rows of `right` hold. That asks scipy's own routine without its front, so: only where it is as we know it.
    """
    multiply = getattr(_sparsetools, "csr_matmat", None)
    if multiply is None or not left.dtype == right.dtype == np.float32 or not left.indices.dtype == right.indices.dtype == np.int32:
        return left @ right
    rows, columns = left.shape[0], right.shape[1]
    reached = np.r_[0, np.cumsum(np.diff(right.indptr).astype(np.int64)[left.indices])][left.indptr]
    most = int(np.minimum(np.diff(reached), columns).sum())
    bounds, indices, data = np.zeros(rows + 1, np.int32), np.empty(most, np.int32), np.empty(most, np.float32)
    multiply(rows, columns, left.indptr, left.indices, left.data, right.indptr, right.indices, right.data, bounds, indices, data)
    return csr_array((data[: bounds[-1]], indices[: bounds[-1]], bounds), shape=(rows, columns))


def _presence(cells: Any) -> Any:
    present = cells.tocsr().copy()
    present.data = np.ones(len(present.data), dtype=np.float32)
    return present


def _mirror(square: NDArray[np.float32]) -> None:
    """Copies the lower triangle over the upper one, in place and in blocks (a second dense matrix would double the memory)."""
    for start in range(0, len(square), BLOCK):
        stop = min(start + BLOCK, len(square))
        diagonal = np.tril(square[start:stop, start:stop])
        square[start:stop, start:stop] = diagonal + np.tril(diagonal, -1).T
        square[start:stop, stop:] = square[stop:, start:stop].T


def _cut(weights: NDArray[np.float32]) -> Any:
    """Positive entries among the 100 largest of their column or the 20 largest of their row."""
    starts = range(0, len(weights), BLOCK)
    of_column = np.concatenate([_kth_largest(weights[:, start : start + BLOCK].T, NEIGHBOUR_LIMIT) for start in starts])
    blocks = []
    for start in starts:
        rows = weights[start : start + BLOCK]
        keep = (rows >= of_column[None, :]) | (rows >= _kth_largest(rows, SOURCE_MINIMUM)[:, None])
        blocks.append(csr_array(np.where(keep & (rows > 0), rows, np.float32(0))))
    return vstack(blocks, format="csr")


def _kth_largest(rows: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    if rows.shape[1] <= k:
        return np.full(rows.shape[0], -np.inf, dtype=np.float32)
    return np.asarray(np.partition(rows, -k, axis=1)[:, -k], dtype=np.float32)
