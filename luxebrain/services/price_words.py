"""What is said about prices, in sentences with figures: why one is proposed, and why one was not written."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from luxebrain.engines.price_rules import OBSERVED_DAYS, Proposal, Reason
from luxebrain.money import Money

LONG_WEEKS = 104


def reason(found: Proposal, currency: str) -> str:
    """ "12 in stock, about 40 weeks at this pace: 10 % less." """
    return f"{_facts(found, currency)}: {_step(found)}."


def amount(price: Decimal | None, currency: str) -> str:
    return "no price" if price is None else str(Money(price, currency))


def _facts(found: Proposal, currency: str) -> str:
    in_stock, pace = f"{found.stock} in stock", _pace(found)
    match found.reason:
        case Reason.SELLING_OUT:
            return f"Only {in_stock}, {_weeks(found)} at this pace ({pace})"
        case Reason.OVERSTOCKED:
            return f"{in_stock}, {_weeks(found)} at this pace ({pace})"
        case Reason.NOT_SELLING:
            return f"{in_stock}, none sold in {OBSERVED_DAYS // 7} weeks"
        case Reason.BACK_TO_LIST:
            return f"Reduced, but it sells well again ({pace}), {in_stock}; the reduction can shrink"
        case Reason.BELOW_FLOOR:
            return f"The price is below your floor of {amount(found.floor, currency)}, which cost and margin ask for"
        case _:
            assert_never(found.reason)


def _pace(found: Proposal) -> str:
    return f"{found.weekly_units:.1f} a week in the last 4 weeks, {found.prior_weekly_units:.1f} in the 8 before"


def _weeks(found: Proposal) -> str:
    weeks = found.weeks_of_stock or 0.0
    if weeks > LONG_WEEKS:
        return f"more than {LONG_WEEKS // 52} years"
    if weeks < 1:
        return "less than a week"
    return "about a week" if round(weeks) == 1 else f"about {weeks:.0f} weeks"


def _step(found: Proposal) -> str:
    share = found.new_price / found.old_price - 1
    figure = f"{abs(share) * 100:.0f}" if abs(share) >= Decimal("0.095") else f"{abs(share) * 100:.1f}".removesuffix(".0")
    return f"{figure} % {'more' if share > 0 else 'less'}"
