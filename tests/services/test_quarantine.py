"""A row that was set aside comes back once it reads well, and is forgotten once the store has it no longer."""

from __future__ import annotations

from lab.woocommerce import catalog
from lab.woocommerce.documents import Document
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import BadRow, Entity
from luxebrain.models.catalog import Product
from luxebrain.models.work import Delivery, QuarantinedRow, RunState
from luxebrain.services import progress, records, syncs
from tests.live import Connected, make_order, make_other_store, make_product
from tests.services.test_certificates import check, forget


def make_bad(connected: Connected) -> Document:
    product = make_product(connected.lab, "Bad")
    connected.lab.store.product(product["id"]).update(regular_price="twelve", price="twelve")
    return product


def set_aside(connected: Connected) -> list[int | None]:
    with connected.app.app_context(), transaction(connected.store_id):
        return [row.platform_id for row in progress.list_quarantined()]


def test_row_that_was_corrected_without_a_new_date_is_read_by_the_next_comparison(connected: Connected) -> None:
    bad = make_bad(connected)
    connected.sync()
    assert set_aside(connected) == [bad["id"]]

    connected.lab.store.product(bad["id"]).update(regular_price="12.00", price="12.00")
    health = check(connected)

    assert set_aside(connected) == []
    assert health.is_in_sync
    with connected.app.app_context(), transaction(connected.store_id):
        assert [product.title for product in session.query(Product)] == ["Bad"]


def test_row_that_the_store_has_no_longer_is_set_aside_no_longer(connected: Connected) -> None:
    for _ in range(2):
        make_product(connected.lab, "Good")
    bad, deleted = make_bad(connected), make_bad(connected)
    connected.sync()
    forget(bad, connected, "product")

    with connected.lab.store.lock:
        catalog.trash_product(connected.lab.store, connected.lab.store.product(deleted["id"]))
    connected.apply_deliveries()
    assert set_aside(connected) == [bad["id"]]
    check(connected)

    assert set_aside(connected) == []


def test_copy_of_everything_forgets_what_it_did_not_come_across(connected: Connected, merchant_id: int) -> None:
    nameless = [BadRow(entity=Entity.ORDERS, platform_id=None, reason="It has no id.", payload={})]
    still_bad = make_bad(connected)
    with connected.app.app_context():
        other = make_other_store(owner_id=merchant_id)
        for store_id in (connected.store_id, other):
            with transaction(store_id):
                records.set_aside(nameless, now=utcnow())

    assert connected.sync().state == RunState.DONE

    assert set_aside(connected) == [still_bad["id"]]
    with connected.app.app_context(), transaction(other):
        assert session.query(QuarantinedRow).count() == 1


def test_later_readings_leave_alone_what_they_did_not_look_at(connected: Connected) -> None:
    bad = make_bad(connected)
    connected.sync()

    with connected.app.app_context(), transaction(connected.store_id):
        syncs.start_sync()
    connected.sync()

    assert set_aside(connected) == [bad["id"]]


def test_what_a_webhook_told_says_how_long_after_the_change_it_was_here(connected: Connected) -> None:
    connected.sync()
    with connected.app.app_context(), transaction(connected.store_id):
        assert progress.count_deliveries().lag is None

    make_order(connected.lab, make_product(connected.lab))
    connected.apply_deliveries()

    with connected.app.app_context(), transaction(connected.store_id):
        lag = progress.count_deliveries().lag
        told = session.query(Delivery).filter(Delivery.lag_s.is_not(None)).count()
    assert lag is not None
    assert lag.changes == told > 0
    assert 0 <= lag.typical_s <= lag.slowest_s < 60
