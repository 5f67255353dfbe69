"""What a web process may rely on: filters, fallbacks, limits, hostile bytes, and no heavy imports."""

import io
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from luxebrain.engines import recommendations
from luxebrain.engines.serving import TABLE_OF, NeighbourModel, Placement, Strategy
from tests.engines.shop import NOW, make_catalogue, make_lines


@pytest.fixture(scope="module")
def model() -> NeighbourModel:
    return recommendations.train(make_lines(), make_catalogue(), now=NOW).neighbours


def test_serving_imports_numpy_only() -> None:
    program = (
        "import sys, luxebrain.engines.serving, luxebrain.engines.ranking\n"
        "print([name for name in ('pandas', 'scipy', 'sklearn') if name in sys.modules], 'numpy' in sys.modules)"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[] True"


@pytest.mark.parametrize("placement", list(Placement))
def test_page_product_and_cart_are_never_shown_and_nothing_twice(model: NeighbourModel, placement: Placement) -> None:
    shown = [item.product_id for item in model.recommend(placement, product_id=10, cart=[20, 21], seen=[30], k=50)]

    assert not {10, 20, 21} & set(shown)
    assert len(shown) == len(set(shown))
    left = len(model.product_ids) - (4 if TABLE_OF.get(placement) == "customers" else 3)
    assert len(shown) == (1 if placement is Placement.RECENTLY_VIEWED else left)


def test_only_eligible_products_are_shown_by_array_and_by_function(model: NeighbourModel) -> None:
    in_stock = {20, 41, 999}
    mask = np.isin(model.product_ids, list(in_stock))

    by_array = model.recommend("similar", product_id=10, eligible=mask)
    by_function = model.recommend("similar", product_id=10, eligible=in_stock.__contains__)

    assert {item.product_id for item in by_array} == in_stock
    assert by_array == by_function


def test_sold_out_store_shows_nothing(model: NeighbourModel) -> None:
    assert model.recommend("for_you", eligible=np.zeros(len(model.product_ids), dtype=bool)) == []


def test_strategies_come_in_order_of_their_strength(model: NeighbourModel) -> None:
    order = list(Strategy)

    shown = [order.index(item.strategy) for item in model.recommend("bought_together", product_id=10, k=50)]

    assert shown == sorted(shown)


def test_product_unknown_to_the_model_is_answered_by_popularity(model: NeighbourModel) -> None:
    shown = model.recommend("similar", product_id=123_456_789, k=3)

    assert {item.strategy for item in shown} == {Strategy.POPULAR}


def test_one_product_of_a_parent_is_shown() -> None:
    catalogue = make_catalogue()
    catalogue["parent_id"] = catalogue["product_id"] // 10

    model = recommendations.train(make_lines(), catalogue, now=NOW).neighbours
    shown = [item.product_id // 10 for item in model.recommend("for_you", k=50)]

    assert sorted(shown) == [1, 2, 3, 4, 5, 6, 99]


def test_what_was_seen_leads_for_you(model: NeighbourModel) -> None:
    shown = model.recommend("for_you", seen=[20, 20, 10], k=1)

    assert shown[0].strategy is Strategy.COLLABORATIVE


def test_unknown_placement_is_refused_and_zero_is_nothing(model: NeighbourModel) -> None:
    assert model.recommend("for_you", k=0) == []
    with pytest.raises(ValueError, match="footer"):
        model.recommend("footer")


def _altered(model: NeighbourModel, **changes: object) -> bytes:
    with np.load(io.BytesIO(model.to_bytes())) as archive:
        arrays = dict(archive)
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in (arrays | changes).items() if array is not None})
    return buffer.getvalue()


def test_bytes_that_are_no_model_are_refused(model: NeighbourModel) -> None:
    whole = model.to_bytes()
    hostile = [b"", b"no model", whole[: len(whole) // 2], _altered(model, format=np.array(2))]
    hostile.append(_altered(model, catalogue=np.array([10_000], dtype=np.int32)))
    hostile.append(_altered(model, product_ids=np.array([{}], dtype=object)))

    hostile.append(_altered(model, **{"table.baskets.support": None}))

    for data in hostile:
        with pytest.raises(ValueError, match=r".+"):
            NeighbourModel.from_bytes(data)


def test_answer_over_five_thousand_products_takes_a_millisecond_at_most() -> None:
    rng = np.random.default_rng(0)
    number = np.arange(60_000)
    many = pd.DataFrame({"order_id": number // 6, "customer": number // 60, "product_id": rng.integers(0, 5_000, 60_000)})
    many = many.assign(quantity=1, ordered_at=NOW)
    model = recommendations.train(many, None, now=NOW, ease_limit=100).neighbours
    eligible = np.ones(len(model.product_ids), dtype=bool)

    started = time.process_time()
    for start in range(200):
        model.recommend("cart", cart=list(range(start, start + 5)), eligible=eligible)

    assert (time.process_time() - started) / 200 < 0.001
