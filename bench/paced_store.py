"""A lab store with as much in it as a shop of some years, answering at the pace that a real WooCommerce 9.9.5 was recorded at.

`python -m bench.paced_store` prints {url, key, secret} and serves until its input ends.
"""

from __future__ import annotations

import copy
import json
import sys
import time
from datetime import timedelta

from flask import Response, g, request

from lab.woocommerce import catalog, dates, orders, users
from lab.woocommerce.context import Options
from lab.woocommerce.documents import Document
from lab.woocommerce.server import LabServer
from lab.woocommerce.store import Store

PRODUCTS, VARIABLE, VARIATIONS, CUSTOMERS, ORDERS = 2_000, 400, 4, 4_000, 8_000
# Rows a second of one page after another; a variations call took 0.12 to 0.19 s whatever it held; prices go by their number.
ROWS_PER_S = {"/products": 200, "/orders": 75, "/customers": 200}
CALL_S = {"/products/<int:product_id>/variations": 0.15}
PRICES_PER_S = 35


def main() -> int:
    lab = LabServer(Options(development=True))
    fill(lab.store)
    lab.app.after_request(keep_pace)
    key = lab.make_key()
    with lab:
        print(json.dumps({"url": lab.url, "key": key["consumer_key"], "secret": key["consumer_secret"]}), flush=True)
        sys.stdin.read()
    return 0


def keep_pace(answer: Response) -> Response:
    """Before the lab writes down how long it was busy: this is the store's own time."""
    path = (request.url_rule.rule if request.url_rule else "").removeprefix("/wp-json/wc/v3")
    seconds = CALL_S.get(path, 0.0)
    if path.endswith("/batch"):
        seconds = len(request.get_json()["update"]) / PRICES_PER_S
    elif path in ROWS_PER_S and request.method == "GET":
        seconds = len(json.loads(answer.get_data())) / ROWS_PER_S[path]
    if seconds:
        time.sleep(max(0.0, seconds - (time.perf_counter() - g.started)))
    return answer


def fill(store: Store) -> None:
    store.listeners.clear()
    sizes = ["XS", "S", "M", "L"][:VARIATIONS]
    sold = [_make_product(store, number, sizes) for number in range(PRODUCTS)]
    store.put_all("customer", [_customer(store, number) for number in range(CUSTOMERS)])
    store.put_all("order", [_order(store, number, sold[number % len(sold)]) for number in range(ORDERS)])


def _make_product(store: Store, number: int, sizes: list[str]) -> Document:
    """The product, or its first variation: what an order can name."""
    cost = {"meta_data": [{"key": "_wc_cog_cost", "value": "1.00"}]}
    sent = {"name": f"Product {number}", "regular_price": f"{5 + number % 90}.00", "description": "Made well. " * 30, **cost}
    if number % (PRODUCTS // VARIABLE):
        return catalog.create_product(store, sent | {"type": "simple"})
    attributes = [{"name": "Size", "variation": True, "options": sizes}]
    parent = catalog.create_product(store, sent | {"type": "variable", "attributes": attributes})
    price = {"regular_price": "20.00", **cost}
    made = [catalog.create_variation(store, parent, price | {"attributes": [{"name": "Size", "option": size}]}) for size in sizes]
    return made[0]


def _customer(store: Store, number: int) -> Document:
    sent = {"email": f"shopper{number}@shop.example", "first_name": "Ada", "last_name": str(number), "username": f"shopper{number}"}
    return users.make_customer(store, sent, customer_id=1_000 + number)


def _order(store: Store, number: int, item: Document) -> Document:
    at = dates.text(store.now() - timedelta(hours=number))
    order = orders.blank_order_at(store, order_id=100_000 + number, created=at)
    order |= {"status": "completed", "date_paid_gmt": at}
    order["billing"] |= {"email": f"shopper{number % CUSTOMERS}@shop.example"}
    order["line_items"] = [copy.deepcopy(orders.make_line(store, item, 1 + number % 3)) for _ in range(2)]
    return order


if __name__ == "__main__":
    sys.exit(main())
