"""The settings page: errors beside their fields, the change shown before it is saved, and the way out."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

import pytest
import requests

from demo.client import find_form
from lab.woocommerce.faults import FaultRule
from luxebrain import jobs
from luxebrain.database.session import session
from luxebrain.database.tenancy import transaction
from luxebrain.models.stores import Membership, Store, StoreSettings
from tests.live import Connected, make_product
from tests.services.priced import in_lab, make_approved, make_mug, push


@pytest.fixture
def page_url(web: str, connected: Connected) -> str:
    return f"{web}/stores/{connected.store_id}/settings"


def send(browser: requests.Session, page_url: str, section: str, *, is_seen: bool = True, **fields: str | None) -> requests.Response:
    """Fills in a section. `is_seen`: by a browser that showed the change already; None takes a tick away."""
    form = find_form(browser.get(page_url, timeout=10).text, action=f"/settings/{section}")
    values = {name: value for name, value in (form.values | fields).items() if value is not None}
    if is_seen:
        values.pop("preview", None)
    return browser.post(urljoin(page_url, form.action), values, timeout=20)


def words(answer: requests.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def error_of(answer: requests.Response, field: str) -> str:
    """What the page says beside the field, as the field itself refers to it."""
    control = re.search(rf'<(?:input|textarea)[^>]*name="{field}"[^>]*>', answer.text)
    assert control
    assert 'aria-invalid="true"' in control[0]
    assert f"{field}-error" in control[0]
    said = re.search(rf'id="{field}-error">([^<]*)<', answer.text)
    assert said
    return unescape(said[1])


def kept(connected: Connected) -> StoreSettings:
    with connected.app.app_context(), transaction(connected.store_id):
        return session.query(StoreSettings).populate_existing().one()


@pytest.mark.parametrize(
    ("section", "field", "typed", "said"),
    [
        ("prices", "floor_margin", "150", "A margin of 150 % is too large. Type a figure between 0 and 95."),
        ("prices", "floor_margin", "-5", "A margin of -5 % is too small. Type a figure between 0 and 95."),
        ("prices", "max_step", "0", "A step of 0 % is too small. Type a figure between 1 and 50."),
        ("prices", "max_step", "a lot", "That is no number. Type a figure between 1 and 50."),
        ("prices", "max_step", "NaN", "That is no number. Type a figure between 1 and 50."),
        ("prices", "max_step", "", "That is no number. Type a figure between 1 and 50."),
        ("sender", "sender_email", "hello(at)shop", "That is not an e-mail address. It should look like name@shop.example."),
        ("sender", "sender_email", "a@b.example, c@d.example", "That is not an e-mail address. It should look like name@shop.example."),
        ("sender", "sender_name", " ", "Type the name that mails come from."),
        ("placements", "cart_title", "", "Give this widget a heading of at most 80 characters."),
    ],
)
def test_error_is_beside_its_field_and_what_was_typed_stays(
    browser: requests.Session, page_url: str, connected: Connected, section: str, field: str, typed: str, said: str
) -> None:
    before = kept(connected)

    answer = send(browser, page_url, section, **{field: typed})  # type: ignore[arg-type]  # no field is called is_seen

    assert answer.status_code == 422
    assert error_of(answer, field) == said
    assert find_form(answer.text, action=f"/settings/{section}").values[field] == typed.strip()
    after = kept(connected)
    assert (after.floor_margin, after.max_step, after.sender_email) == (before.floor_margin, before.max_step, before.sender_email)


def test_saved_change_is_said_and_stays(browser: requests.Session, page_url: str, connected: Connected) -> None:
    answer = send(browser, page_url, "prices", floor_margin="12,5 %", needs_approval=None)

    assert "Saved. Smallest margin: 20 % → 12.5 %; Ask me before a price is written: on → off" in words(answer)
    form = find_form(browser.get(page_url, timeout=10).text, action="/settings/prices")
    assert form.values["floor_margin"] == "12.5"
    assert "needs_approval" not in form.values
    assert not kept(connected).needs_approval


def test_browser_without_javascript_sees_the_change_before_it_is_saved(
    browser: requests.Session, page_url: str, connected: Connected
) -> None:
    before = kept(connected).floor_margin

    shown = send(browser, page_url, "prices", is_seen=False, floor_margin="33")

    assert "Smallest margin 20 % 33 %" in words(shown)
    assert kept(connected).floor_margin == before
    form = find_form(shown.text, action="/settings/prices")
    again = browser.post(shown.url, form.values | {"edit": "1"}, timeout=10)
    assert find_form(again.text, action="/settings/prices").values["floor_margin"] == "33"
    assert kept(connected).floor_margin == before
    browser.post(shown.url, form.values, timeout=10)
    assert str(kept(connected).floor_margin) == "0.3300"


def test_line_breaks_in_a_sender_s_name_do_not_reach_a_mail_s_header(
    browser: requests.Session, page_url: str, connected: Connected
) -> None:
    send(browser, page_url, "sender", sender_name="Mugs\r\nBcc: everyone@example.com", postal_address="1 Mill Lane\nBath")

    assert kept(connected).sender_name == "Mugs Bcc: everyone@example.com"
    assert kept(connected).postal_address == "1 Mill Lane\nBath"


def test_heading_of_a_widget_reaches_the_widget_s_answer(browser: requests.Session, page_url: str, web: str, connected: Connected) -> None:
    make_product(connected.lab)
    connected.sync()
    key = re.search(r"pk_[\w-]+", browser.get(page_url, timeout=10).text)
    assert key

    send(browser, page_url, "placements", similar_title="Made for you", cart_is_on=None)

    question = {"store": key[0], "placement": "similar", "product": "1", "k": "4"}
    assert requests.get(f"{web}/widgets/v1/recommendations", question, timeout=10).json()["title"] == "Made for you"


def test_nobody_saves_by_accident_what_is_there_already(browser: requests.Session, page_url: str) -> None:
    assert "Nothing was changed." in words(send(browser, page_url, "sender"))


def test_page_says_in_figures_what_leaving_means(browser: requests.Session, page_url: str, connected: Connected) -> None:
    make_product(connected.lab)
    connected.sync()

    page = words(browser.get(page_url, timeout=10))

    assert re.search(r"Our copy of 1 product, \d+ customers? and 0 orders is kept", page)
    assert re.search(r"Erases 1 product, \d+ customers? and 0 orders here", page)


def test_owner_disconnects_and_gets_a_receipt(browser: requests.Session, page_url: str, connected: Connected) -> None:
    connected.sync()

    going = words(send(browser, page_url, "disconnect"))
    with connected.app.app_context():
        jobs.run("stores.leave", connected.store_id)
    left = words(browser.get(page_url, timeout=10))

    assert "Leaving your store" in going
    assert "Disconnect the store first" in going
    assert "is disconnected" in left
    assert "were deleted. Your store was read afterwards: none of ours is there" in left
    assert f"The key that ends in {connected.lab.store.all('key')[-1]['consumer_key'][-7:]}" in left
    assert "Connect it again" in left


def test_owner_need_not_wait_for_a_store_that_is_away(browser: requests.Session, page_url: str, connected: Connected) -> None:
    connected.sync()
    connected.lab.lab.faults.add(FaultRule(status=503, times=50))
    send(browser, page_url, "disconnect")
    with connected.app.app_context():
        jobs.run("stores.leave", connected.store_id)
    assert "It is tried again" in words(browser.get(f"{page_url}/disconnect", timeout=10))

    send(browser, page_url, "disconnect")
    with connected.app.app_context():
        jobs.run("stores.leave", connected.store_id)

    assert "delete those named LuxeBrain" in words(browser.get(page_url, timeout=10))


def test_owner_may_keep_the_prices(browser: requests.Session, page_url: str, connected: Connected) -> None:
    mug = make_mug(connected)
    make_approved(connected, mug, "9.50")
    push(connected)
    assert "1 price of ours is in your store" in words(browser.get(page_url, timeout=10))

    send(browser, page_url, "disconnect", keeps_prices="y")
    with connected.app.app_context():
        jobs.run("stores.leave", connected.store_id)

    assert in_lab(connected, mug)[0] == "9.50"
    assert "You chose to keep the prices" in words(browser.get(page_url, timeout=10))


def test_erasing_asks_for_the_store_s_name(browser: requests.Session, page_url: str, web: str, connected: Connected) -> None:
    with connected.app.app_context(), transaction():
        name = session.get_one(Store, connected.store_id).name
    connected.leave()
    page = browser.get(page_url, timeout=10)
    assert f"Type “{name}” to confirm" in words(page)

    refused = send(browser, page_url, "erase", confirm="another")

    assert refused.status_code == 422
    assert name in error_of(refused, "confirm")
    done = send(browser, page_url, "erase", confirm=name)
    assert done.url == f"{web}/connect"
    assert browser.get(page_url, timeout=10).status_code == 404


@pytest.mark.parametrize("way", ["disconnect", "erase"])
def test_only_an_owner_may_leave(browser: requests.Session, page_url: str, connected: Connected, way: str) -> None:
    token = find_form(browser.get(page_url, timeout=10).text, action="/settings/prices").values["csrf_token"]
    with connected.app.app_context(), transaction():
        session.query(Membership).update({"role": "staff"})

    answer = browser.post(f"{page_url}/{way}", {"csrf_token": token}, timeout=10)

    assert answer.status_code == 403
    assert "Only an owner" in words(browser.get(page_url, timeout=10))
    with connected.app.app_context(), transaction():
        assert session.get_one(Store, connected.store_id).connected_at is not None
