"""Prices as WooCommerce keeps them: strings, "" for none, with a sale that may have dates.

`price` is stored when a product is saved and stays until the next save or the daily cron, even when its sale has ended meanwhile; whether
it is on sale is answered from the dates at the moment of asking. Both recorded.
"""

import re
from decimal import Decimal, InvalidOperation

from lab.woocommerce.documents import Document

SALE_DATES = ("date_on_sale_from_gmt", "date_on_sale_to_gmt")


def as_text(sent: object) -> str:
    """A price as it is stored: everything but digits, point and minus is dropped, so "abc" becomes "" and "1,234.50" becomes "1234.50"."""
    if sent is None or isinstance(sent, bool):
        return ""
    cleaned = re.sub(r"[^0-9.\-]", "", str(sent))
    return cleaned if amount(cleaned) is not None else ""


def amount(text: str) -> Decimal | None:
    """The number of a stored price; None for "" and for what is no number."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def is_on_sale(product: Document, now: str) -> bool:
    """Whether a sale price below the regular one applies at `now` (UTC text)."""
    sale, regular = amount(product["sale_price"]), amount(product["regular_price"])
    if sale is None or regular is None or sale >= regular:
        return False
    starts, ends = (product[name] for name in SALE_DATES)
    return not (starts and starts > now) and not (ends and ends < now)


def settle(product: Document, now: str) -> None:
    """What saving does to prices: a sale price that is no reduction is dropped, and `price` becomes what is charged now."""
    sale, regular = amount(product["sale_price"]), amount(product["regular_price"])
    if sale is not None and (regular is None or sale >= regular):
        product["sale_price"] = ""
    product["price"] = product["sale_price"] if is_on_sale(product, now) else product["regular_price"]


def run_sale_schedule(product: Document, now: str) -> bool:
    """The daily `woocommerce_scheduled_sales`: begins a sale that is due, ends one that is over. True when the product changed."""
    starts, ends = (product[name] for name in SALE_DATES)
    if ends and ends < now and product["sale_price"]:
        product.update({"sale_price": "", "price": product["regular_price"]} | dict.fromkeys(SALE_DATES))
        return True
    if starts and starts <= now and is_on_sale(product, now) and product["price"] != product["sale_price"]:
        product["price"] = product["sale_price"]
        return True
    return False


def minor_units(text: str) -> str:
    """A price in the currency's minor unit, as the Store API writes it; "0" for none."""
    return str(int((amount(text) or Decimal(0)).quantize(Decimal("0.01")) * 100))


def money(number: Decimal) -> str:
    """Two decimals, as order totals are written."""
    return str(number.quantize(Decimal("0.01")))
