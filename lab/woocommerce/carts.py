"""Carts: what a shopper has put together and not paid for. One cart per token, in memory; the storefront and the Store API share them.

`create` makes one, `find` gets it back; `Cart.add`, `set_quantity` and `remove` change it; `totals` prices it now.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from decimal import Decimal

from lab.woocommerce import catalog, prices
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError
from lab.woocommerce.state import State

MOST_OF_ONE = 9999


@dataclass(frozen=True, slots=True)
class CartLine:
    """One priced line: `item` is the product or variation, `product` the one with a page (the parent of a variation)."""

    key: str
    item: Document
    product: Document
    quantity: int
    price: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class CartTotals:
    lines: list[CartLine]
    quantity: int
    total: Decimal


@dataclass(slots=True)
class Cart:
    """Quantities by item number (product or variation)."""

    token: str
    quantities: dict[int, int] = field(default_factory=dict)
    order_id: int | None = None

    def add(self, state: State, item_id: int, quantity: int = 1) -> str:
        """Add an item; returns its key. Raises RestError as the Store API words it when it cannot be bought."""
        item = check_buyable(state, item_id, quantity + self.quantities.get(item_id, 0))
        self.quantities[item["id"]] = self.quantities.get(item["id"], 0) + quantity
        return key_of(item["id"])

    def set_quantity(self, state: State, key: str, quantity: int) -> None:
        """Change a line; zero takes it out."""
        item_id = self.item_of(key)
        if quantity <= 0:
            self.quantities.pop(item_id)
            return
        check_buyable(state, item_id, quantity)
        self.quantities[item_id] = quantity

    def remove(self, key: str) -> None:
        self.quantities.pop(self.item_of(key))

    def item_of(self, key: str) -> int:
        for item_id in self.quantities:
            if key_of(item_id) == key:
                return item_id
        raise RestError(409, "woocommerce_rest_cart_invalid_key", "Cart item no longer exists or is invalid.")

    def totals(self, state: State) -> CartTotals:
        """The cart at today's prices; what has been deleted meanwhile is left out."""
        lines = [line for item_id, quantity in self.quantities.items() if (line := _line(state, item_id, quantity))]
        return CartTotals(lines=lines, quantity=sum(line.quantity for line in lines), total=sum((line.total for line in lines), Decimal(0)))


class Carts:
    """Every open cart by its token."""

    def __init__(self) -> None:
        self._carts: dict[str, Cart] = {}

    def create(self) -> Cart:
        token = f"t_{secrets.token_hex(15)}"
        return self._carts.setdefault(token, Cart(token))

    def find(self, token: str | None) -> Cart | None:
        return self._carts.get(token or "")

    def find_or_create(self, token: str | None) -> Cart:
        return self.find(token) or self.create()

    def drop(self, cart: Cart) -> None:
        self._carts.pop(cart.token, None)


def key_of(item_id: int) -> str:
    """A cart line's key: a hash, as the platform has it."""
    return hashlib.md5(str(item_id).encode(), usedforsecurity=False).hexdigest()


def check_buyable(state: State, item_id: int, quantity: int) -> Document:
    """The item, if that many of it can be bought."""
    item = catalog.find_item(state, item_id)
    if item is None or prices.amount(item["price"]) is None:
        raise RestError(400, "woocommerce_rest_cart_invalid_product", "This product cannot be added to the cart.")
    parent = state.find("product", item["parent_id"]) if item["parent_id"] else None
    if (parent or item)["status"] != "publish":
        raise RestError(400, "woocommerce_rest_cart_invalid_product", "This product cannot be added to the cart.")
    if item.get("type") == "variable":
        raise RestError(400, "woocommerce_rest_variation_id_from_variation_data", "No matching variation found.")
    _check_stock(item, (parent or item)["name"], quantity)
    return item


def _check_stock(item: Document, name: str, quantity: int) -> None:
    if item["stock_status"] == "outofstock":
        message = f"You cannot add &quot;{name}&quot; to the cart because the product is out of stock."
        raise RestError(400, "woocommerce_rest_product_out_of_stock", message)
    if item["manage_stock"] is True and item["backorders"] == "no" and quantity > item["stock_quantity"]:
        left = item["stock_quantity"]
        message = f"You cannot add that amount of &quot;{name}&quot; to the cart because there is not enough stock ({left} remaining)."
        raise RestError(400, "woocommerce_rest_product_partially_out_of_stock", message)


def _line(state: State, item_id: int, quantity: int) -> CartLine | None:
    item = catalog.find_item(state, item_id)
    product = state.find("product", item["parent_id"]) if item and item["parent_id"] else item
    price = prices.amount(item["price"]) if item else None
    if item is None or product is None or price is None:
        return None
    return CartLine(key=key_of(item_id), item=item, product=product, quantity=quantity, price=price, total=price * quantity)
