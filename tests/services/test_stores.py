"""A store is made once, found from outside by unguessable names, and seen by its members only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from luxebrain import config
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.errors import NotFound
from luxebrain.integrations.platform import Credentials, StoreProfile
from luxebrain.models.stores import Membership, PublicKey, Store, StoreCredential, WebhookEndpoint
from luxebrain.services import accounts, stores

pytestmark = pytest.mark.usefixtures("context")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROFILE = StoreProfile(name="Lanterns", url="https://ours.example", currency="GBP", timezone="Europe/London", prices_include_tax=True)


@pytest.fixture
def owner_id(context: None) -> int:
    return make_user("owner")


@pytest.fixture
def store(owner_id: int) -> Store:
    make_store(make_user("neighbour"), url="https://theirs.example")
    return make_store(owner_id)


def make_user(name: str) -> int:
    with transaction():
        return accounts.sign_up(f"{name}@example.com", "four words in a row").id


def make_store(owner_id: int, *, url: str = PROFILE.url, name: str = PROFILE.name, now: datetime = NOW) -> Store:
    with transaction():
        return stores.record_store("woocommerce", url, replace(PROFILE, name=name), owner_id=owner_id, now=now)


def open_with(store: Store, key: str) -> None:
    with transaction(store.id):
        stores.open_store(store, Credentials(url=store.url, key=key, secret="cs_secret"))


def test_its_owner_sees_it_and_nobody_else(store: Store, owner_id: int) -> None:
    stranger = make_user("stranger")

    with transaction():
        assert [mine.id for mine in stores.list_stores_of(owner_id)] == [store.id]
        assert stores.find_store_of(owner_id, store.id) is not None
        assert stores.find_store_of(stranger, store.id) is None
        assert stores.list_stores_of(stranger) == []


def test_connecting_the_same_address_again_takes_up_the_same_store(store: Store, owner_id: int) -> None:
    with transaction():
        stores.pause(store.id, "The key was refused.")
        before = (stores.public_key_of(store.id), stores.webhook_address_of(store))

    again = make_store(owner_id, name="Lanterns & more", now=NOW + timedelta(days=1))

    with transaction():
        after = (stores.public_key_of(store.id), stores.webhook_address_of(store))
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Store, Membership, PublicKey, WebhookEndpoint)]
    assert (again.id, again.name, again.paused_reason) == (store.id, "Lanterns & more", "")
    assert after == before
    assert counts == [2, 2, 2, 2]


def test_its_keys_are_sealed_and_replaced_by_new_ones(store: Store) -> None:
    for key in ("ck_first", "ck_second"):
        open_with(store, key)

    with transaction(store.id):
        credential = session.scalars(select(StoreCredential)).one()
    assert b"ck_" not in credential.sealed_key
    assert b"cs_" not in credential.sealed_secret


def test_settings_of_a_merchant_outlive_connecting_again(store: Store) -> None:
    open_with(store, "ck_first")
    with transaction(store.id):
        assert stores.get_settings().needs_approval
        stores.get_settings().sender_name = "Ada of Lanterns"

    open_with(store, "ck_second")

    with transaction(store.id):
        assert stores.get_settings().sender_name == "Ada of Lanterns"


def test_deliveries_find_it_by_an_address_that_cannot_be_guessed(store: Store) -> None:
    with transaction():
        address, secret = stores.webhook_address_of(store)
        token = address.rpartition("/")[2]
        endpoint = stores.find_webhook_endpoint(token)

        assert address == f"{config.current().public_url}/webhooks/woocommerce/{token}"
        assert len(token) >= 43
        assert endpoint is not None
        assert (endpoint.store_id, endpoint.secret) == (store.id, secret)
        assert stores.find_webhook_endpoint(str(store.id)) is None


def test_it_is_found_by_its_number_and_by_its_address(store: Store) -> None:
    with transaction():
        for known in (str(store.id), "https://ours.example", "https://ours.example/"):
            found = stores.find_store(known)
            assert found is not None
            assert found.id == store.id
        assert stores.find_store("https://nobody.example") is None
        assert stores.find_store("999") is None


def test_a_store_that_is_not_there_is_said_to_be_missing() -> None:
    with transaction(), pytest.raises(NotFound):
        stores.get_store(999)
