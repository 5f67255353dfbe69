"""What the storefront's pages show, worked out from the store's documents: cards, options, the lines of a cart or an order.

Names are stored as HTML text (`Gin &amp; Tonic`); here they become plain text, which the templates escape again.
"""

import html
import re
from dataclasses import dataclass
from decimal import Decimal

from lab.woocommerce import prices
from lab.woocommerce.carts import Cart
from lab.woocommerce.documents import Document
from lab.woocommerce.store import Store

FEW_LEFT = 5


@dataclass(frozen=True, slots=True)
class Price:
    """A price as shown: "£2.95", "£1.65 – £2.95", or what it was and what it is; `now` is empty when the product cannot be bought."""

    now: str
    was: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A product in a list."""

    id: int
    name: str
    url: str
    picture: str
    price: Price
    is_sold_out: bool
    is_variable: bool


@dataclass(frozen=True, slots=True)
class Department:
    """A category with something in it; `picture` is that of its first product."""

    name: str
    slug: str
    picture: str
    count: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a variable product."""

    id: int
    label: str
    picture: str
    price: Price
    stock: str
    is_sold_out: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cart or an order."""

    key: str
    name: str
    url: str
    picture: str
    quantity: int
    price: str
    total: str
    most: int | None = None


def plain(text: str) -> str:
    """Stored HTML text as plain text."""
    return html.unescape(re.sub(r"<[^>]*>", "", text)).strip()


def money(store: Store, amount: Decimal | str) -> str:
    return f"{store.settings.currency_symbol}{Decimal(amount):,.2f}"


def departments(store: Store) -> list[Department]:
    """The categories that hold products, the fullest first."""
    stocked = [(category, products) for category in store.categories() if (products := store.products(category_id=category["id"]))]
    found = [
        Department(plain(category["name"]), category["slug"], picture_of(products[0], products[0]["id"]), len(products))
        for category, products in stocked
    ]
    return sorted(found, key=lambda one: -one.count)


def card(store: Store, product: Document) -> Card:
    """A product as a card; sold out when nothing of it can be bought."""
    return Card(
        id=product["id"],
        name=plain(product["name"]),
        url=f"/product/{product['slug']}/",
        picture=picture_of(product, product["id"]),
        price=price_of(store, product),
        is_sold_out=product["stock_status"] == "outofstock",
        is_variable=product["type"] == "variable",
    )


def picture_of(product: Document, item_id: int) -> str:
    """The product's first picture; one of our drawings is drawn anew for a variation, in its colour."""
    source = str(product["images"][0]["src"]) if product["images"] else ""
    return f"/lab/pictures/{item_id}.svg" if not source or "/lab/pictures/" in source else source


def price_of(store: Store, item: Document) -> Price:
    if item.get("type") == "variable":
        found = sorted(amount for one in store.variations(item["id"]) if (amount := prices.amount(one["price"])) is not None)
        ends = list(dict.fromkeys([found[0], found[-1]])) if found else []
        return Price(" – ".join(money(store, end) for end in ends))
    if item["price"] == "":
        return Price("")
    return Price(money(store, item["price"]), money(store, item["regular_price"]) if store.is_on_sale(item) else "")


def choices(store: Store, product: Document) -> list[Choice]:
    """The variations that have a price, as the shopper chooses among them."""
    return [_choice(store, product, one) for one in store.variations(product["id"]) if one["price"] != ""]


def _choice(store: Store, product: Document, variation: Document) -> Choice:
    return Choice(
        id=variation["id"],
        label=plain(" / ".join(attribute["option"] for attribute in variation["attributes"])) or "Any",
        picture=picture_of(product, variation["id"]),
        price=price_of(store, variation),
        stock=stock_text(variation),
        is_sold_out=variation["stock_status"] == "outofstock",
    )


def stock_text(item: Document) -> str:
    """What the shop says about stock: a number when it manages one."""
    if item["stock_status"] == "outofstock":
        return "Sold out"
    left = item["stock_quantity"] if item["manage_stock"] is True else None
    if left is None:
        return "In stock"
    return f"Only {left} left" if left <= FEW_LEFT else f"{left} in stock"


def cart_lines(store: Store, cart: Cart) -> list[Line]:
    return [
        Line(
            key=line.key,
            name=item_name(store, line.item),
            url=f"/product/{line.product['slug']}/",
            picture=picture_of(line.product, line.item["id"]),
            quantity=line.quantity,
            price=money(store, line.price),
            total=money(store, line.total),
            most=line.item["stock_quantity"] if line.item["manage_stock"] is True else None,
        )
        for line in cart.totals(store).lines
    ]


def cart_product_ids(store: Store, cart: Cart) -> str:
    """The products in a cart as "1,2,3", each once, parents for variations."""
    return ",".join(dict.fromkeys(str(line.product["id"]) for line in cart.totals(store).lines))


def order_lines(store: Store, order: Document) -> list[Line]:
    return [_order_line(store, line) for line in order["line_items"]]


def _order_line(store: Store, line: Document) -> Line:
    product = store.find("product", line["product_id"])
    item_id = line["variation_id"] or line["product_id"]
    return Line(
        key="",
        name=plain(line["name"]),
        url=f"/product/{product['slug']}/" if product else "",
        picture=picture_of(product, item_id) if product else "",
        quantity=line["quantity"],
        price="",
        total=money(store, line["total"]),
    )


def item_name(store: Store, item: Document) -> str:
    """A product's name, or "Alarm Clock Bakelike - Red" for a variation."""
    parent = store.find("product", item["parent_id"]) if item["parent_id"] else None
    if parent is None:
        return plain(item["name"])
    return plain(" - ".join([parent["name"], *(attribute["option"] for attribute in item["attributes"])]))
