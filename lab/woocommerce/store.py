"""The store as its storefront, its REST API and its tests use it: read the catalogue, fill a cart, place an order.

The rules live beside it: state.py (documents, clock, ids), catalog.py, prices.py, orders.py, carts.py. Documents are plain dictionaries in
the platform's own words; they are the store's, so change them only through these functions.
"""

from pathlib import Path

from lab.woocommerce import catalog, orders, prices, samples, users
from lab.woocommerce.carts import Cart, Carts
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError, not_found
from lab.woocommerce.state import Settings, State


class Store(State):
    """A WooCommerce store in one file (`path`), or in memory without one."""

    def __init__(self, path: Path | None = None, *, settings: Settings | None = None) -> None:
        super().__init__(path, settings=settings)
        self.carts = Carts()
        users.ensure(self)

    @property
    def is_empty(self) -> bool:
        return not self.all("product")

    def load_samples(self, folder: Path) -> None:
        """Fill from products.json, customers.json and orders.json, dates shifted to end now. Nothing is announced."""
        samples.load(self, folder)

    def products(self, *, status: str | None = "publish", category_id: int | None = None, search: str | None = None) -> list[Document]:
        """Products by number; by default those a shopper may see."""
        found = [product for product in self.all("product") if status is None or product["status"] == status]
        if category_id is not None:
            found = [product for product in found if any(category["id"] == category_id for category in product["categories"])]
        if search:
            found = [product for product in found if search.lower() in f"{product['name']} {product['sku']}".lower()]
        return found

    def product(self, product_id: int) -> Document:
        """A product of any status; raises RestError 404."""
        product = self.find("product", product_id)
        if product is None:
            raise not_found("product")
        return product

    def product_by_slug(self, slug: str) -> Document | None:
        return next((product for product in self.products() if product["slug"] == slug), None)

    def variations(self, product_id: int) -> list[Document]:
        return catalog.variations_of(self, product_id)

    def item(self, item_id: int) -> Document | None:
        """A product or a variation."""
        return catalog.find_item(self, item_id)

    def is_on_sale(self, item: Document) -> bool:
        """Now; of a variable product: whether any variation is."""
        if item.get("type") == "variable":
            return any(self.is_on_sale(variation) for variation in self.variations(item["id"]))
        return prices.is_on_sale(item, self.stamp())

    def categories(self) -> list[Document]:
        """{id, name, slug, parent, …} by name, as entity-encoded HTML text."""
        return sorted(self.all("category"), key=lambda category: str(category["name"]).lower())

    def category_by_slug(self, slug: str) -> Document | None:
        return next((category for category in self.all("category") if category["slug"] == slug), None)

    def order(self, order_id: int) -> Document:
        """An order; raises RestError 404."""
        order = self.find("order", order_id)
        if order is None:
            raise not_found("shop_order")
        return order

    def order_total(self, order: Document) -> str:
        """Two decimals, in the order's currency; refunds do not lower it."""
        return prices.money(orders.total_of(order))

    def place_order(
        self, cart: Cart, billing: Document, *, meta: dict[str, str] | None = None, payment_method: str = "cod", note: str = ""
    ) -> Document:
        """Turn a cart into an order (status processing), take stock, empty the cart, and announce as the block checkout does.

        `billing` has first_name, last_name, address_1, city, postcode, country, email, phone; `meta` becomes the order's meta data.
        Raises RestError when the cart is empty or something in it cannot be bought any more.
        """
        with self.lock:
            priced = cart.totals(self)
            if not priced.lines:
                raise RestError(400, "woocommerce_rest_cart_empty", "Cannot place an order because the cart is empty.")
            draft = self.find("order", cart.order_id) if cart.order_id else None
            order = draft or orders.blank_order(self)
            order["line_items"] = [orders.make_line(self, line.item, line.quantity) for line in priced.lines]
            self._fill(order, billing, payment_method=payment_method, note=note)
            orders.set_meta(self, order, [{"key": key, "value": value} for key, value in (meta or {}).items()])
            orders.save(self, order)
            self.announce("order.updated", order["id"])
            self.announce("order.created", order["id"])
            orders.settle_stock(self, order)
            self.carts.drop(cart)
            return order

    def draft_order(self, cart: Cart, billing: Document) -> Document:
        """The checkout-draft that opening the block checkout leaves behind, whether or not the shopper goes on."""
        with self.lock:
            draft = self.find("order", cart.order_id) if cart.order_id else None
            order = draft or orders.blank_order(self)
            order.update(status="checkout-draft", created_via="store-api", payment_method="bacs")
            order["billing"] = orders.address(order["billing"] | billing, extra=("email", "phone"))
            order["line_items"] = [orders.make_line(self, line.item, line.quantity) for line in cart.totals(self).lines]
            orders.save(self, order)
            cart.order_id = order["id"]
            self.announce("order.updated", order["id"])
            return order

    def run_daily_cron(self) -> list[int]:
        """What WP-Cron does once a day to sales: begin those that are due, end those that are over. Returns the items that changed."""
        with self.lock:
            now = self.stamp()
            changed = [item for item in [*self.all("product"), *self.all("variation")] if prices.run_sale_schedule(item, now)]
            for item in changed:
                catalog.touch(self, item)
                self.announce("product.updated", item["id"])
            return [item["id"] for item in changed]

    def _fill(self, order: Document, billing: Document, *, payment_method: str, note: str) -> None:
        title = {"cod": "Cash on delivery", "bacs": "Direct bank transfer"}.get(payment_method, payment_method)
        order.update(
            status="processing", created_via="store-api", payment_method=payment_method, payment_method_title=title, customer_note=note
        )
        order["billing"] = orders.address(billing, extra=("email", "phone"))
        order["shipping"] = orders.address(billing, extra=("phone",))
        order["customer_id"] = users.customer_id_of(self, str(billing.get("email") or ""))
