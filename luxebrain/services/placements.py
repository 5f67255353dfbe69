"""Where widgets can stand: the heading each has until a merchant writes another, and how pages speak of it."""

from __future__ import annotations

from dataclasses import dataclass

from luxebrain.engines.serving import Placement


@dataclass(frozen=True, slots=True)
class PlacementFacts:
    """`title`: the first heading. `subject`: in a sentence, as "the widget for ...". `where`: for the merchant. `starts_from`: what its
    answer hangs on: "product", "cart", "seen" or nothing."""

    title: str
    subject: str
    where: str
    starts_from: str = ""


PLACEMENTS: dict[Placement, PlacementFacts] = {
    Placement.SIMILAR: PlacementFacts(
        "You may also like", "similar products", "On a product's page: other products that people who like this one like.", "product"
    ),
    Placement.BOUGHT_TOGETHER: PlacementFacts(
        "Often bought together",
        "products bought together",
        "On a product's page: what was bought in the same order, to be added with one button.",
        "product",
    ),
    Placement.CART: PlacementFacts("Goes well with your cart", "the cart", "On the cart page: what completes what is in the cart.", "cart"),
    Placement.THANK_YOU: PlacementFacts(
        "Goes well with your order", "the thank-you page", "After an order: what goes with what was just bought.", "cart"
    ),
    Placement.EMPTY_CART: PlacementFacts(
        "Something for your cart?", "the empty cart", "On the cart page with nothing in it: what suits what the shopper looked at.", "seen"
    ),
    Placement.TRENDING: PlacementFacts("Trending now", "trending products", "Anywhere: what sells much more than it used to."),
    Placement.BEST_SELLERS: PlacementFacts("Our best sellers", "best sellers", "Anywhere: what sold most in the last quarter."),
    Placement.RECENTLY_VIEWED: PlacementFacts(
        "You looked at these", "recently viewed products", "Anywhere: what the shopper looked at last, where they agree to that.", "seen"
    ),
    Placement.FOR_YOU: PlacementFacts(
        "Picked for you", "the shopper", "On the home page: what suits what the shopper looked at and bought; what is popular else.", "seen"
    ),
    Placement.NOT_FOUND: PlacementFacts(
        "Perhaps one of these?", "pages that are not there", "Where an address leads nowhere: a way back into the shop.", "seen"
    ),
    Placement.NO_RESULTS: PlacementFacts(
        "Perhaps one of these?", "searches without results", "Where a search found nothing: a way back into the shop.", "seen"
    ),
}
