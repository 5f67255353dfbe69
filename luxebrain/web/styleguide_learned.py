"""Made-up context for the pages that show what was learned: recommendations, prices, customers, stock."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from luxebrain.clock import utcnow
from luxebrain.web import charts
from luxebrain.web.styleguide_base import PICTURE, PRODUCTS, SCRIPT_TAG, Context, Row, frame


def recommendations() -> Context:
    items = [Row(title=title, image=PICTURE, price=Decimal("8.50")) for title in PRODUCTS[:4]]
    similar = Row(
        key="similar",
        title="Similar products",
        is_on=True,
        where="On every product page, below the description.",
        tier="learned",
        items=items,
        form=None,
        figures=Row(seen=12840, clicked=514, click_rate=0.04, added=96, orders=61, revenue=Decimal("1904.20")),
    )
    cart = Row(
        key="cart", title="For the cart", is_on=False, where="On the cart page.", tier="by category", items=[], form=None, figures=None
    )
    rows = [
        Row(measure="The product was among them", ours=0.184, error=0.01, baseline=0.071),
        Row(measure="Products ever shown", ours=0.62, error=None, baseline=0.019),
    ]
    card = Row(trained_at=utcnow() - timedelta(hours=5), orders=9480, products=512, test_orders=1424, not_measured="", rows=rows)
    brought = {
        "brought": Row(orders=112, revenue=Decimal("3905.10")),
        "script_tag": SCRIPT_TAG,
        "cost": Row(pages=8204, bytes=9052, ms=6.2, ms_p75=11.4, layout_shift_p75=0.0),
        "training": None,
        "products": [],
        "sighting": Row(presence="unseen", offered="0.1.0"),
    }
    return frame("recommendations") | brought | {"placements": [similar, cart], "card": card, "store_id": 1, "product_id": 0}


def prices() -> Context:
    reason = "Only 14 in stock, about 2 weeks at this pace (9.0 a week in the last 4, 7.4 a week in the 8 before): 10 % more."
    states = [
        ("proposed", ""),
        ("approved", ""),
        ("pushing", ""),
        ("applied", ""),
        ("failed", "The price was changed by hand to £9.20 meanwhile; nothing was overwritten."),
        ("rolled_back", ""),
    ]
    proposals = [
        Row(
            id=at,
            title=PRODUCTS[at],
            image=PICTURE,
            url="https://hearth.example",
            old_price=Decimal("8.50"),
            new_price=Decimal("8.95") - at % 2,
            reason=reason,
            state=state,
            outcome=outcome,
            changed_at=utcnow() - timedelta(minutes=9),
        )
        for at, (state, outcome) in enumerate(states)
    ]
    limits = Row(floor_margin=Decimal("0.2"), max_step=Decimal("0.1"), needs_approval=True)
    listed = {"proposals": proposals, "state": "proposed", "counts": {"proposed": 12, "approved": 2, "decided": 31}}
    return frame("prices") | listed | {"limits": limits, "shown": "1 to 6 of 12", "earlier": "?page=2", "later": None}


def prices_empty() -> Context:
    return prices() | {"proposals": []}


def segments() -> Context:
    words = [
        ("champions", "Champions", "buys often and did so lately"),
        ("loyal", "Loyal", "comes back, and not long ago"),
        ("promising", "Promising", "bought lately, but not often yet"),
        ("at risk", "At risk", "used to buy often and has stayed away"),
        ("lost", "Lost", "bought little, long ago"),
    ]
    figures = {
        "people": 312,
        "reachable": 204,
        "spent": Decimal("9120"),
        "share": 0.2,
        "expected": Decimal("2140"),
        "joined": 21,
        "left": 9,
    }
    groups = [Row(key=key, word=word, meaning=meaning, **figures) for key, word, meaning in words]
    facts = {"name": "Mary Hale", "email": "m.hale@example.com", "frequency": 7, "monetary": Decimal("412.50"), "can_be_written_to": False}
    facts |= {"value": Row(amount=Decimal("96.20"), lower=Decimal("20"), upper=Decimal("210"), probability_alive=0.86)}
    members = [Row(**facts, explanation="Champions: buys often and did so lately (7 orders worth 412.50 GBP, the last one 3 days ago).")]
    chosen = {"chosen": "champions", "word": "Champions", "members": members, "page": 1, "page_size": 50}
    return frame("segments") | chosen | {"segments": groups, "computed_at": utcnow() - timedelta(hours=3)}


def forecasts() -> Context:
    weeks = [charts.Point(f"W{week}", 40 + 3 * week, *((38 + week, 52 + 5 * week) if week > 8 else ())) for week in range(1, 17)]
    today = utcnow().date()
    figures = (
        (0, 9.0, 4, 15, today, 20, 31),
        (14, 4.2, 1, 8, today + timedelta(weeks=3), 17, 12),
        (240, 12.4, 6, 21, None, 44, 0),
        (None, 1.3, 0, 4, None, 6, 0),
    )
    names = ("on_hand", "weekly", "lower", "upper", "sold_out_on", "reorder_point", "quantity")
    rows = [Row(title=PRODUCTS[at], image_url=PICTURE, **dict(zip(names, figure, strict=True))) for at, figure in enumerate(figures)]
    shown = {"rows": rows, "only_to_order": True, "shown": "1 to 4 of 4", "earlier": None, "later": None}
    counts = {"figures": Row(products=512, to_order=2, sold_out=1), "errors": (0.41, 0.63)}
    chart = charts.line(weeks, title="About 12 % more units in the next four weeks", unit="units a week")
    return frame("forecasts") | shown | counts | {"card": Row(trained_at=utcnow() - timedelta(hours=5)), "reason": "", "chart": chart}


def forecasts_empty() -> Context:
    return forecasts() | {"card": None, "reason": "A forecast needs 4 whole weeks of orders; there are 2."}
