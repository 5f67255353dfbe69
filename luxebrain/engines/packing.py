"""How a trained model travels: plain numpy arrays in one .npz, no pickle, checked on arrival. Numpy only.

Layout: `format`, `product_ids`, `parent_ids`, `catalogue`; per table `table.<name>.<field>`; per ranking `ranking.<name>.<field>`.
"""

import io
import zlib
from dataclasses import dataclass, fields
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

FORMAT = 1
TABLES = ("similar", "baskets", "customers", "content")
RANKINGS = ("popular", "best_sellers", "trending")


@dataclass(frozen=True, slots=True)
class NeighbourTable:
    """CSR: the neighbours of product i are entries indptr[i] to indptr[i + 1].

    indptr int64 (n + 1); indices int32, scores float32 > 0, support int32 (orders with both, 0 = not counted), all (entries);
    learned bool (n): the row comes from the product's own orders, not from products with like words.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    scores: NDArray[np.float32]
    support: NDArray[np.int32]
    learned: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Products best first: indices int32, scores float32 > 0."""

    indices: NDArray[np.int32]
    scores: NDArray[np.float32]


Unpacked = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], dict[str, NeighbourTable], dict[str, Ranking]]


def pack(
    product_ids: NDArray[np.int64],
    parent_ids: NDArray[np.int64],
    catalogue: NDArray[np.int32],
    *,
    tables: dict[str, NeighbourTable],
    rankings: dict[str, Ranking],
) -> bytes:
    arrays: dict[str, NDArray[Any]] = {"format": np.array(FORMAT), "product_ids": product_ids, "parent_ids": parent_ids}
    arrays["catalogue"] = catalogue
    for kind, parts in (("table", tables), ("ranking", rankings)):
        for name, part in parts.items():
            arrays |= {f"{kind}.{name}.{field.name}": getattr(part, field.name) for field in fields(part)}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> Unpacked:
    """The arrays of `pack`; raises ValueError when they are not complete, consistent and of this format."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return _checked(arrays)
    except (BadZipFile, zlib.error, KeyError, TypeError, EOFError, OSError, AttributeError, NotImplementedError) as error:
        raise ValueError("not a recommendation model") from error


def _checked(arrays: dict[str, NDArray[Any]]) -> Unpacked:
    if int(arrays["format"]) != FORMAT:
        raise ValueError(f"a recommendation model of format {int(arrays['format'])}; this release reads {FORMAT}")
    product_ids, parent_ids, catalogue = arrays["product_ids"], arrays["parent_ids"], arrays["catalogue"]
    n = len(product_ids)
    tables = {name: NeighbourTable(**_fields(arrays, "table", name, NeighbourTable)) for name in TABLES}
    rankings = {name: Ranking(**_fields(arrays, "ranking", name, Ranking)) for name in RANKINGS}
    is_whole = len(parent_ids) == n and bool(np.all(product_ids[1:] > product_ids[:-1])) and _in_range(catalogue, n)
    if not is_whole or not all(_fits(table, n) for table in tables.values()) or not all(_in_range(r.indices, n) for r in rankings.values()):
        raise ValueError("a recommendation model whose arrays do not fit together")
    return product_ids, parent_ids, catalogue, tables, rankings


def _fields(arrays: dict[str, NDArray[Any]], kind: str, name: str, record: type[NeighbourTable] | type[Ranking]) -> dict[str, Any]:
    return {field.name: arrays[f"{kind}.{name}.{field.name}"] for field in fields(record)}


def _fits(table: NeighbourTable, n: int) -> bool:
    entries = len(table.indices)
    if len(table.indptr) != n + 1 or table.indptr[0] != 0 or table.indptr[-1] != entries or bool((np.diff(table.indptr) < 0).any()):
        return False
    return len(table.scores) == len(table.support) == entries and len(table.learned) == n and _in_range(table.indices, n)


def _in_range(indices: NDArray[np.int32], n: int) -> bool:
    return not len(indices) or (int(indices.min()) >= 0 and int(indices.max()) < n)
