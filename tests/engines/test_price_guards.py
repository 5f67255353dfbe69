"""Guards: never below the floor, never past the ceiling, never further than a step, always whole minor units."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from luxebrain.engines import price_guards
from luxebrain.engines.price_guards import Guards, PriceRange

fractions = st.decimals("0", "0.95", places=3)
amounts = st.decimals("0.01", "99999.99", places=2)
endings = st.sampled_from([None, Decimal("0.99"), Decimal("0.95"), Decimal("0.5"), Decimal(0)])


@st.composite
def guards(draw: st.DrawFn) -> Guards:
    return Guards(
        margin=draw(fractions),
        max_step=draw(st.decimals("0.01", "0.9", places=2)),
        ceiling_factor=draw(st.decimals("0.5", "3", places=2)),
        minor_units=draw(st.sampled_from([0, 2, 3])),
        charm_ending=draw(endings),
    )


@given(amounts, guards())
def test_floor_leaves_the_margin_and_a_unit_less_would_not(cost: Decimal, limits: Guards) -> None:
    floor = price_guards.floor_price(cost, limits)

    assert (floor - cost) / floor >= limits.margin - Decimal("1e-20")
    below = floor - price_guards.minor_unit(limits)
    assert below <= 0 or (below - cost) / below < limits.margin


@given(amounts, guards())
def test_step_is_never_longer_than_allowed(current: Decimal, limits: Guards) -> None:
    step = price_guards.reachable(current, limits)

    assume(step.low <= step.high)
    assert step.low >= current * (1 - limits.max_step)
    assert step.high <= current * (1 + limits.max_step)


@given(amounts, amounts, amounts, guards())
def test_settled_price_is_inside_the_range_in_whole_minor_units(target: Decimal, one: Decimal, other: Decimal, limits: Guards) -> None:
    unit = price_guards.minor_unit(limits)
    low, high = (max(price_guards.at_most(price, limits), unit) for price in sorted((one, other)))

    price = price_guards.settle(target, PriceRange(low, high), limits)

    assert low <= price <= high
    assert price % unit == 0


def test_charm_ending_is_taken_where_the_range_holds_one() -> None:
    limits = Guards(charm_ending=Decimal("0.99"))

    assert price_guards.settle(Decimal("10.20"), PriceRange(Decimal("9.50"), Decimal("11.00")), limits) == Decimal("9.99")
    assert price_guards.settle(Decimal("10.20"), PriceRange(Decimal("10.00"), Decimal("10.90")), limits) == Decimal("10.20")


def test_currency_without_minor_units_is_rounded_to_whole_ones() -> None:
    yen = Guards(margin=Decimal("0.30"), minor_units=0, charm_ending=Decimal("0.99"))

    assert price_guards.floor_price(Decimal(701), yen) == Decimal(1002)
    assert price_guards.settle(Decimal("1480.5"), PriceRange(Decimal(1002), Decimal(2000)), yen) == Decimal(1480)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Guards(margin=Decimal(1)),
        lambda: Guards(max_step=Decimal(0)),
        lambda: Guards(ceiling_factor=Decimal(0)),
        lambda: Guards(charm_ending=Decimal(1)),
    ],
)
def test_guards_that_make_no_sense_are_refused(make: Callable[[], Guards]) -> None:
    with pytest.raises(ValueError, match="must be"):
        make()
