"""The certificate: whatever was not delivered is found and put right, and nothing is called equal that is not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lab.woocommerce import catalog
from luxebrain import jobs
from luxebrain.clock import utcnow
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import Entity
from luxebrain.models.catalog import Collection, Product
from luxebrain.models.orders import Order
from luxebrain.models.work import Certificate, Healing, QuarantinedRow
from luxebrain.services import certificate_report, certificates, subscriptions, syncs
from luxebrain.services.certificate_report import Health
from tests.live import Connected, make_order, make_other_store, make_product


def check(connected: Connected, *, is_full: bool = True) -> Health:
    with connected.app.app_context():
        with transaction(connected.store_id):
            certificates.start_check(is_full=is_full, now=utcnow())
        jobs.run(certificates.KIND, connected.store_id)
        with transaction(connected.store_id):
            found = certificate_report.find_health()
            assert found is not None
            return found


def let_time_pass(connected: Connected, by: timedelta = timedelta(minutes=5)) -> None:
    """Copies that were taken moments after a change are read again; these were not."""
    with connected.app.app_context(), transaction(connected.store_id):
        for model in (Product, Order):
            session.query(model).update({"synced_at": model.synced_at + by})


def drifts(health: Health) -> list[tuple[str, str, str]]:
    return sorted((healing.entity, name, healing.drift) for healing, name in health.healings)


def forget(document: object, connected: Connected, kind: str) -> None:
    """Deleted by force, as a database tool or `force=true` does: the store sends nothing."""
    with connected.lab.store.lock:
        connected.lab.store.remove(kind, document["id"])  # type: ignore[index]


def test_copy_that_equals_its_store_is_said_to_and_nothing_is_put_right(connected: Connected) -> None:
    make_order(connected.lab, make_product(connected.lab), 2)
    connected.sync()

    health = check(connected)

    assert health.is_in_sync
    assert health.healed == 0
    assert {part.entity: part.done for part in health.parts}["orders"] == 1


def test_what_no_webhook_told_is_found_and_put_right(connected: Connected) -> None:
    kept, changed, lost = (make_product(connected.lab, name) for name in ("Kept", "Changed", "Lost"))
    order, gone_order = make_order(connected.lab, kept), make_order(connected.lab, kept)
    connected.sync()
    let_time_pass(connected)
    connected.lab.store.advance(60)
    with connected.lab.store.lock:
        catalog.update_product(connected.lab.store, connected.lab.store.product(changed["id"]), {"name": "Changed since"})
    make_product(connected.lab, "New")
    forget(lost, connected, "product")
    forget(gone_order, connected, "order")

    health = check(connected)

    assert health.is_in_sync
    with connected.app.app_context(), transaction(connected.store_id):
        titles = {product.title for product in session.query(Product).filter(Product.deleted_at.is_(None))}
        numbers = {row.id for row in session.query(Order).filter(Order.deleted_at.is_(None))}
    assert titles == {"Kept", "Changed since", "New"}
    assert numbers == {order["id"]}
    found = drifts(health)
    assert ("products", "New", "missing") in found
    assert ("products", "Lost", "gone") in found
    assert any(entity == "orders" and drift == "gone" for entity, _name, drift in found)
    assert check(connected).healed == 0


def test_another_change_of_the_second_that_was_copied_is_found(connected: Connected) -> None:
    product = make_product(connected.lab, "Mug", "10.00")
    connected.sync()
    document = connected.lab.store.product(product["id"])
    document["regular_price"] = document["price"] = "12.00"  # within the second: its date stays

    health = check(connected)

    assert drifts(health) == [("products", "Mug", "stale")]
    assert health.is_in_sync


def test_store_whose_clock_is_years_ahead_is_compared_by_its_rows(connected: Connected) -> None:
    product = make_product(connected.lab, "Mug")
    connected.lab.store.product(product["id"])["date_modified_gmt"] = "2041-01-01T00:00:00"
    connected.sync()

    first = check(connected)
    assert first.healed == 0
    assert not any(rows for part in first.parts for day, rows, _agrees in part.recent_days if day.year == 2041)
    connected.lab.store.product(product["id"])["name"] = "Cup"
    health = check(connected)

    assert drifts(health) == [("products", "Cup", "stale")]
    assert health.is_in_sync


def test_row_that_cannot_be_read_is_set_aside_and_never_called_equal(connected: Connected) -> None:
    product = make_product(connected.lab)
    connected.sync()
    let_time_pass(connected)
    document = connected.lab.store.product(product["id"])
    document.update(regular_price="twelve", price="twelve", date_modified_gmt="2026-01-01T00:00:00")

    health = check(connected)

    assert not health.is_in_sync
    assert health.set_aside == 1
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(QuarantinedRow).one().platform_id == product["id"]
        assert session.query(Product).filter(Product.deleted_at.is_(None)).count() == 1


def test_store_that_shows_nothing_any_more_deletes_nothing_here(connected: Connected) -> None:
    made = [make_product(connected.lab, f"Mug {number}") for number in range(certificates.FEW + 1)]
    connected.sync()
    for product in made:
        forget(product, connected, "product")

    health = check(connected)

    assert health.certificate.state == "running"
    assert "none of its products" in health.certificate.error
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Product).filter(Product.deleted_at.is_(None)).count() == certificates.FEW + 1


def test_window_leaves_alone_what_is_older(connected: Connected) -> None:
    old, new = make_product(connected.lab, "Old"), make_product(connected.lab, "New")
    connected.lab.store.product(old["id"])["date_modified_gmt"] = "2020-01-01T00:00:00"
    connected.sync()
    let_time_pass(connected)
    forget(old, connected, "product")
    forget(new, connected, "product")

    health = check(connected, is_full=False)

    assert drifts(health) == [("products", "New", "gone")]
    assert drifts(check(connected)) == [("products", "New", "gone"), ("products", "Old", "gone")]


def test_three_pages_are_compared_as_one_list(connected: Connected) -> None:
    made = [make_product(connected.lab, f"Mug {number}") for number in range(250)]
    connected.sync()
    let_time_pass(connected)
    for document in (made[0], made[99], made[100], made[150], made[249]):
        forget(document, connected, "product")

    health = check(connected)

    assert {drift for _entity, _name, drift in drifts(health)} == {"gone"}
    assert health.healed == 5
    assert health.is_in_sync
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Product).filter(Product.deleted_at.is_(None)).count() == 245


def test_whole_last_page_that_is_gone_is_gone_here(connected: Connected) -> None:
    made = [make_product(connected.lab, f"Mug {number}") for number in range(100 + certificates.FEW + 1)]
    connected.sync()
    for document in made[: certificates.FEW + 1]:
        forget(document, connected, "product")

    health = check(connected)

    assert health.is_in_sync
    assert health.healed == certificates.FEW + 1


def test_variation_that_goes_takes_the_date_back_and_the_copy_follows(connected: Connected) -> None:
    product = make_product(connected.lab, "Shirt", type="variable", attributes=[{"name": "Size", "variation": True, "options": ["S", "M"]}])
    with connected.lab.store.lock:
        parent = connected.lab.store.product(product["id"])
        sent = [{"regular_price": "9.00", "attributes": [{"name": "Size", "option": size}]} for size in ("S", "M")]
        small, large = (catalog.create_variation(connected.lab.store, parent, each) for each in sent)
        parent["date_modified_gmt"] = small["date_modified_gmt"] = "2026-01-01T00:00:00"
        large["date_modified_gmt"] = "2026-01-02T00:00:00"
    connected.sync()
    with connected.lab.store.lock:
        catalog.erase(connected.lab.store, large)
        parent["date_modified_gmt"] = "2026-01-01T00:00:01"

    health = check(connected)

    assert health.is_in_sync
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Product).one().modified_at == datetime.fromisoformat("2026-01-01T00:00:01+00:00")


def test_check_of_one_store_touches_no_other(connected: Connected, merchant_id: int) -> None:
    with connected.app.app_context():
        other = make_other_store(owner_id=merchant_id)
        with transaction(other):
            now = utcnow()
            row = {"title": "Noise", "url": "", "status": "active", "description": "", "image_url": "", "tags": [], "collection_ids": []}
            session.add(Product(id=1, created_at=now, modified_at=now - timedelta(days=9), **row))

    check(connected)

    with connected.app.app_context(), transaction(other):
        assert session.query(Product).filter(Product.deleted_at.is_(None)).count() == 1
        assert session.query(Certificate).count() == session.query(Healing).count() == 0


def test_checksum_is_the_one_that_the_plugin_computes() -> None:
    """MySQL: CAST(CONV(LEFT(MD5('7:2026-01-31T23:59:59'), 15), 16, 10) AS UNSIGNED)."""
    assert certificates.checksum(7, datetime.fromisoformat("2026-02-01T00:59:59+01:00")) == 543731776994898993


@pytest.mark.parametrize("topic", ["product.updated", "order.created"])
def test_webhook_that_was_switched_off_is_made_anew_and_what_it_missed_is_read(connected: Connected, topic: str) -> None:
    connected.sync()
    with connected.lab.store.lock:
        webhook = next(each for each in connected.lab.store.all("webhook") if each["topic"] == topic)
        webhook["status"] = "disabled"
    product = make_product(connected.lab, "Missed")
    with connected.app.app_context(), transaction(connected.store_id):
        syncs.start_sync()

    run = connected.sync()

    assert run.state == "done"
    statuses = [(each["topic"], each["status"]) for each in connected.lab.store.all("webhook")]
    assert len(statuses) == len(set(statuses))
    assert all(status == "active" for _topic, status in statuses)
    with connected.app.app_context(), transaction(connected.store_id):
        assert session.query(Product).one().id == product["id"]
        assert subscriptions.find_latest_repair() is not None


def test_later_sync_leaves_webhooks_that_are_all_there_alone(connected: Connected) -> None:
    connected.sync()
    before = [each["id"] for each in connected.lab.store.all("webhook")]
    with connected.app.app_context(), transaction(connected.store_id):
        syncs.start_sync()

    connected.sync()

    assert [each["id"] for each in connected.lab.store.all("webhook")] == before


def test_category_that_is_gone_from_the_store_is_gone_here_after_the_next_reading(connected: Connected) -> None:
    with connected.lab.store.lock:
        blank = {"parent": 0, "description": "", "display": "default", "menu_order": 0, "slug": "cups"}
        kept, gone = (
            connected.lab.store.put("category", {"id": connected.lab.store.next_id("category"), "name": name, **blank})
            for name in ("Mugs", "Cups")
        )
    connected.sync()
    with connected.lab.store.lock:
        connected.lab.store.remove("category", gone["id"])
    with connected.app.app_context(), transaction(connected.store_id):
        syncs.start_sync()

    connected.sync()

    with connected.app.app_context(), transaction(connected.store_id):
        alive = {row.id for row in session.query(Collection).filter(Collection.deleted_at.is_(None))}
        assert kept["id"] in alive
        assert gone["id"] not in alive
        assert Entity.COLLECTIONS not in certificates.MODELS
