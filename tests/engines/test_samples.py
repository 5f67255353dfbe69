"""The engines on the sample shop (data/samples): one run each, held to figures that a broken engine would miss."""

from collections import Counter
from decimal import Decimal

import pandas as pd

from luxebrain.engines import price_rules, segments
from luxebrain.engines.backtest import backtest
from luxebrain.engines.price_guards import Guards
from luxebrain.engines.recommendations import train
from luxebrain.engines.serving import Strategy
from tests.engines import samples


def test_recommender_beats_popularity_three_times_over_on_the_last_four_weeks() -> None:
    outcome = backtest(samples.read_lines(), samples.read_catalogue(), now=samples.NOW)

    assert outcome.is_better_than_popularity
    assert outcome.figures["model"]["ndcg@10"] > 3 * outcome.figures["baseline"]["ndcg@10"]
    assert outcome.figures["model"]["coverage@10"] > 0.5


def test_catalogue_alone_already_gives_every_product_like_products() -> None:
    catalogue = samples.read_catalogue()

    model = train(samples.read_lines().iloc[:0], catalogue, now=samples.NOW)
    first = pd.Series([model.neighbours.recommend("similar", product_id=int(product), k=1)[0].strategy for product in catalogue.product_id])

    assert model.tier is Strategy.CONTENT
    assert (first == Strategy.CONTENT).mean() > 0.95


def test_every_segment_is_found_and_none_swallows_the_others() -> None:
    sizes = Counter(customer.segment for customer in segments.segments(samples.read_customer_orders(), samples.NOW, currency="GBP"))

    assert set(sizes) == set(segments.Segment)
    assert max(sizes.values()) < sum(sizes.values()) / 2


def test_some_prices_are_proposed_and_most_stay() -> None:
    outcome = price_rules.review(samples.read_product_sales(), Guards(charm_ending=Decimal("0.95")))

    assert 5 <= len(outcome.proposals) < len(outcome.unchanged)
