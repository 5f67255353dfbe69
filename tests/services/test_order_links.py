"""Order lines whose product was deleted for good find it again, where only one product can be meant."""

from __future__ import annotations

from lab.woocommerce import catalog, orders
from lab.woocommerce.documents import Document
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.orders import OrderLine
from luxebrain.services import order_links
from tests.live import Connected, make_order, make_product
from tests.services.test_certificates import check, let_time_pass


def lose(connected: Connected, product: Document) -> None:
    """The product is deleted by force: its lines read product 0, and no sku."""
    store = connected.lab.store
    with store.lock:
        catalog.erase(store, product)
        for order in store.all("order"):
            for line in order["line_items"]:
                line.update(product_id=0, variation_id=0, sku="")
            orders.save(store, order)


def lines(connected: Connected) -> list[tuple[int | None, int | None, str]]:
    with connected.app.app_context(), transaction(connected.store_id):
        return [(line.product_id, line.variant_id, line.linked_by) for line in session.query(OrderLine).order_by(OrderLine.id)]


def test_line_is_linked_by_its_name_where_one_product_has_it(connected: Connected) -> None:
    old = make_product(connected.lab, "Blue Mug")
    make_order(connected.lab, old)
    lose(connected, old)
    new = make_product(connected.lab, "Blue Mug")

    connected.sync()

    assert lines(connected) == [(new["id"], new["id"], "name")]


def test_sku_goes_before_the_name(connected: Connected) -> None:
    """Other platforms, and stores with a plugin for it, keep the sku on the line."""
    old = make_product(connected.lab, "Blue Mug")
    make_order(connected.lab, old)
    lose(connected, old)
    make_product(connected.lab, "Blue Mug")
    renamed = make_product(connected.lab, "Mug, Azure", sku="MUG-1")
    connected.sync()

    with connected.app.app_context(), transaction(connected.store_id):
        session.query(OrderLine).update({"product_id": None, "variant_id": None, "linked_by": "", "sku": "MUG-1"})
        order_links.link_lines([line.order_id for line in session.query(OrderLine)])

    assert lines(connected) == [(renamed["id"], renamed["id"], "sku")]


def test_line_that_two_products_could_be_meant_by_is_left_alone(connected: Connected) -> None:
    old = make_product(connected.lab, "Blue Mug")
    make_order(connected.lab, old)
    lose(connected, old)
    make_product(connected.lab, "Blue Mug")
    make_product(connected.lab, "Blue Mug")

    connected.sync()

    assert lines(connected) == [(None, None, "")]


def test_link_is_no_drift(connected: Connected) -> None:
    old = make_product(connected.lab, "Blue Mug")
    make_order(connected.lab, old)
    lose(connected, old)
    make_product(connected.lab, "Blue Mug")
    connected.sync()

    health = check(connected)

    assert health.is_in_sync
    assert health.healed == 0
    let_time_pass(connected)
    assert lines(connected)[0][2] == "name"
