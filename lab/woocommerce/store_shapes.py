"""Products, carts and the checkout as the Store API answers them: prices in minor units, "0" where there is none."""

from decimal import Decimal

from lab.woocommerce import catalog, orders, prices, shapes
from lab.woocommerce.carts import MOST_OF_ONE, Cart, CartLine
from lab.woocommerce.documents import Document
from lab.woocommerce.state import State

NO_ADDRESS = dict.fromkeys(("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode"), "")


def product(state: State, item: Document) -> Document:
    """A product or a variation; a variation bears its parent's name and says its options in `variation`."""
    parent = state.find("product", item["parent_id"]) if item["parent_id"] else None
    shown = {"id": item["id"], "name": (parent or item)["name"], "slug": _slug(item, parent), "parent": item["parent_id"]}
    shown |= {"type": "variation" if parent else item["type"], "variation": _options_text(item) if parent else ""}
    shown |= {"permalink": shapes.permalink(state, item), "sku": item["sku"]}
    shown |= {"short_description": item.get("short_description", ""), "description": item["description"]}
    shown |= {"on_sale": shapes.is_on_sale(state, item), "prices": item_prices(state, item)}
    shown |= {
        "price_html": shapes.price_html(state, item).replace("<bdi>", "").replace("</bdi>", ""),
        "average_rating": "0",
        "review_count": 0,
    }
    shown |= {"images": pictures(state, item), "categories": _categories(state, item), "tags": [], "brands": []}
    shown |= {
        "attributes": [] if parent else _attributes(item),
        "variations": [] if parent else _variations(state, item),
        "grouped_products": [],
    }
    return shown | _availability(state, item, parent) | {"extensions": {}}


def cart(state: State, open_cart: Cart) -> Document:
    """The whole cart, as every cart call answers it."""
    priced = open_cart.totals(state)
    total = _minor(priced.total)
    totals: Document = {"total_items": total, "total_items_tax": "0", "total_fees": "0", "total_fees_tax": "0", "total_discount": "0"}
    totals |= {"total_discount_tax": "0", "total_shipping": None, "total_shipping_tax": None, "total_price": total, "total_tax": "0"}
    totals |= {"tax_lines": []} | currency(state)
    country = {"country": state.settings.country}
    return {
        "items": [cart_line(state, line) for line in priced.lines], "coupons": [], "fees": [], "totals": totals,
        "shipping_address": NO_ADDRESS | country | {"phone": ""}, "billing_address": NO_ADDRESS | country | {"email": "", "phone": ""},
        "needs_payment": priced.total > 0, "needs_shipping": False, "payment_requirements": ["products"], "has_calculated_shipping": False,
        "shipping_rates": [], "items_count": priced.quantity, "items_weight": 0, "cross_sells": [], "errors": [],
        "payment_methods": ["bacs", "cod"], "extensions": {},
    }  # fmt: skip


def cart_line(state: State, line: CartLine) -> Document:
    item = line.item
    limited = item["manage_stock"] is True and item["backorders"] == "no"
    limits = {"minimum": 1, "maximum": item["stock_quantity"] if limited else MOST_OF_ONE, "multiple_of": 1, "editable": True}
    raw = {name: value + "0000" for name, value in _price_triple(item).items()}
    total = _minor(line.total)
    shown = {"key": line.key, "id": item["id"], "type": "variation" if item["parent_id"] else item["type"], "quantity": line.quantity}
    shown |= {"quantity_limits": limits, "name": line.product["name"], "short_description": item.get("short_description", "")}
    shown |= {
        "description": item["description"],
        "sku": item["sku"],
        "low_stock_remaining": None,
        "backorders_allowed": item["backorders"] != "no",
    }
    shown |= {"show_backorder_badge": False, "sold_individually": False, "permalink": shapes.permalink(state, item)}
    chosen = [{"attribute": one["name"], "value": one["option"]} for one in item["attributes"]] if item["parent_id"] else []
    shown |= {"images": pictures(state, item), "variation": chosen, "item_data": []}
    shown |= {"prices": item_prices(state, item) | {"price_range": None, "raw_prices": {"precision": 6} | raw}}
    shown |= {"totals": {"line_subtotal": total, "line_subtotal_tax": "0", "line_total": total, "line_total_tax": "0"} | currency(state)}
    return shown | {"catalog_visibility": line.product["catalog_visibility"], "extensions": {}}


def checkout(state: State, order: Document, *, is_paid: bool = False) -> Document:
    """What the checkout answers; `payment_result` says where to go next."""
    number, key = order["id"], order["order_key"]
    redirect = f"{state.home_url}/checkout/order-received/{number}/?key={key}" if is_paid else ""
    details = [{"key": "result", "value": "success"}, {"key": "redirect", "value": redirect}] if is_paid else []
    result = {"payment_status": "success" if is_paid else "", "payment_details": details, "redirect_url": redirect}
    billing, shipping = (_with_country(state, order[name]) for name in ("billing", "shipping"))
    return {
        "order_id": number, "status": order["status"], "order_key": key, "order_number": str(number),
        "customer_note": order["customer_note"],
        "customer_id": order["customer_id"], "billing_address": billing, "shipping_address": shipping,
        "payment_method": order["payment_method"],
        "payment_result": result, "additional_fields": {}, "__experimentalCart": None, "extensions": {},
    }  # fmt: skip


def currency(state: State) -> Document:
    chosen = state.settings
    shown = {"currency_code": chosen.currency, "currency_symbol": chosen.currency_symbol, "currency_minor_unit": 2}
    shown |= {"currency_decimal_separator": ".", "currency_thousand_separator": ","}
    return shown | {"currency_prefix": chosen.currency_symbol, "currency_suffix": ""}


def item_prices(state: State, item: Document) -> Document:
    """Of a variable product: from the cheapest variation, with the range."""
    if item.get("type") != "variable":
        return _price_triple(item) | {"price_range": None} | currency(state)
    own = [one for one in catalog.variations_of(state, item["id"]) if one["price"] != ""]
    current = sorted(int(prices.minor_units(one["price"])) for one in own)
    regular = sorted(int(prices.minor_units(one["regular_price"])) for one in own)
    lowest, span = (str(current[0]) if current else "0"), None
    if current and current[0] != current[-1]:
        span = {"min_amount": lowest, "max_amount": str(current[-1])}
    return {"price": lowest, "regular_price": str(regular[0]) if regular else "0", "sale_price": lowest, "price_range": span} | currency(
        state
    )


def pictures(state: State, item: Document) -> list[Document]:
    found = item.get("images") or [picture for picture in [shapes.variation_image(state, item)] if picture and item["parent_id"]]
    return [_picture(shapes.absolute(state, picture["src"]), picture) for picture in found]


def _picture(source: str, picture: Document) -> Document:
    more = {"thumbnail": source, "srcset": f"{source} 400w", "sizes": "(max-width: 400px) 100vw, 400px"}
    return {"id": picture["id"], "src": source, **more, "name": picture["name"], "alt": picture["alt"]}


def _price_triple(item: Document) -> Document:
    price, regular = prices.minor_units(item["price"]), prices.minor_units(item["regular_price"])
    return {"price": price, "regular_price": regular, "sale_price": price}


def _minor(amount: Decimal) -> str:
    return prices.minor_units(str(amount))


def _slug(item: Document, parent: Document | None) -> str:
    return catalog.slug_of(orders.full_name(item, parent)) if parent else str(item["slug"])


def _options_text(item: Document) -> str:
    return ", ".join(f"{attribute['name']}: {attribute['option']}" for attribute in item["attributes"])


def _categories(state: State, item: Document) -> list[Document]:
    return [
        known | {"link": f"{state.home_url}/product-category/{known['slug']}/"} for known in item.get("categories", []) if known["id"] != 15
    ]


def _attributes(item: Document) -> list[Document]:
    shown = []
    for attribute in item["attributes"]:
        terms = [{"id": 0, "name": option, "slug": option} for option in attribute["options"]]
        taxonomy = attribute["slug"] if attribute["id"] else None
        shown.append(
            {
                "id": attribute["id"],
                "name": attribute["name"],
                "taxonomy": taxonomy,
                "has_variations": attribute["variation"],
                "terms": terms,
            }
        )
    return shown


def _variations(state: State, item: Document) -> list[Document]:
    if item["type"] != "variable":
        return []
    own = catalog.variations_of(state, item["id"])
    return [{"id": one["id"], "attributes": [{"name": part["name"], "value": part["option"]} for part in one["attributes"]]} for one in own]


def _availability(state: State, item: Document, parent: Document | None) -> Document:
    in_stock, name = item["stock_status"] != "outofstock", orders.full_name(item, parent)
    is_variable, buyable = item.get("type") == "variable", shapes.is_purchasable(item)
    unavailable = "This product is currently out of stock and unavailable." if is_variable else "Out of stock"
    words = ("Select options" if is_variable else "Add to cart") if buyable else "Read more"
    verb = "Select options for" if is_variable else f"{words}:" if buyable else "Read more about"
    button = {
        "text": words,
        "description": f"{verb} &ldquo;{name}&rdquo;",
        "url": shapes.permalink(state, item),
        "single_text": "Add to cart",
    }
    return {
        "has_options": is_variable, "is_purchasable": buyable, "is_in_stock": in_stock,
        "is_on_backorder": item["stock_status"] == "onbackorder",
        "low_stock_remaining": None, "sold_individually": item.get("sold_individually", False),
        "stock_availability": {"text": "" if in_stock else unavailable, "class": "in-stock" if in_stock else "out-of-stock"},
        "add_to_cart": button | {"minimum": 1, "maximum": MOST_OF_ONE, "multiple_of": 1},
    }  # fmt: skip


def _with_country(state: State, address: Document) -> Document:
    return address | {"country": address["country"] or state.settings.country}
