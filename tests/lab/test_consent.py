"""wc-auth in the fake store: the way a merchant gives an app its keys, and every way it is refused."""

import json
import re
from collections.abc import Iterator

import pytest
import requests

from lab.woocommerce.context import Options
from lab.woocommerce.server import LabServer
from tests.lab.receiver import Receiver

ASKED = {"app_name": "LuxeBrain", "scope": "read_write", "user_id": "state-1", "return_url": "http://127.0.0.1:9/return?src=woo"}


@pytest.fixture
def server() -> Iterator[LabServer]:
    with LabServer(Options(development=True)) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def test_approving_posts_the_keys_before_the_merchant_goes_back(server: LabServer, receiver: Receiver) -> None:
    browser = requests.Session()
    asked = ASKED | {"callback_url": f"{receiver.url}/wc-callback?shop=1"}

    page = _log_in(browser, server, asked)
    approve = _link(page.text, "wc-auth-approve")
    answer = browser.get(f"{server.url}{approve}", allow_redirects=False)

    assert answer.headers["Location"] == "http://127.0.0.1:9/return?src=woo&success=1&user_id=state-1"
    callback = receiver.received[0]
    body = json.loads(callback.body)
    assert (callback.path, callback.headers["Content-Type"]) == ("/wc-callback?shop=1", "application/json;charset=UTF-8")
    assert callback.headers["User-Agent"] == f"WordPress/6.9; {server.url}"
    assert list(body) == ["key_id", "user_id", "consumer_key", "consumer_secret", "key_permissions"]
    assert (body["user_id"], body["key_permissions"]) == ("state-1", "read_write")


def test_approve_link_that_is_opened_twice_makes_a_second_key_and_sends_it_too(server: LabServer, receiver: Receiver) -> None:
    browser = requests.Session()
    page = _log_in(browser, server, ASKED | {"callback_url": f"{receiver.url}/callback"})
    approve = f"{server.url}{_link(page.text, 'wc-auth-approve')}"

    for _ in range(2):
        browser.get(approve, allow_redirects=False)

    sent = [json.loads(callback.body) for callback in receiver.received]
    assert [callback["user_id"] for callback in sent] == ["state-1", "state-1"]
    assert len({callback["consumer_key"] for callback in sent}) == len(server.store.all("key")) == 2


@pytest.mark.parametrize("status", [201, 204, 401, 500])
def test_keys_are_taken_back_when_the_callback_is_not_answered_200(server: LabServer, receiver: Receiver, status: int) -> None:
    browser = requests.Session()
    receiver.statuses = [status]
    page = _log_in(browser, server, ASKED | {"callback_url": f"{receiver.url}/callback"})

    answer = browser.get(f"{server.url}{_link(page.text, 'wc-auth-approve')}", allow_redirects=False)

    assert answer.status_code == 401
    assert "unable to send the consumer data" in answer.text
    assert server.store.all("key") == []


def test_shopper_may_not_approve(server: LabServer, receiver: Receiver) -> None:
    page = _log_in(requests.Session(), server, ASKED | {"callback_url": f"{receiver.url}/callback"}, username="shopper")

    assert page.status_code == 401
    assert "You do not have permission to access this page." in page.text


def test_wrong_password_asks_again_and_denying_goes_back_without_keys(server: LabServer, receiver: Receiver) -> None:
    browser = requests.Session()
    asked = ASKED | {"callback_url": f"{receiver.url}/callback"}

    page = _log_in(browser, server, asked, password="wrong")

    assert "The password you entered for the username merchant is incorrect." in page.text
    page = _log_in(browser, server, asked)
    assert _link(page.text, "wc-auth-deny") == "http://127.0.0.1:9/return?src=woo&success=0&user_id=state-1"
    assert receiver.received == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"callback_url": "http://example.com/x"}, "The callback_url needs to be over SSL."),
        ({"callback_url": ""}, "Missing parameter callback_url."),
        ({"user_id": "0"}, "Missing parameter user_id."),
        ({"scope": "admin"}, "Invalid scope admin."),
        ({"return_url": "not a url"}, "The https://not a url is not a valid URL."),
    ],
)
def test_bad_requests_are_a_page_of_the_store(change: dict[str, str], reason: str) -> None:
    with LabServer(Options(development=False)) as server:
        asked = ASKED | {"callback_url": "https://example.com/callback"} | change

        answer = requests.get(f"{server.url}/wc-auth/v1/authorize", params=asked, timeout=5)

        assert answer.status_code == 401
        assert f"Error: {reason}" in answer.text


def _log_in(
    browser: requests.Session, server: LabServer, asked: dict[str, str], *, username: str = "merchant", password: str | None = None
) -> requests.Response:
    page = browser.get(f"{server.url}/wc-auth/v1/authorize", params=asked, timeout=5)
    assert "/wc-auth/v1/login/" in page.url
    return browser.post(page.url, data={"username": username, "password": password or username, "login": "Login"}, timeout=5)


def _link(page: str, name: str) -> str:
    found = re.search(rf'{name}" href="([^"]*)"', page)
    assert found is not None
    return found[1].replace("&amp;", "&")
