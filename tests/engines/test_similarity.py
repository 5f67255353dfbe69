"""Item-item weights: against brute force, cut, beyond the size of EASE."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from luxebrain.engines import similarity


def make_cells(rows: int = 60, columns: int = 25) -> "csr_array[np.float32]":
    return csr_array(random_array((rows, columns), density=0.2, rng=np.random.default_rng(4), dtype=np.float32))


@pytest.mark.parametrize("block", [512, 7])
def test_ease_equals_ridge_regression_of_each_product_on_the_others(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(similarity, "BLOCK", block)
    cells = make_cells()
    dense, regularisation = cells.toarray().astype(np.float64), 3.0

    weights = similarity.ease(cells, regularisation)

    for target in range(dense.shape[1]):
        others = np.delete(dense, target, axis=1)
        solution = np.linalg.solve(others.T @ others + regularisation * np.eye(others.shape[1]), others.T @ dense[:, target])
        assert np.delete(weights[:, target], target) == pytest.approx(solution, abs=1e-4)


def test_ease_refuses_what_is_not_finite() -> None:
    cells = make_cells()
    cells.data[0] = np.nan

    with pytest.raises(ValueError, match="not finite"):
        similarity.ease(cells, 3.0)


def test_block_cosine_equals_brute_force_over_block_borders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "SPARSE_BLOCK", 7)
    cells = make_cells()
    dense = cells.toarray().astype(np.float64)
    norms = np.linalg.norm(dense, axis=0)
    common = dense.T @ dense
    expected = common / np.outer(norms, norms) * common / (common + 10.0)
    np.fill_diagonal(expected, 0.0)

    table = similarity.block_cosine(cells, k=25, shrinkage=10.0)

    assert table.toarray() == pytest.approx(expected, abs=1e-5)


def test_strongest_sources_are_the_k_furthest_from_nothing_on_either_side() -> None:
    weights = np.random.default_rng(3).normal(size=(30, 30)).astype(np.float32)

    kept = similarity.strongest_sources(weights, 4).toarray()

    for target in range(30):
        strongest = np.argsort(-np.abs(weights[:, target]))[:4]
        assert set(np.flatnonzero(kept[:, target])) == set(strongest)
        assert kept[strongest, target] == pytest.approx(weights[strongest, target])


def test_strongest_keeps_k_of_each_row_and_nothing_negative() -> None:
    table = csr_array(np.array([[0, 3, 2, 1], [-1, 0, 0, 5], [0, 0, 0, 0]], dtype=np.float32))

    kept = similarity.strongest(table, 2).toarray()

    assert kept.tolist() == [[0, 3, 2, 0], [0, 0, 0, 5], [0, 0, 0, 0]]


def test_large_catalogue_is_answered_by_cosine() -> None:
    cells = make_cells()

    table, _wide = similarity.item_weights(cells, regularisation=3.0, ease_limit=24)

    assert (table != similarity.block_cosine(cells)).nnz == 0


def test_tables_hold_at_most_a_hundred_and_twenty_entries_per_product() -> None:
    cells = csr_array(random_array((400, 300), density=0.1, rng=np.random.default_rng(4), dtype=np.float32))

    table, _wide = similarity.item_weights(cells, regularisation=1.0)

    assert table.nnz <= 300 * (similarity.NEIGHBOUR_LIMIT + similarity.SOURCE_MINIMUM)


def test_support_counts_the_rows_with_both() -> None:
    cells = csr_array(np.array([[0.5, 1, 0], [1, 1, 0], [1, 0, 1]], dtype=np.float32))
    table = csr_array(np.array([[0, 1, 1], [1, 0, 0], [0, 1, 0]], dtype=np.float32))

    assert similarity.co_occurrences(cells, table).tolist() == [2, 1, 2, 0]
