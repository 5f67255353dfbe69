"""What a migration lost, changed or laid open is told; what it added is not held against it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaos.before_after import Held, differences
from chaos.filling import rows_of

BEFORE = Held({("orders", "id"): (10, 111), ("orders", "total"): (10, 222), ("tombstone", "id"): (0, 0)}, {"orders": (True, True, "store")})
LOWEST = replace(BEFORE, sums={("orders", "id"): (10, 111), ("orders", "total"): (10, 222)})


def test_the_same_at_both_ends_is_clean_whatever_a_step_took_away_meanwhile() -> None:
    grown = replace(BEFORE, sums={**BEFORE.sums, ("orders", "note"): (10, 5), ("tombstone", "id"): (3, 9)})

    assert differences(BEFORE, LOWEST, grown) == []


@pytest.mark.parametrize(
    ("between", "after", "words"),
    [
        (LOWEST, replace(BEFORE, sums={**BEFORE.sums, ("orders", "total"): (10, 223)}), "orders.total"),
        (LOWEST, replace(BEFORE, sums={**BEFORE.sums, ("orders", "id"): (9, 111)}), "orders.id"),
        (LOWEST, replace(BEFORE, sums={("orders", "id"): (10, 111)}), "orders.total"),
        (replace(LOWEST, sums={**LOWEST.sums, ("orders", "id"): (9, 1)}), BEFORE, "lowest step"),
        (LOWEST, replace(BEFORE, protection={"orders": (True, False, "store")}), "no longer protected"),
        (LOWEST, replace(BEFORE, protection={}), "no longer protected"),
    ],
)
def test_every_loss_is_told(between: Held, after: Held, words: str) -> None:
    (told,) = differences(BEFORE, between, after)

    assert words in told


def test_rows_are_spread_over_the_tables_and_add_up() -> None:
    counts = rows_of(50_000, 5)

    assert sum(counts.values()) * 5 == 50_000
    assert counts["order_line"] == max(counts.values())
