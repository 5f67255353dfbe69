"""Widgets in the storefront: learned suggestions with true prices, a fallback, a click that is credited; once in a real browser."""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import quote

from demo.browser import find_browser, see_widget_in_browser
from demo.client import Client, StepFailed, wait_until
from demo.shopper import buy, find_simple_product


def run(client: Client) -> None:
    page = find_simple_product(client)
    if "/widgets/v1/luxebrain.js?store=" not in client.get(page).text:
        raise StepFailed("the storefront's pages do not carry the script tag")
    answer = _ask(client, "similar", product=_product_id(client, page))
    if answer["strategy"] != "collaborative" or not answer["items"]:
        raise StepFailed(f"a product with many orders should get learned suggestions, not {answer['strategy']!r}")
    _check_prices(client, answer["items"])
    _check_fallback(client)
    _check_credit(client, answer)
    if find_browser():
        see_widget_in_browser(page)


def _ask(client: Client, placement: str, **context: int) -> dict[str, Any]:
    parameters = {name: str(value) for name, value in context.items()}
    key = str(client.card.public_key)
    found: dict[str, Any] = client.get_json("/widgets/v1/recommendations", store=key, placement=placement, **parameters)
    return found


def _product_id(client: Client, page: str) -> int:
    found = re.search(r"postid-(\d+)", client.get(page).text)
    if found is None:
        raise StepFailed(f"{page} does not say which product it shows")
    return int(found[1])


def _check_prices(client: Client, items: list[dict[str, Any]]) -> None:
    """What the widget says a product costs is what its page says, and it can be bought."""
    for item in items[:3]:
        page = client.get(item["url"]).text
        if item["price"] not in page:
            raise StepFailed(f"{item['url']} does not cost {item['price']}, as the widget says")


def _check_fallback(client: Client) -> None:
    """The newest products have no orders yet; something sensible is shown all the same."""
    newest = client.get(f"{client.card.store_url}/shop/?orderby=date").text
    new_page = re.search(r'href="([^"]*/product/[^"]+)"', newest)
    if new_page is None:
        raise StepFailed("the shop cannot be sorted by date")
    url = new_page[1] if new_page[1].startswith("http") else client.card.store_url + new_page[1]
    if not _ask(client, "similar", product=_product_id(client, url))["items"]:
        raise StepFailed(f"nothing is suggested beside {url}")


def _check_credit(client: Client, answer: dict[str, Any]) -> None:
    """As the script does on a click: it writes the click into a cookie, which the store copies into the order."""
    item = next(item for item in answer["items"] if item["variant_id"] == item["product_id"])  # one that needs no choice
    click = {
        "click_id": f"check{time.time_ns()}",
        "recommendation_id": answer["recommendation_id"],
        "placement": answer["placement"],
        "product_id": item["product_id"],
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    client.session.cookies.set("luxebrain", quote(json.dumps([click])), path="/")
    number = buy(client, item["url"])

    def is_credited() -> bool:
        row = re.search(rf"#{number}\b.*?</tr>", client.get(f"/stores/{client.card.store_id}/orders").text, re.DOTALL)
        return row is not None and "similar" in row[0]

    wait_until(f"order {number} is credited to the widget", is_credited, 20)
