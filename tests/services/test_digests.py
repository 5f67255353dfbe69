"""Where the plugin lives its sums spare the store the walk, and a certificate is as true as without them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from lab.woocommerce import catalog, plugin
from lab.woocommerce.faults import FaultRule
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.integrations.platform import DayDigest
from luxebrain.models.catalog import Product
from luxebrain.services import certificates, digests, stores
from tests.live import Connected, make_order, make_other_store, make_product
from tests.services.test_certificates import check, drifts, forget, let_time_pass


@pytest.fixture
def filled(connected: Connected) -> Connected:
    """A store with the plugin and some of everything, copied some time ago."""
    with connected.app.app_context(), transaction():
        own = stores.public_key_of(connected.store_id)
    plugin.install(connected.lab.store, version="0.1.0", public_key=own)
    make_order(connected.lab, make_product(connected.lab), 2)
    make_sized(connected)
    connected.sync()
    let_time_pass(connected)
    return connected


def make_sized(connected: Connected) -> None:
    store = connected.lab.store
    with store.lock:
        sizes = [{"name": "Size", "variation": True, "options": ["S", "M"]}]
        made = catalog.create_product(store, {"name": "Sized", "type": "variable", "attributes": sizes})
        for size in ("S", "M"):
            catalog.create_variation(store, made, {"regular_price": "9.00", "attributes": [{"name": "Size", "option": size}]})


def lists_read(connected: Connected) -> int:
    """Pages of ids and dates that the store was asked for since the last time."""
    stats = connected.lab.lab.faults.stats
    names = [name for name in stats if name.startswith("GET /wp-json/wc/v3/") and name.endswith(("products", "orders", "customers"))]
    return sum(stats.pop(name).requests for name in names)


def test_store_whose_sums_are_ours_is_not_walked(filled: Connected) -> None:
    lists_read(filled)

    health = check(filled)

    assert health.is_in_sync
    assert health.healed == 0
    assert {part.entity: part.done for part in health.parts} == {"products": 2, "orders": 1, "customers": 1}
    assert all(part.days for part in health.parts)
    assert lists_read(filled) == 0


def test_what_differs_is_found_by_the_walk(filled: Connected) -> None:
    filled.lab.store.advance(60)
    with filled.lab.store.lock:
        mug = filled.lab.store.all("product")[0]
        catalog.update_product(filled.lab.store, mug, {"name": "Changed since"})

    health = check(filled)

    assert health.is_in_sync
    assert drifts(health) == [("products", "Changed since", "stale")]


def test_variation_that_was_deleted_by_force_is_missed_by_its_sum(filled: Connected) -> None:
    older = min(filled.lab.store.all("variation"), key=lambda each: (each["date_modified_gmt"], each["id"]))
    forget(older, filled, "variation")

    health = check(filled)

    assert health.is_in_sync
    assert [drift for _, _, drift in drifts(health)] == ["stale"]


def test_copy_taken_within_a_moment_of_the_change_is_read_again_all_the_same(filled: Connected) -> None:
    """A second change in the same second moves no sum."""
    let_time_pass(filled, -timedelta(minutes=5))
    with filled.lab.store.lock:
        mug = filled.lab.store.all("product")[0]
        filled.lab.store.put("product", mug | {"name": "Changed in the same second"})

    health = check(filled)

    with filled.app.app_context(), transaction(filled.store_id):
        assert session.query(Product).filter_by(id=mug["id"]).one().title == "Changed in the same second"
    assert health.healed == 1


@pytest.mark.parametrize("fault", [FaultRule(status=500), FaultRule(html=True), FaultRule(status=404)])
def test_digest_that_cannot_be_read_falls_back_to_the_walk(filled: Connected, fault: FaultRule) -> None:
    filled.lab.lab.faults.add(replace(fault, path="/wp-json/luxebrain/", times=50))
    lists_read(filled)

    health = check(filled)

    assert health.is_in_sync
    assert lists_read(filled) >= 3


def test_our_sums_are_those_of_our_own_rows_alone(filled: Connected, merchant_id: int) -> None:
    with filled.app.app_context():
        other_id = make_other_store(owner_id=merchant_id)
        with transaction(filled.store_id):
            products = session.query(Product).all()
            found = digests.sum_up("products", since=None)
        with transaction(other_id):
            assert digests.sum_up("products", since=None) == {}

    day = products[0].modified_at.date()
    assert found == {day: DayDigest(2, sum(certificates.checksum(product.id, product.modified_at) for product in products))}
