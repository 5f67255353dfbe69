"""Chromium, a storefront and our own server, each on a socket of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Route

from luxebrain.integrations.platform import ProductRecord
from tests.browser.storefront import Storefront, make_storefront, serving
from tests.widgets.conftest import fresh_shelf, shop
from tests.widgets.made import PAIRS, Made, apply_products, product

__all__ = ["fresh_shelf", "shop"]
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="400" height="500"><rect width="400" height="500" fill="#d9b99b"/>
<circle cx="200" cy="250" r="120" fill="#8c4a2f"/></svg>"""


@pytest.fixture
def storefront(app: Flask, shop: Made) -> Iterator[Storefront]:
    """Its products' addresses are the storefront's own, as in a real store."""
    front = Storefront(key=shop.key)
    with serving(app) as front.api_url, serving(make_storefront(front)) as front.url:
        with app.app_context():
            apply_products(shop, *(_shown(front, id) for pair in PAIRS for id in pair))
        app.test_client().get("/widgets/v1/recommendations", query_string={"store": front.key, "placement": "similar"})  # warm
        yield front


def _shown(front: Storefront, id: int) -> ProductRecord:
    titles = {
        12: "Blue mug with a title that is long enough to need three lines or more on any phone",
        21: "<img src=x onerror=alert(1)> candle",
    }
    before = "12.50" if id == 12 else None
    return product(id, titles.get(id, f"Present {id}"), url=f"{front.url}/product/{id}", compare_at_price=before)


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
    context.route("https://shop.example/**", lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"))
    yield context
    context.close()


@pytest.fixture
def page(visitor: BrowserContext) -> Page:
    return visitor.new_page()


def answer_with(page: Page, body: str, *, status: int = 200) -> None:
    """Our API answers this from now on."""

    def fulfil(route: Route) -> None:
        route.fulfill(status=status, body=body, content_type="application/json", headers={"Access-Control-Allow-Origin": "*"})

    page.route("**/widgets/v1/recommendations*", fulfil)
