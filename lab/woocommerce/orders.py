"""Orders and refunds: what they cost, how their status moves stock, and what is announced in which order.

Recorded: an order made by REST announces order.created, then order.updated; one made by the checkout the other way round; stock that moves
announces product.updated; a refund is an order.updated and never lowers the order's total.
"""

import secrets
from collections.abc import Iterable
from decimal import Decimal

from lab.woocommerce import catalog, prices
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError, not_found
from lab.woocommerce.state import State

STATUSES = ("auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft")
TAKES_STOCK = {"processing", "completed", "on-hold"}
GIVES_STOCK_BACK = {"cancelled", "pending"}
PAID = {"processing", "completed"}

ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")
ORDER_KEY_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def blank_order(state: State) -> Document:
    """An order with nothing in it yet."""
    return blank_order_at(state, order_id=state.next_id("order"), created=state.stamp())


def blank_order_at(state: State, *, order_id: int, created: str) -> Document:
    return {
        "id": order_id, "status": "pending", "currency": state.settings.currency, "date_created_gmt": created, "date_modified_gmt": created,
        "date_paid_gmt": None, "date_completed_gmt": None, "customer_id": 0, "order_key": new_order_key(),
        "billing": address({}, extra=("email", "phone")), "shipping": address({}, extra=("phone",)), "payment_method": "",
        "payment_method_title": "", "created_via": "rest-api", "customer_note": "", "meta_data": [], "line_items": [], "shipping_lines": [],
        "coupon_lines": [], "customer_ip_address": "", "customer_user_agent": "", "cart_hash": "", "stock_taken": False, "refund_ids": [],
    }  # fmt: skip


def create_order(state: State, sent: Document) -> Document:
    """An order as a REST client makes it; an unknown product is accepted as an empty line."""
    order = blank_order(state)
    _apply(state, order, sent)
    if sent.get("set_paid"):
        _set_paid(state, order, chosen=sent.get("status"))
    save(state, order)
    state.announce("order.created", order["id"])
    state.announce("order.updated", order["id"])
    settle_stock(state, order)
    return order


def update_order(state: State, order: Document, sent: Document) -> Document:
    """Change an order; a new status may move stock."""
    _apply(state, order, sent)
    if sent.get("set_paid"):
        _set_paid(state, order, chosen=sent.get("status"))
    save(state, order)
    state.announce("order.updated", order["id"])
    settle_stock(state, order)
    return order


def trash_order(state: State, order: Document) -> None:
    order["status"] = "trash"
    save(state, order)
    state.announce("order.deleted", order["id"])


def save(state: State, order: Document) -> None:
    """Stamp the change and the moments its status implies."""
    now = state.stamp()
    if order["status"] in PAID and not order["date_paid_gmt"] and order["payment_method"] != "cod":
        order["date_paid_gmt"] = now
    if order["status"] == "completed" and not order["date_completed_gmt"]:
        order["date_completed_gmt"] = now
    order["date_modified_gmt"] = now
    state.put("order", order)


def settle_stock(state: State, order: Document) -> None:
    """Take stock once for an order that is to be delivered; give it back once for one that is not."""
    takes, gives = order["status"] in TAKES_STOCK, order["status"] in GIVES_STOCK_BACK
    if takes and not order["stock_taken"]:
        _move_lines(state, order, direction=-1)
    elif gives and order["stock_taken"]:
        _move_lines(state, order, direction=1)


def make_line(state: State, item: Document | None, quantity: int, *, total: Decimal | None = None) -> Document:
    """An order line; `item` is a product or a variation, None for one that does not exist."""
    each = prices.amount(item["price"]) if item else None
    worth = prices.money(total if total is not None else (each or Decimal(0)) * quantity)
    line: Document = {
        "id": state.next_id("line"),
        "name": "",
        "product_id": 0,
        "variation_id": 0,
        "quantity": quantity,
        "subtotal": worth,
        "total": worth,
    }
    if item is None:
        return line | {"meta_data": []}
    parent = state.find("product", item["parent_id"]) if item["parent_id"] else None
    name = full_name(item, parent)
    if parent is None:
        return line | {"name": name, "product_id": item["id"], "meta_data": []}
    return line | {"name": name, "product_id": parent["id"], "variation_id": item["id"], "meta_data": _attribute_meta(state, item)}


def full_name(item: Document, parent: Document | None) -> str:
    """What a line calls an item: a variation carries its parent's name and its options."""
    if parent is None:
        return str(item["name"])
    options = ", ".join(attribute["option"] for attribute in item["attributes"])
    return f"{parent['name']} - {options}" if options else str(parent["name"])


def total_of(order: Document) -> Decimal:
    """What the order came to; refunds do not lower it."""
    return sum_of(order["line_items"]) + sum_of(order["shipping_lines"])


def sum_of(lines: Iterable[Document], field: str = "total") -> Decimal:
    return sum((Decimal(line[field]) for line in lines), Decimal(0))


def refunds_of(state: State, order: Document) -> list[Document]:
    return [refund for refund_id in order["refund_ids"] if (refund := state.find("refund", refund_id))]


def create_refund(state: State, order: Document, sent: Document) -> Document:
    """Give money back; a full refund makes the order "refunded"."""
    already = sum_of(refunds_of(state, order), "amount")
    amount = prices.amount(str(sent.get("amount", ""))) or Decimal(0)
    if amount <= 0 or already + amount > total_of(order):
        raise RestError(500, "woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.", bare_data=500)
    refund = {
        "id": state.next_id("refund"), "order_id": order["id"], "date_created_gmt": state.stamp(), "amount": prices.money(amount),
        "reason": sent.get("reason", ""), "refunded_by": 1, "line_items": _refunded_lines(state, order, sent.get("line_items") or []),
    }  # fmt: skip
    state.put("refund", refund)
    order["refund_ids"] = [refund["id"], *order["refund_ids"]]
    if already + amount == total_of(order):
        order["status"] = "refunded"
    save(state, order)
    state.announce("order.updated", order["id"])
    return refund


def delete_refund(state: State, order: Document, refund: Document) -> None:
    """Nobody is told (recorded)."""
    order["refund_ids"] = [known for known in order["refund_ids"] if known != refund["id"]]
    state.put("order", order)
    state.remove("refund", refund["id"])


def address(sent: Document, *, extra: tuple[str, ...]) -> Document:
    """An address with all its fields, "" where nothing was given."""
    return {field: str(sent.get(field) or "") for field in (*ADDRESS, *extra)}


def new_order_key() -> str:
    return "wc_order_" + "".join(secrets.choice(ORDER_KEY_LETTERS) for _ in range(13))


def _apply(state: State, order: Document, sent: Document) -> None:
    for name in ("status", "payment_method", "payment_method_title", "customer_note", "transaction_id", "customer_id"):
        if name in sent:
            order[name] = sent[name]
    if "billing" in sent:
        order["billing"] = address(order["billing"] | sent["billing"], extra=("email", "phone"))
    if "shipping" in sent:
        order["shipping"] = address(order["shipping"] | sent["shipping"], extra=("phone",))
    customer = state.find("customer", order["customer_id"])
    if customer is not None and not order["billing"]["email"]:
        order["billing"]["email"] = customer["email"]
    if customer is not None and order["status"] in PAID:
        state.put("customer", customer | {"is_paying_customer": True})
    order["line_items"] += [_sent_line(state, line) for line in sent.get("line_items", []) if "id" not in line]
    order["shipping_lines"] += [_shipping_line(state, line) for line in sent.get("shipping_lines", [])]
    set_meta(state, order, sent.get("meta_data", []))


def set_meta(state: State, order: Document, sent: list[Document]) -> None:
    """Set meta data by key: a known key is overwritten."""
    for meta in sent:
        known = next((entry for entry in order["meta_data"] if entry["key"] == meta["key"]), None)
        if known is not None:
            known["value"] = meta["value"]
        else:
            order["meta_data"].append({"id": state.next_id("meta"), "key": meta["key"], "value": meta["value"]})


def _set_paid(state: State, order: Document, *, chosen: str | None) -> None:
    order["date_paid_gmt"] = state.stamp()
    if chosen is None:
        order["status"] = "completed" if order["payment_method"] == "cod" else "processing"


def _sent_line(state: State, sent: Document) -> Document:
    item = catalog.find_item(state, sent.get("variation_id") or sent.get("product_id"))
    total = Decimal(str(sent["total"])) if sent.get("total") not in (None, "") else None
    return make_line(state, item, int(sent.get("quantity", 1)), total=total)


def _shipping_line(state: State, sent: Document) -> Document:
    total = prices.money(prices.amount(str(sent.get("total", "0"))) or Decimal(0))
    return {
        "id": state.next_id("line"),
        "method_title": sent.get("method_title", ""),
        "method_id": sent.get("method_id", ""),
        "total": total,
    }


def _attribute_meta(state: State, variation: Document) -> list[Document]:
    meta = []
    for attribute in variation["attributes"]:
        slug, option = attribute["slug"], attribute["option"]
        value = catalog.slug_of(option) if slug.startswith("pa_") else option
        meta.append({"id": state.next_id("meta"), "key": slug, "value": value, "display_key": attribute["name"], "display_value": option})
    return meta


def _move_lines(state: State, order: Document, *, direction: int) -> None:
    order["stock_taken"] = direction < 0
    for line in order["line_items"]:
        item = catalog.find_item(state, line["variation_id"] or line["product_id"])
        if item is None:
            continue
        _count_sale(state, line, direction)
        _note_reduced_stock(state, line, reduced=direction < 0 and item["manage_stock"] is True)
        catalog.move_stock(state, item, direction * line["quantity"])
    state.put("order", order)


def _note_reduced_stock(state: State, line: Document, *, reduced: bool) -> None:
    """A line remembers in its meta data how much stock it took."""
    line["meta_data"] = [meta for meta in line["meta_data"] if meta["key"] != "_reduced_stock"]
    if reduced:
        taken = str(line["quantity"])
        meta = {
            "id": state.next_id("meta"),
            "key": "_reduced_stock",
            "value": taken,
            "display_key": "_reduced_stock",
            "display_value": taken,
        }
        line["meta_data"].append(meta)


def _count_sale(state: State, line: Document, direction: int) -> None:
    product = state.find("product", line["product_id"])
    if product is not None:
        product["total_sales"] = max(0, product["total_sales"] - direction * line["quantity"])
        state.put("product", product)


def _refunded_lines(state: State, order: Document, sent: list[Document]) -> list[Document]:
    lines = []
    for part in sent:
        line = next((line for line in order["line_items"] if line["id"] == part.get("id")), None)
        if line is None:
            raise not_found("order_item")
        total = prices.money(-(prices.amount(str(part.get("refund_total", "0"))) or Decimal(0)))
        reference = str(line["id"])
        meta = {
            "id": state.next_id("meta"),
            "key": "_refunded_item_id",
            "value": reference,
            "display_key": "_refunded_item_id",
            "display_value": reference,
        }
        more = {
            "id": state.next_id("line"),
            "quantity": -int(part.get("quantity", 0)),
            "subtotal": total,
            "total": total,
            "meta_data": [meta],
        }
        lines.append(line | more)
    return lines
