"""Make the sample shop's orders, refunds and customers from the chosen order lines.

Lines, quantities, unit prices and the time of each order are as recorded. Who bought is invented (see shop_people.py); so are order
statuses, refunds and which one-time customers ordered as guests. Times are `days_ago` before the end of the data.
"""

from dataclasses import dataclass
from typing import Final

import pandas as pd
from shop_catalogue import Document, Place, draw
from shop_people import make_billing

FIRST_CUSTOMER_ID: Final = 101
FIRST_ORDER_ID: Final = 20001
FIRST_REFUND_ID: Final = 40001
GUEST_SHARE: Final = 0.45  # of the people who ordered once
PARTIAL_REFUNDS: Final = 0.025
FULL_REFUNDS: Final = 0.008
REASONS: Final = ("Arrived damaged", "Changed my mind", "Wrong colour", "Too small", "Late for the occasion", "")


@dataclass(frozen=True, slots=True)
class Books:
    """The shop's books: customer documents and order documents, oldest first."""

    customers: list[Document]
    orders: list[Document]


def write_books(lines: pd.DataFrame, *, places: dict[str, Place], end: pd.Timestamp) -> Books:
    """One order document an invoice and one customer document a returning (or registered) customer.

    `lines` has the columns InvoiceNo, StockCode, at, customer, quantity, price and is sorted by time.
    """
    invoices = lines.drop_duplicates("InvoiceNo")
    order_counts = invoices["customer"].value_counts()
    members = {int(str(key)): count for key, count in order_counts.items() if count > 1 or draw(f"guest {key}") > GUEST_SHARE}
    ids = {key: FIRST_CUSTOMER_ID + index for index, key in enumerate(invoices["customer"].dropna().astype(int).unique()) if key in members}
    orders = []
    for index, (_, rows) in enumerate(lines.groupby("InvoiceNo", sort=False)):
        at = (end - rows["at"].iloc[0]).total_seconds() / 86400
        order = _order(rows, places=places, order_id=FIRST_ORDER_ID + index, days_ago=round(at, 4))
        orders.append(order | _buyer(rows["customer"].iloc[0], ids=ids, invoice=str(rows["InvoiceNo"].iloc[0])))
    _refund_some(orders)
    _blank_one_guest(orders)
    return Books(_customers(ids, orders), orders)


def _order(rows: pd.DataFrame, *, places: dict[str, Place], order_id: int, days_ago: float) -> Document:
    return {
        "id": order_id,
        "number": str(order_id),
        "status": _status(order_id, days_ago=days_ago),
        "currency": "GBP",
        "days_ago": days_ago,
        "line_items": _lines(rows, places=places),
    }


def _lines(rows: pd.DataFrame, *, places: dict[str, Place]) -> list[Document]:
    columns = zip(rows["StockCode"].tolist(), rows["quantity"].tolist(), rows["price"].tolist(), strict=True)
    return [_line(code, place=places[code], quantity=quantity, price=price) for code, quantity, price in columns]


def _line(code: str, *, place: Place, quantity: int, price: float) -> Document:
    line: Document = {
        "product_id": place.product_id,
        "variation_id": place.variation_id,
        "quantity": quantity,
        "total": f"{quantity * price:.2f}",
    }
    return line if place.product_id else line | {"name": place.name, "sku": code}


def _status(order_id: int, *, days_ago: float) -> str:
    """Completed after four days; a few never got that far."""
    chance = draw(f"status {order_id}")
    if chance < 0.012:
        return "cancelled"
    if chance < 0.016:
        return "failed"
    if days_ago > 4:
        return "completed"
    return "on-hold" if chance > 0.95 else "processing"


def _buyer(customer: int | None, *, ids: dict[int, int], invoice: str) -> Document:
    """A customer's order names the customer; a guest's order only has a billing name and address."""
    is_known = not pd.isna(customer)
    if is_known and customer in ids:
        return {"customer_id": ids[int(customer or 0)]}
    billing = make_billing(f"guest {customer if is_known else invoice}")
    names = {name: billing[name] for name in ("first_name", "last_name")}
    return {"customer_id": 0, "billing_email": billing["email"], "billing": names}


def _refund_some(orders: list[Document]) -> None:
    """A full refund turns the order to "refunded"; a partial one gives back its first line and leaves the status."""
    refund_id = FIRST_REFUND_ID
    for order in orders:
        chance = draw(f"refund {order['id']}")
        if order["status"] != "completed" or chance >= PARTIAL_REFUNDS + FULL_REFUNDS:
            continue
        is_full = chance < FULL_REFUNDS
        lines = order["line_items"] if is_full else order["line_items"][:1]
        amount = sum(float(line["total"]) for line in lines)
        reason = REASONS[int(draw(f"reason {order['id']}") * len(REASONS))]
        days_ago = round(max(order["days_ago"] - 3 - 9 * chance / (PARTIAL_REFUNDS + FULL_REFUNDS), 0.05), 4)
        order["refunds"] = [{"id": refund_id, "reason": reason, "amount": f"{amount:.2f}", "days_ago": days_ago, "line_items": lines}]
        order["status"] = "refunded" if is_full else order["status"]
        refund_id += 1


def _blank_one_guest(orders: list[Document]) -> None:
    """One order came in by telephone: a guest without an address."""
    order = next(order for order in orders[len(orders) // 2 :] if order["customer_id"] == 0)
    order["billing_email"], order["billing"] = "", {}


def _customers(ids: dict[int, int], orders: list[Document]) -> list[Document]:
    first_order: dict[int, float] = {}
    for order in orders:
        first_order.setdefault(order["customer_id"], order["days_ago"])
    return [_customer(key, customer_id=customer_id, days_ago=first_order[customer_id]) for key, customer_id in ids.items()]


def _customer(key: int, *, customer_id: int, days_ago: float) -> Document:
    """Older members registered up to a year before the first order that we see, the others on the day."""
    billing = make_billing(f"customer {key}")
    earlier = 365 * draw(f"member {key}") if days_ago > 300 else 0.01
    names = {field: billing[field] for field in ("email", "first_name", "last_name")}
    return {"id": customer_id, **names, "days_ago": round(days_ago + earlier, 2), "billing": billing}
