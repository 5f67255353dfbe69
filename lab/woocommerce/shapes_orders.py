"""Orders and refunds as the REST API answers them, in the recordings' fields and order.

A line shows its product as it is now: after a product was deleted for good its lines read product_id 0, sku null, and keep name and totals.
"""

from decimal import Decimal

from lab.woocommerce import catalog, orders, prices
from lab.woocommerce.documents import Document
from lab.woocommerce.shapes import absolute, date_pair, links, variation_image
from lab.woocommerce.state import State

TAX = "0.00"


def order(state: State, document: Document) -> Document:
    """An order; the dates in UTC come near its end, as recorded."""
    shown = _head(state, document) | _parties(document) | _origin(state, document)
    number = document["id"]
    shown |= {"cart_hash": document["cart_hash"], "number": str(number), "meta_data": document["meta_data"]}
    shown |= {"line_items": [_line(state, line) for line in document["line_items"]], "tax_lines": []}
    shown |= {"shipping_lines": [_shipping_line(line) for line in document["shipping_lines"]], "fee_lines": []}
    shown |= {
        "coupon_lines": document["coupon_lines"],
        "refunds": [_refund_summary(refund) for refund in orders.refunds_of(state, document)],
    }
    shown |= {"payment_url": f"{state.home_url}/checkout/order-pay/{number}/?pay_for_order=true&key={document['order_key']}"}
    shown |= _openness(document) | _utc_dates(document) | {"currency_symbol": state.settings.currency_symbol}
    shown["_links"] = links(state, f"orders/{number}") | _more_links(state, document)
    return shown


def refund(state: State, document: Document) -> Document:
    shown = {"id": document["id"]} | date_pair(state, "date_created", document["date_created_gmt"])
    shown |= {"amount": document["amount"], "reason": document["reason"], "refunded_by": document["refunded_by"], "refunded_payment": False}
    shown |= {"meta_data": [], "line_items": [_line(state, line) for line in document["line_items"]]}
    shown |= {"shipping_lines": [], "tax_lines": [], "fee_lines": []}
    owner = f"orders/{document['order_id']}"
    return shown | {"_links": links(state, f"{owner}/refunds/{document['id']}", up=owner, allow=["GET", "DELETE"])}


def json_number(amount: Decimal) -> int | float:
    """A line's `price`, which is a JSON number and not a string (recorded)."""
    rounded = amount.quantize(Decimal("0.000001"))
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)


def _head(state: State, document: Document) -> Document:
    shown = {"id": document["id"], "parent_id": 0, "status": document["status"], "currency": document["currency"], "version": "9.9.5"}
    shown |= {"prices_include_tax": state.settings.prices_include_tax == "yes"}
    for name in ("date_created", "date_modified"):
        shown[name] = date_pair(state, name, document[f"{name}_gmt"])[name]
    discount = orders.sum_of(document["line_items"], "subtotal") - orders.sum_of(document["line_items"])
    shown |= {"discount_total": prices.money(discount), "discount_tax": TAX}
    shown |= {"shipping_total": prices.money(orders.sum_of(document["shipping_lines"])), "shipping_tax": TAX, "cart_tax": TAX}
    return shown | {"total": prices.money(orders.total_of(document)), "total_tax": TAX}


def _parties(document: Document) -> Document:
    shown = {"customer_id": document["customer_id"], "order_key": document["order_key"]}
    order_of_fields = (*orders.ADDRESS[:6], "state", "postcode", "country", "email", "phone")
    for name in ("billing", "shipping"):
        shown[name] = {field: document[name][field] for field in order_of_fields if field in document[name]}
    return shown


def _origin(state: State, document: Document) -> Document:
    names = (
        "payment_method",
        "payment_method_title",
        "transaction_id",
        "customer_ip_address",
        "customer_user_agent",
        "created_via",
        "customer_note",
    )
    shown = {name: document.get(name, "") for name in names}
    for name in ("date_completed", "date_paid"):
        shown[name] = date_pair(state, name, document[f"{name}_gmt"])[name]
    return shown


def _openness(document: Document) -> Document:
    status = document["status"]
    has_goods = any(line["product_id"] for line in document["line_items"])
    owing = status in ("pending", "failed") and orders.total_of(document) > 0
    return {"is_editable": status in ("pending", "on-hold", "auto-draft"), "needs_payment": owing, "needs_processing": has_goods}


def _utc_dates(document: Document) -> Document:
    return {f"{name}_gmt": document[f"{name}_gmt"] for name in ("date_created", "date_modified", "date_completed", "date_paid")}


def _more_links(state: State, document: Document) -> Document:
    root = f"{state.home_url}/wp-json/wc/v3"
    templates = {"embeddable": True, "href": f"{root}/orders/{document['id']}/actions/email_templates"}
    if not document["customer_id"]:
        return {"email_templates": [templates]}
    return {"email_templates": [templates], "customer": [{"href": f"{root}/customers/{document['customer_id']}"}]}


def _line(state: State, line: Document) -> Document:
    item = catalog.find_item(state, line["variation_id"] or line["product_id"])
    parent = state.find("product", item["parent_id"]) if item and item["parent_id"] else None
    shown = {"id": line["id"], "name": line["name"], "product_id": line["product_id"] if item else 0}
    shown |= {"variation_id": line["variation_id"] if item else 0, "quantity": line["quantity"], "tax_class": ""}
    shown |= {"subtotal": line["subtotal"], "subtotal_tax": TAX, "total": line["total"], "total_tax": TAX, "taxes": []}
    shown |= {"meta_data": line["meta_data"], "sku": item["sku"] if item else None}
    each = Decimal(line["total"]) / line["quantity"] if line["quantity"] else Decimal(0)
    shown |= {"price": json_number(each), "image": _line_image(state, item), "parent_name": parent["name"] if parent else None}
    return shown


def _line_image(state: State, item: Document | None) -> Document:
    """The picture's id is a string for a product and a number for a variation that shows its parent's (recorded)."""
    if item is None:
        return {"id": 0, "src": ""}
    if "images" in item:
        picture = item["images"][0] if item["images"] else None
        return {"id": str(picture["id"]), "src": absolute(state, picture["src"])} if picture else {"id": "", "src": ""}
    inherited = variation_image(state, item)
    return {"id": inherited["id"], "src": absolute(state, inherited["src"])} if inherited else {"id": "", "src": ""}


def _shipping_line(line: Document) -> Document:
    shown = {
        "id": line["id"],
        "method_title": line["method_title"],
        "method_id": line["method_id"],
        "instance_id": "",
        "total": line["total"],
    }
    return shown | {"total_tax": TAX, "taxes": [], "tax_status": "taxable", "meta_data": []}


def _refund_summary(document: Document) -> Document:
    """How an order names a refund: a negative total, where the refund itself has a positive amount."""
    return {"id": document["id"], "reason": document["reason"], "total": prices.money(-Decimal(document["amount"]))}
