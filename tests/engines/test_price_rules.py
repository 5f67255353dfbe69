"""Price proposals: moved by a planted imbalance, held by the guards, silent in doubt."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luxebrain.engines import price_rules
from luxebrain.engines.price_guards import Guards, floor_price, minor_unit
from luxebrain.engines.price_rules import ProductSales, Proposal, Reason, Unchanged

LIMITS = Guards(margin=Decimal("0.20"), max_step=Decimal("0.10"), ceiling_factor=Decimal("1.30"))

amounts = st.decimals("0.01", "9999.99", places=2)
counts = st.floats(-5, 500, allow_nan=False)


def make_product(**changes: object) -> ProductSales:
    """In balance: ten a week, stock for ten weeks."""
    product = ProductSales(7, Decimal("20.00"), Decimal("8.00"), Decimal("20.00"), 100, units_last_28_days=40, units_prior_56_days=80)
    return replace(product, **changes)  # type: ignore[arg-type]


@st.composite
def any_product(draw: st.DrawFn) -> ProductSales:
    return ProductSales(
        product_id=draw(st.integers(1, 10**12)),
        price=draw(amounts),
        unit_cost=draw(st.none() | amounts),
        list_price=draw(st.none() | amounts),
        stock=draw(st.none() | st.integers(-3, 5_000)),
        units_last_28_days=draw(counts),
        units_prior_56_days=draw(counts),
        days_listed=draw(st.integers(0, 400)),
    )


@st.composite
def any_guards(draw: st.DrawFn) -> Guards:
    return Guards(
        margin=draw(st.decimals("0", "0.9", places=2)),
        max_step=draw(st.decimals("0.01", "0.5", places=2)),
        ceiling_factor=draw(st.decimals("0.8", "2", places=2)),
        minor_units=draw(st.sampled_from([0, 2])),
        charm_ending=draw(st.sampled_from([None, Decimal("0.99")])),
    )


@given(any_product(), any_guards())
def test_no_proposal_leaves_its_guards(product: ProductSales, limits: Guards) -> None:
    proposal = price_rules.propose(product, limits)

    if isinstance(proposal, Proposal):
        assert proposal.new_price != product.price
        assert proposal.new_price % minor_unit(limits) == 0
        assert abs(proposal.new_price - product.price) <= product.price * limits.max_step
        if product.unit_cost is not None:
            assert proposal.new_price >= floor_price(product.unit_cost, limits)
        else:
            assert proposal.new_price > product.price
        if product.list_price is not None:
            assert proposal.new_price <= product.list_price * limits.ceiling_factor
        else:
            assert proposal.new_price < product.price


def test_product_in_balance_keeps_its_price() -> None:
    assert price_rules.propose(make_product(), LIMITS) is Unchanged.IN_BALANCE


def test_product_that_sells_out_asks_a_whole_step_more() -> None:
    proposal = price_rules.propose(make_product(stock=30), LIMITS)

    assert isinstance(proposal, Proposal)
    assert (proposal.reason, proposal.new_price) == (Reason.SELLING_OUT, Decimal("22.00"))
    assert proposal.weeks_of_stock == pytest.approx(3.0)
    assert (proposal.expected_weeks_of_stock or 0) > 3.0


def test_product_in_abundance_asks_half_a_step_less_and_an_unsold_one_a_whole_step() -> None:
    abundant = price_rules.propose(make_product(stock=1_000), LIMITS)
    unsold = price_rules.propose(make_product(units_last_28_days=0, units_prior_56_days=0), LIMITS)

    assert isinstance(abundant, Proposal)
    assert isinstance(unsold, Proposal)
    assert (abundant.reason, abundant.new_price) == (Reason.OVERSTOCKED, Decimal("19.00"))
    assert (unsold.reason, unsold.new_price, unsold.weeks_of_stock) == (Reason.NOT_SELLING, Decimal("18.00"), None)


def test_reduced_product_that_sells_again_goes_back_to_its_list_price_and_no_further() -> None:
    proposal = price_rules.propose(make_product(price=Decimal("19.50")), LIMITS)

    assert isinstance(proposal, Proposal)
    assert (proposal.reason, proposal.new_price) == (Reason.BACK_TO_LIST, Decimal("20.00"))


def test_price_below_its_floor_is_raised_if_one_step_reaches_it() -> None:
    near = price_rules.propose(make_product(unit_cost=Decimal("17.00")), LIMITS)
    far = price_rules.propose(make_product(unit_cost=Decimal("19.00")), LIMITS)

    assert isinstance(near, Proposal)
    assert (near.reason, near.new_price) == (Reason.BELOW_FLOOR, Decimal("21.25"))
    assert far is Unchanged.NO_ROOM


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"price": Decimal(0)}, Unchanged.NO_PRICE),
        ({"price": Decimal("NaN")}, Unchanged.NO_PRICE),
        ({"stock": None}, Unchanged.NO_STOCK_FIGURE),
        ({"units_last_28_days": 1, "units_prior_56_days": 1}, Unchanged.TOO_FEW_SALES),
        ({"units_last_28_days": float("nan")}, Unchanged.TOO_FEW_SALES),
        ({"units_last_28_days": 0, "units_prior_56_days": 0, "days_listed": 20}, Unchanged.TOO_NEW),
        ({"stock": 1_000, "unit_cost": None}, Unchanged.NO_ROOM),
        ({"stock": 30, "list_price": None}, Unchanged.NO_ROOM),
        ({"stock": 1_000, "unit_cost": Decimal("16.00")}, Unchanged.NO_ROOM),
    ],
)
def test_doubt_leaves_the_price_and_says_why(changes: dict[str, object], why: Unchanged) -> None:
    assert price_rules.propose(make_product(**changes), LIMITS) is why


def test_rising_sales_are_no_reason_to_reduce_and_falling_ones_none_to_raise() -> None:
    rising = make_product(stock=1_000, units_last_28_days=60, units_prior_56_days=30)
    falling = make_product(stock=20, units_last_28_days=10, units_prior_56_days=100)

    assert price_rules.propose(rising, LIMITS) is Unchanged.IN_BALANCE
    assert price_rules.propose(falling, LIMITS) is Unchanged.IN_BALANCE


def test_review_answers_for_every_product_in_order() -> None:
    products = [make_product(product_id=3, stock=1_000), make_product(product_id=2), make_product(product_id=1, stock=30)]

    outcome = price_rules.review(products, LIMITS)

    assert [proposal.product_id for proposal in outcome.proposals] == [1, 3]
    assert outcome.unchanged == {2: Unchanged.IN_BALANCE}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stock": 30}, "sells out soon: 30 left, 10.0 a week sold lately, 10.0 before, stock for 3.0 weeks"),
        ({"stock": 1_000}, "too much of it: 1000 in stock"),
        ({"units_last_28_days": 0, "units_prior_56_days": 0}, "Nothing was sold in 84 days and 100 are in stock"),
        ({"price": Decimal("19.50")}, "From 19.50 to 20.00 GBP. It sells well again"),
        ({"unit_cost": Decimal("17.00")}, "below the floor of 21.25 GBP"),
    ],
)
def test_sentence_names_the_figures(changes: dict[str, object], words: str) -> None:
    proposal = price_rules.propose(make_product(**changes), LIMITS)

    assert isinstance(proposal, Proposal)
    assert words in price_rules.explain(proposal, "GBP")
