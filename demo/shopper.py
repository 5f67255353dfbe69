"""A shopper of the lab's storefront: looks, puts into the basket, pays."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from demo.client import Client, StepFailed, find_form

BILLING = {
    "first_name": "Grace",
    "last_name": "Hopper",
    "email": "grace@example.com",
    "phone": "",
    "address_1": "1 Mill Lane",
    "city": "Bath",
    "postcode": "BA1 2AB",
    "country": "GB",
}


def find_product_pages(client: Client) -> list[str]:
    """Addresses of products on the shop's first pages."""
    page = client.get(f"{client.card.store_url}/shop/")
    found = dict.fromkeys(urljoin(page.url, path) for path in re.findall(r'href="([^"]*/product/[^"]+)"', page.text))
    if not found:
        raise StepFailed(f"{page.url} lists no products")
    return list(found)


def find_simple_product(client: Client) -> str:
    """The page of a product that can be bought without choosing a variant."""
    for url in find_product_pages(client):
        html = client.get(url).text
        if 'name="add-to-cart"' in html and 'name="variation_id"' not in html and "disabled" not in html:
            return url
    raise StepFailed("no product on the shop's first pages can be bought just so")


def add_to_cart(client: Client, product_page: str) -> None:
    page = client.get(product_page)
    button = re.search(r'name="add-to-cart" value="(\d+)"', page.text)
    if button is None:
        raise StepFailed(f"{product_page} has no button to buy")
    form = find_form(page.text, action="/product/", where=product_page)
    client.send(form, {"add-to-cart": button[1], "quantity": "1"}, base=page.url)


def check_out(client: Client) -> str:
    """Pays what is in the basket; returns the order's number."""
    page = client.get(f"{client.card.store_url}/checkout/")
    form = find_form(page.text, action="/checkout", where=page.url)
    wanted = {name: value for name, value in _billing(form.names).items() if name in form.names}
    thanks = client.send(form, wanted, base=page.url)
    number = re.search(r"/order-received/(\d+)/", thanks.url)
    if number is None:
        raise StepFailed(f"paying should lead to the thank-you page, not to {thanks.url}")
    return number[1]


def buy(client: Client, product_page: str) -> str:
    add_to_cart(client, product_page)
    return check_out(client)


def _billing(names: set[str]) -> dict[str, str]:
    prefix = "billing_" if any(name.startswith("billing_") for name in names) else ""
    return {prefix + name: value for name, value in BILLING.items()}
