"""What products are, from their words: neighbours for products that nobody bought yet.

TF-IDF over the title's words and pairs of words and over the categories, cosine between them. Input: a table with
columns product_id (int), title (str) and, optional, categories (a list of names, or one string with commas).
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, diags_array, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from luxebrain.engines import similarity

CATEGORY_WEIGHT = 0.5
NEAREST = 5


def content_neighbours(products: pd.DataFrame, *, k: int = similarity.NEIGHBOUR_LIMIT) -> Any:
    """(n × n) CSR of cosines in (0, 1], rows in the order of `products`; a product without words has an empty row."""
    if products.empty:
        return csr_array((0, 0), dtype=np.float32)
    titles = [_text(title) for title in products["title"]]
    categories = [_names(value) for value in products["categories"]] if "categories" in products else [""] * len(products)
    parts = [_tf_idf(titles, ngrams=2), CATEGORY_WEIGHT * _tf_idf(categories, ngrams=1)]
    words = normalize(csr_array(hstack(parts, format="csr", dtype=np.float32)))
    return similarity.row_cosine(csr_array(words), k=k)


def through_neighbours(content: Any, table: Any, *, k: int = NEAREST) -> Any:
    """Rows for the products whose row in `table` is empty: those of their k nearest products in words, weighted by the cosine.

    `content` and `table` are (n × n); the answer is too, cut to the strongest, with an empty diagonal.
    """
    has_row = np.diff(table.indptr) > 0
    without = np.flatnonzero(~has_row)
    nearest = similarity.strongest(content[without].tocsc()[:, has_row].tocsr(), k)
    mapped = similarity.strongest(nearest @ table[has_row]).tocoo()
    row = without[mapped.row]
    others = row != mapped.col
    return csr_array((mapped.data[others], (row[others], mapped.col[others])), shape=table.shape)


def nearest_of(words: Any, rows: Any, *, k: int = NEAREST) -> Any:
    """(rows × n) CSR: of these rows of `words` the k nearest products that are not among them."""
    others = np.ones(words.shape[1], dtype=np.float32)
    others[rows] = 0.0
    return similarity.strongest(words[rows] @ diags_array(others), k)


def _tf_idf(texts: list[str], *, ngrams: int) -> Any:
    pattern = r"(?u)\b\w\w+\b" if ngrams > 1 else r"[^\n]+"
    vectorizer = TfidfVectorizer(token_pattern=pattern, ngram_range=(1, ngrams), strip_accents="unicode", sublinear_tf=True)
    if not any(vectorizer.build_analyzer()(text) for text in texts):
        return csr_array((len(texts), 1), dtype=np.float32)
    return vectorizer.fit_transform(texts)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _names(value: object) -> str:
    """Categories as lines, so that a name of several words stays one term."""
    if isinstance(value, str):
        value = value.split(",")
    return "\n".join(str(name).strip() for name in value) if isinstance(value, list | tuple | np.ndarray) else ""
