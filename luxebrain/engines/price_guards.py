"""The limits that no price may leave, as pure functions of exact decimals: floor, ceiling, largest step, rounding.

The one thing to know: bounds are rounded inwards (a floor up, a ceiling down), so a price that is rounded to the minor unit
and then held inside them can never break one. Where the limits contradict each other there is no price, and the answer is None.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Guards:
    """A store's limits. `margin`, `max_step`, `ceiling_factor` are fractions: of the price, of the current price, of the list price.

    `minor_units` is the number of decimals of the currency (JPY 0); `charm_ending` such as Decimal("0.99") or None. Raises ValueError.
    """

    margin: Decimal = Decimal("0.20")
    max_step: Decimal = Decimal("0.10")
    ceiling_factor: Decimal = Decimal("1.30")
    minor_units: int = 2
    charm_ending: Decimal | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.margin < 1:
            raise ValueError("the floor margin must be at least 0 and below 1")
        if not 0 < self.max_step < 1:
            raise ValueError("the largest step must be between 0 and 1")
        if self.ceiling_factor <= 0:
            raise ValueError("the ceiling must be a positive multiple of the list price")
        if self.charm_ending is not None and not 0 <= self.charm_ending < 1:
            raise ValueError("a charm ending must be at least 0 and below 1")


@dataclass(frozen=True, slots=True)
class PriceRange:
    """Prices from `low` to `high`, both allowed and both whole minor units."""

    low: Decimal
    high: Decimal

    def holds(self, price: Decimal) -> bool:
        return self.low <= price <= self.high


def floor_price(unit_cost: Decimal, guards: Guards) -> Decimal:
    """The lowest price that leaves the margin: cost / (1 - margin), rounded up, and at least one minor unit."""
    return max(_rounded(unit_cost / (ONE - guards.margin), guards, ROUND_CEILING), minor_unit(guards))


def ceiling_price(list_price: Decimal, guards: Guards) -> Decimal:
    return _rounded(list_price * guards.ceiling_factor, guards, ROUND_FLOOR)


def reachable(current: Decimal, guards: Guards) -> PriceRange:
    """What one step from the current price reaches."""
    low = _rounded(current * (ONE - guards.max_step), guards, ROUND_CEILING)
    return PriceRange(max(low, minor_unit(guards)), _rounded(current * (ONE + guards.max_step), guards, ROUND_FLOOR))


def intersection(first: PriceRange, second: PriceRange) -> PriceRange | None:
    low, high = max(first.low, second.low), min(first.high, second.high)
    return PriceRange(low, high) if low <= high else None


def settle(target: Decimal, allowed: PriceRange, guards: Guards) -> Decimal:
    """The price to ask: the nearest one with the charm ending if the range holds one, else the target rounded and held inside."""
    held = min(max(_rounded(target, guards, ROUND_HALF_EVEN), allowed.low), allowed.high)
    if guards.charm_ending is None or guards.minor_units == 0:
        return held
    ending = _rounded(guards.charm_ending, guards, ROUND_FLOOR)
    whole = held.to_integral_value(ROUND_FLOOR)
    charming = [whole + step + ending for step in (-1, 0, 1) if allowed.holds(whole + step + ending)]
    return min(charming, key=lambda price: (abs(price - held), price), default=held)


def next_above(price: Decimal, guards: Guards) -> Decimal:
    """The smallest price in whole minor units that is higher."""
    return _rounded(price, guards, ROUND_FLOOR) + minor_unit(guards)


def next_below(price: Decimal, guards: Guards) -> Decimal:
    return _rounded(price, guards, ROUND_CEILING) - minor_unit(guards)


def at_most(price: Decimal, guards: Guards) -> Decimal:
    """The largest price in whole minor units that is not higher."""
    return _rounded(price, guards, ROUND_FLOOR)


def minor_unit(guards: Guards) -> Decimal:
    return ONE.scaleb(-guards.minor_units)


def _rounded(amount: Decimal, guards: Guards, rounding: str) -> Decimal:
    return amount.quantize(minor_unit(guards), rounding=rounding)
