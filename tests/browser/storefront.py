"""A storefront reduced to what the widget script meets: a page on another origin, the Store API's cart, and a strict content policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from luxebrain.widgets import script as scripts

CSS = """
body { margin: 0; font: 16px/1.5 Georgia, serif; color: #2b2420; background: #faf7f2 }
main { max-width: 1100px; margin: 0 auto; padding: 24px 16px }
.tall { height: 1400px }
footer { padding: 24px 16px; background: #eee6da }
"""
PAGE = """<!doctype html>
<html lang="{lang}" dir="{direction}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Red mug</title>
<link rel="stylesheet" href="/shop.css">{script}</head>
<body><main><h1>Red mug</h1><p>A mug for the morning.</p>{above}{places}<p>Free delivery from £40.</p></main>
<footer>The gift shop</footer></body></html>"""
RTL = ("ar", "he")
SIMILAR = '<div data-luxebrain-placement="similar" data-product="11"></div>'


@dataclass(slots=True)
class Storefront:
    """`added`: what reached the cart; `refuses` makes the store turn additions down. `sold`: by id, (price, is in stock) as the store's own
    API says; what it does not name there it does not know."""

    url: str = ""
    api_url: str = ""
    key: str = ""
    added: list[int] = field(default_factory=list)
    refuses: bool = False
    sold: dict[int, tuple[str, bool]] = field(default_factory=dict)

    def page(
        self, places: str = SIMILAR, *, is_tall: bool = False, key: str | None = None, serves_script: bool = False, lang: str = "en-GB"
    ) -> str:
        source = "/plugins/luxebrain.js" if serves_script else f"{self.api_url}/widgets/v1/luxebrain.js?store={key or self.key}"
        script = f'<script type="module" src="{source}"></script>'
        above, direction = '<div class="tall"></div>' if is_tall else "", "rtl" if lang in RTL else "ltr"
        return PAGE.format(script=script, above=above, places=places, lang=lang, direction=direction)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def make_storefront(shop: Storefront) -> Flask:
    app = Flask("storefront")

    @app.get("/")
    def page() -> Response:
        places = request.args.get("places", SIMILAR)
        is_tall, serves_script, lang = "tall" in request.args, "plugin" in request.args, request.args.get("lang", "en-GB")
        html = shop.page(places, key=request.args.get("key"), is_tall=is_tall, serves_script=serves_script, lang=lang)
        response = Response(html, mimetype="text/html")
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self' {shop.api_url}; connect-src 'self' {shop.api_url}; "
            "style-src 'self'; img-src 'self' https:"
        )
        return response

    @app.get("/product/<int:product_id>")
    def product(product_id: int) -> str:
        return f"<title>Product {product_id}</title>"

    @app.get("/shop.css")
    def css() -> Response:
        return Response(CSS, mimetype="text/css")

    @app.get("/plugins/luxebrain.js")
    def script() -> Response:
        """As the WordPress plugin ships it."""
        return Response(scripts.script(), mimetype="text/javascript")

    @app.get("/wp-json/wc/store/v1/products")
    def products() -> Response:
        return jsonify([_sold(shop, int(id)) for id in request.args["include"].split(",") if int(id) in shop.sold])

    @app.get("/wp-json/wc/store/v1/products/<int:product_id>")
    def one(product_id: int) -> tuple[Response, int]:
        return (jsonify(_sold(shop, product_id)), 200) if product_id in shop.sold else (jsonify(code="not_found"), 404)

    @app.get("/wp-json/wc/store/v1/cart")
    def cart() -> Response:
        return Response("{}", mimetype="application/json", headers={"Nonce": "n0nce"})

    @app.post("/wp-json/wc/store/v1/cart/add-item")
    def add() -> tuple[str, int]:
        if shop.refuses or request.headers.get("Nonce") != "n0nce":
            return "{}", 403
        shop.added.append(request.get_json()["id"])
        return "{}", 201

    return app


def _sold(shop: Storefront, id: int) -> dict[str, object]:
    """As WooCommerce's Store API has it: whole numbers of the smallest unit."""
    price, is_in_stock = shop.sold[id]
    prices = {"price": price, "regular_price": price, "currency_code": "GBP", "currency_minor_unit": 2, "price_range": None}
    return {"id": id, "prices": prices, "is_in_stock": is_in_stock}
