"""Which variation a visitor sees: by a hash of experiment and visitor, so that nothing is stored and every process answers alike.

The hash, for whoever assigns elsewhere (a storefront, a plugin): SHA-256 of the UTF-8 bytes of the experiment's key, one zero byte, the
visitor's id. Its first 8 bytes, big-endian, over 2**64 are below `traffic` for those that take part; the next 8 bytes, over 2**64, fall
into the cumulated weights. The two are independent: more traffic adds visitors and moves none. Standard library only: web processes ask.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import inf

_WHOLE = 2**64


def assign(experiment_key: str, visitor_id: str, weights: Sequence[float] = (1.0, 1.0), *, traffic: float = 1.0) -> int | None:
    """The variation, 0 the control; None where the visitor takes no part.

    weights: one above 0 for each variation, in any unit; changed ones move visitors, so an experiment keeps its own. traffic: the share
    of visitors that take part, 0 to 1; it may grow meanwhile. Raises ValueError for empty names, a zero byte in the key, weights
    and traffic that are none.
    """
    if not experiment_key or not visitor_id or "\0" in experiment_key:
        raise ValueError("An experiment and a visitor have names, and the experiment's is without a zero byte.")
    if not weights or not all(0 < weight < inf for weight in weights):
        raise ValueError("There is one weight above 0 for each variation.")
    if not 0 <= traffic <= 1:
        raise ValueError(f"Traffic is a share from 0 to 1, not {traffic}.")
    digest = hashlib.sha256(f"{experiment_key}\0{visitor_id}".encode()).digest()
    if int.from_bytes(digest[:8], "big") >= traffic * _WHOLE:
        return None
    until = list(accumulate(weights))
    place = int.from_bytes(digest[8:16], "big") / _WHOLE * until[-1]
    return min(bisect_right(until, place), len(until) - 1)
