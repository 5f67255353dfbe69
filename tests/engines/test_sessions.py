"""What comes next in a visit: planted paths are found, and nothing depends on how the clicks were written down."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from luxebrain.engines import sessions
from luxebrain.engines.sessions import DAY_S, SessionModel


def clicks(*visits: str, apart_s: float = 60.0) -> pd.DataFrame:
    """One visit a text, a product a letter, each visit after the one before."""
    rows = [(number, product, number * apart_s + place) for number, visit in enumerate(visits) for place, product in enumerate(visit)]
    return pd.DataFrame(rows, columns=["session_id", "product_id", "at"])


def planted(n: int = 2_000, seed: int = 1) -> list[list[str]]:
    """Visits along a ring of 100 products: the next is one or two on, four times in five; else any."""
    lot = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        path = [int(lot.integers(100))]
        while len(path) < 6:
            path.append(int(path[-1] + lot.integers(1, 3)) % 100 if lot.random() < 0.8 else int(lot.integers(100)))
        made.append([f"p{each:02d}" for each in path])
    return made


def table_of(visits: list[list[str]]) -> pd.DataFrame:
    rows = [(number, product, 1_000 * number + place) for number, visit in enumerate(visits) for place, product in enumerate(visit)]
    return pd.DataFrame(rows, columns=["session_id", "product_id", "at"])


@pytest.fixture(scope="module")
def ring() -> SessionModel:
    return sessions.fit(table_of(planted()))


def test_planted_paths_are_found_where_popularity_finds_nothing(ring: SessionModel) -> None:
    kept_back = planted(300, seed=2)
    found = ring.next([visit[:-1] for visit in kept_back], 10)
    hits = np.mean([visit[-1] in answer for visit, answer in zip(kept_back, found, strict=True)])
    popular = np.mean([visit[-1] in ring.next([[]], 10)[0] for visit in kept_back])

    assert hits > 0.75
    assert popular < 0.2


def test_last_click_counts_most() -> None:
    model = sessions.fit(clicks("ax", "ax", "by", "by"))

    assert model.next([["a", "b"]], 4)[0].index("y") < model.next([["a", "b"]], 4)[0].index("x")
    assert model.next([["b", "a"]], 4)[0].index("x") < model.next([["b", "a"]], 4)[0].index("y")


def test_recent_visits_count_more() -> None:
    model = sessions.fit(clicks("ax", "ay", apart_s=10 * DAY_S))
    answer = model.next([["a"]], 3)[0]

    assert answer.index("y") < answer.index("x")


def test_what_stands_close_to_the_shared_product_comes_first() -> None:
    answer = sessions.fit(clicks("abcdefgh", "abcdefgh")).next([["c"]], 8)[0]

    assert set(answer[1:3]) == {"b", "d"}
    assert answer[-1] == "h"


def test_visit_without_known_products_gets_the_most_looked_at() -> None:
    model = sessions.fit(clicks("ab", "ac", "a"))

    assert model.next([[], ["unknown"]], 3) == [["a", "b", "c"], ["a", "b", "c"]]


def test_answer_has_k_products_without_repeats_even_where_few_are_likely(ring: SessionModel) -> None:
    for answer in ring.next([["p00"], ["p00", "p01", "nobody"], []], 60):
        assert len(answer) == len(set(answer)) == 60
    assert ring.next([["p00"]], 0) == [[]]
    assert len(ring.next([["p00"]], 1_000)[0]) == 100


def test_results_do_not_depend_on_the_order_of_rows(ring: SessionModel) -> None:
    shuffled = sessions.fit(table_of(planted()).sample(frac=1, random_state=5))
    visits = [visit[:3] for visit in planted(50, seed=3)]

    assert shuffled.next(visits, 20) == ring.next(visits, 20)


def test_dates_and_seconds_say_the_same() -> None:
    seconds = clicks("abc", "bcd", "cda")
    dates = seconds.assign(at=pd.to_datetime(seconds["at"], unit="s"))

    assert sessions.fit(dates).next([["b"], ["c", "d"]], 4) == sessions.fit(seconds).next([["b"], ["c", "d"]], 4)


def test_rows_with_gaps_count_for_nothing() -> None:
    sound = clicks("abc", "bcd")
    gaps = pd.DataFrame({"session_id": [0, None], "product_id": [None, "z"], "at": [1.0, 2.0]})

    assert sessions.fit(pd.concat([sound, gaps])).next([["b"]], 9) == sessions.fit(sound).next([["b"]], 9)


def test_no_clicks_give_no_answers() -> None:
    assert sessions.fit(clicks()).next([["a"], []], 5) == [[], []]


def test_one_product_is_its_own_answer() -> None:
    assert sessions.fit(clicks("a")).next([["a"]], 5) == [["a"]]


def test_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="there is no at"):
        sessions.fit(clicks("ab").drop(columns="at"))
