"""Price proposals from sales velocity and stock, inside a store's guards; every proposal carries the figures of its reason.

The one thing to know: doing nothing is the default. In a simulated market, rules of this kind earn less than a fixed price where stock is
plenty and much more where it is finite, so a price moves only when stock and sales are clearly out of balance; no stock
figure, no proposal. Elasticity is assumed here (ASSUMED_ELASTICITY) and used for one figure only, the expected weeks of stock.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from luxebrain.engines import price_guards
from luxebrain.engines.price_guards import Guards, PriceRange

SELLING_OUT_WEEKS = 4.0
OVERSTOCK_WEEKS = 26.0
BALANCED_WEEKS = 13.0
FEWEST_UNITS = 4.0
FEWEST_IN_STOCK = 5
OBSERVED_DAYS = 84
CLEAR_CHANGE = 1.64  # standard errors: one-sided 5 %
ASSUMED_ELASTICITY = -1.5


class Reason(StrEnum):
    SELLING_OUT = "selling_out"
    OVERSTOCKED = "overstocked"
    NOT_SELLING = "not_selling"
    BACK_TO_LIST = "back_to_list"
    BELOW_FLOOR = "below_floor"


class Unchanged(StrEnum):
    IN_BALANCE = "in_balance"
    NO_PRICE = "no_price"
    NO_STOCK_FIGURE = "no_stock_figure"
    TOO_FEW_SALES = "too_few_sales"
    TOO_NEW = "too_new"
    NO_ROOM = "no_room_within_guards"


@dataclass(frozen=True, slots=True)
class ProductSales:
    """What is known of one product. Units are net of returns; prices in the store's currency.

    Without `unit_cost` the price is never lowered; without `list_price` never raised. `stock` None: not counted.
    """

    product_id: int
    price: Decimal
    unit_cost: Decimal | None
    list_price: Decimal | None
    stock: int | None
    units_last_28_days: float
    units_prior_56_days: float
    days_listed: int = OBSERVED_DAYS


@dataclass(frozen=True, slots=True)
class Proposal:
    """A price to ask for, and why. Weekly units are means; weeks of stock are at that pace, None when nothing sells or is counted."""

    product_id: int
    old_price: Decimal
    new_price: Decimal
    reason: Reason
    floor: Decimal
    ceiling: Decimal
    stock: int | None
    weekly_units: float
    prior_weekly_units: float
    weeks_of_stock: float | None
    expected_weeks_of_stock: float | None


@dataclass(frozen=True, slots=True)
class Review:
    """The outcome for every product: a proposal, or why its price stays (by product id)."""

    proposals: list[Proposal]
    unchanged: dict[int, Unchanged]


def review(products: Iterable[ProductSales], guards: Guards) -> Review:
    """Looks at each product on its own (a loop: the prices are exact decimals); the answer is ordered by product id."""
    proposals: list[Proposal] = []
    unchanged: dict[int, Unchanged] = {}
    for product in sorted(products, key=lambda product: product.product_id):
        match propose(product, guards):
            case Proposal() as proposal:
                proposals.append(proposal)
            case reason:
                unchanged[product.product_id] = reason
    return Review(proposals, unchanged)


def propose(product: ProductSales, guards: Guards) -> Proposal | Unchanged:
    """A proposal for one product, or why there is none."""
    if not product.price.is_finite() or product.price < price_guards.minor_unit(guards):
        return Unchanged.NO_PRICE
    if not (math.isfinite(product.units_last_28_days) and math.isfinite(product.units_prior_56_days)):
        return Unchanged.TOO_FEW_SALES
    bounds = price_bounds(product, guards)
    match judge(product, bounds):
        case Reason() as reason:
            return _priced(product, reason, bounds, guards)
        case unchanged:
            return unchanged


def price_bounds(product: ProductSales, guards: Guards) -> PriceRange:
    """Floor by cost and margin, ceiling by list price; what is not known does not move (see ProductSales)."""
    cost, list_price = _amount(product.unit_cost), _amount(product.list_price)
    floor = product.price if cost is None else price_guards.floor_price(cost, guards)
    ceiling = product.price if list_price is None else price_guards.ceiling_price(list_price, guards)
    return PriceRange(floor, ceiling)


def judge(product: ProductSales, bounds: PriceRange) -> Reason | Unchanged:
    """Which way the balance of stock and sales points; needs no guard but the floor."""
    if product.price < bounds.low:
        return Reason.BELOW_FLOOR
    if product.stock is None:
        return Unchanged.NO_STOCK_FIGURE
    if product.stock < FEWEST_IN_STOCK:
        return Unchanged.IN_BALANCE
    if product.units_last_28_days + product.units_prior_56_days <= 0:
        return Reason.NOT_SELLING if product.days_listed >= OBSERVED_DAYS else Unchanged.TOO_NEW
    return _judge_pace(product)


def change_in_pace(product: ProductSales) -> float:
    """The last 28 days against half of the 56 before, in standard errors of Poisson counts."""
    recent, prior = max(product.units_last_28_days, 0.0), max(product.units_prior_56_days, 0.0)
    return (recent - prior / 2) / math.sqrt(recent + prior / 4) if recent + prior else 0.0


def weekly_units(product: ProductSales) -> float:
    """Units a week: the recent pace counts double (2/3 of the last 28 days, 1/3 of the 56 before)."""
    recent, prior = max(product.units_last_28_days, 0.0) / 4, max(product.units_prior_56_days, 0.0) / 8
    return (2 * recent + prior) / 3


def explain(proposal: Proposal, currency: str) -> str:
    """The proposal as one sentence for the merchant."""
    pace = f"{proposal.weekly_units:.1f} a week sold lately, {proposal.prior_weekly_units:.1f} before"
    lasts = "" if proposal.weeks_of_stock is None else f", stock for {_weeks(proposal.weeks_of_stock)}"
    facts = {
        Reason.SELLING_OUT: f"It sells out soon: {proposal.stock} left, {pace}{lasts}.",
        Reason.OVERSTOCKED: f"There is too much of it: {proposal.stock} in stock, {pace}{lasts}.",
        Reason.NOT_SELLING: f"Nothing was sold in {OBSERVED_DAYS} days and {proposal.stock} are in stock.",
        Reason.BACK_TO_LIST: f"It sells well again: {pace}{lasts}, so the reduction can end.",
        Reason.BELOW_FLOOR: f"The price is below the floor of {proposal.floor} {currency} that cost and margin ask for.",
    }
    return f"From {proposal.old_price} to {proposal.new_price} {currency}. {facts[proposal.reason]}"


def _weeks(weeks: float) -> str:
    return "less than a week" if weeks < 1 else f"{weeks:.1f} weeks" if weeks < 10 else f"{weeks:.0f} weeks"


def _judge_pace(product: ProductSales) -> Reason | Unchanged:
    change, weeks = change_in_pace(product), (product.stock or 0) / weekly_units(product)
    if product.units_last_28_days + product.units_prior_56_days < FEWEST_UNITS:
        return Unchanged.TOO_FEW_SALES
    if weeks < SELLING_OUT_WEEKS and change > -CLEAR_CHANGE:
        return Reason.SELLING_OUT
    if weeks > OVERSTOCK_WEEKS and change < CLEAR_CHANGE:
        return Reason.OVERSTOCKED if product.days_listed >= OBSERVED_DAYS else Unchanged.TOO_NEW
    is_reduced = product.price < (_amount(product.list_price) or product.price)
    return Reason.BACK_TO_LIST if is_reduced and weeks < BALANCED_WEEKS and change > -CLEAR_CHANGE else Unchanged.IN_BALANCE


def _priced(product: ProductSales, reason: Reason, bounds: PriceRange, guards: Guards) -> Proposal | Unchanged:
    allowed = _allowed(product, reason, bounds, guards)
    if allowed is None:
        return Unchanged.NO_ROOM
    new_price = price_guards.settle(_target(product, reason, bounds, guards), allowed, guards)
    pace = weekly_units(product)
    weeks = product.stock / pace if product.stock is not None and pace > 0 else None
    effect = float(new_price / product.price) ** ASSUMED_ELASTICITY
    return Proposal(
        product_id=product.product_id,
        old_price=product.price,
        new_price=new_price,
        reason=reason,
        floor=bounds.low,
        ceiling=bounds.high,
        stock=product.stock,
        weekly_units=max(product.units_last_28_days, 0.0) / 4,
        prior_weekly_units=max(product.units_prior_56_days, 0.0) / 8,
        weeks_of_stock=weeks,
        expected_weeks_of_stock=None if weeks is None else weeks / effect,
    )


def _allowed(product: ProductSales, reason: Reason, bounds: PriceRange, guards: Guards) -> PriceRange | None:
    """Within the bounds, within one step, and really up or really down; None when that leaves no price."""
    step = price_guards.reachable(product.price, guards)
    if _lowers(reason):
        way = PriceRange(step.low, price_guards.next_below(product.price, guards))
    else:
        way = PriceRange(price_guards.next_above(product.price, guards), step.high)
        if reason is Reason.BACK_TO_LIST and product.list_price is not None:
            way = PriceRange(way.low, min(way.high, price_guards.at_most(product.list_price, guards)))
    inside = price_guards.intersection(bounds, step)
    return None if inside is None else price_guards.intersection(inside, way)


def _target(product: ProductSales, reason: Reason, bounds: PriceRange, guards: Guards) -> Decimal:
    """Where the price would go if nothing held it: half a step when overstocked, a whole one when selling out or not selling."""
    match reason:
        case Reason.SELLING_OUT:
            return product.price * (1 + guards.max_step)
        case Reason.NOT_SELLING:
            return product.price * (1 - guards.max_step)
        case Reason.OVERSTOCKED:
            return product.price * (1 - guards.max_step / 2)
        case Reason.BACK_TO_LIST:
            return product.list_price or product.price
        case Reason.BELOW_FLOOR:
            return bounds.low


def _lowers(reason: Reason) -> bool:
    return reason in (Reason.OVERSTOCKED, Reason.NOT_SELLING)


def _amount(amount: Decimal | None) -> Decimal | None:
    """A cost or price that can be one; zero, negative and NaN are not known."""
    return amount if amount is not None and amount.is_finite() and amount > 0 else None
