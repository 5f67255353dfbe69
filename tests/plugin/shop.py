"""What stands in the WordPress of the checks: two products with a variation, pages for both carts, and what a page of it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import requests

from tests.plugin.wordpress import Site

MAKE = """
$post = function (string $type, string $name, string $content = '', int $parent = 0) {
    return wp_insert_post(['post_type' => $type, 'post_name' => $name, 'post_title' => $name, 'post_content' => wp_slash($content),
        'post_status' => 'publish', 'post_parent' => $parent], true);
};
$made = ['mug' => $post('product', 'mug'), 'tee' => $post('product', 'tee')];
$made['tee_small'] = $post('product_variation', 'tee-small', '', $made['tee']);
$post('page', 'cart', '<!-- wp:woocommerce/cart /-->');
$post('page', 'classic-cart', '<!-- wp:shortcode -->[woocommerce_cart]<!-- /wp:shortcode -->');
$post('page', 'checkout', '<!-- wp:shortcode -->[woocommerce_checkout]<!-- /wp:shortcode -->');
$post('page', 'about', '<!-- wp:paragraph --><p>Who we are.</p><!-- /wp:paragraph -->');
$post('page', 'picks', '<!-- wp:luxebrain/widget {"placement":"bought_together","title":"A \\u0026 B"} /-->'
    . '<!-- wp:shortcode -->[luxebrain placement="similar" product="' . $made['mug'] . '"]'
    . '[luxebrain placement="cart"]<!-- /wp:shortcode -->');
foreach (['key_read' => 'read', 'key_write' => 'write'] as $key => $permissions) {
    $keys[$key] = ['secret' => 'secret', 'user' => 1, 'permissions' => $permissions];
}
$made['subscriber'] = wp_create_user('reader', 'four words in a row', 'reader@shop.example');
$keys['key_of_nobody'] = ['secret' => 'secret', 'user' => $made['subscriber'], 'permissions' => 'read_write'];
update_option('stand_in_keys', $keys);
return $made;
"""


@dataclass(frozen=True, slots=True)
class Shop:
    site: Site
    mug: int
    tee: int
    tee_small: int

    @property
    def basket(self) -> dict[str, str]:
        """Two lines of one product (a variation and itself) and another's: three lines, two products."""
        return {"stand_in_cart": f"{self.mug}:0:1,{self.tee}:{self.tee_small}:2,{self.tee}:0:1"}

    @property
    def in_basket(self) -> str:
        return f"{self.mug},{self.tee}"

    def order(self, *, checkout: str, email: str = "ann@example.com", **said: Any) -> dict[str, Any]:
        """At the `classic` or the `block` checkout; with `cookies` beside the basket, with the box (`ticks`), with `extensions`."""
        cookies = {**self.basket, **said.get("cookies", {})}
        if checkout == "classic":
            form = {"billing_email": email, **({"luxebrain_marketing_opt_in": "1"} if said.get("ticks") else {})}
            answer = requests.post(f"{self.site.url}/?wc-ajax=checkout", form, cookies=cookies, timeout=30)
        else:
            ticked = {"luxebrain/marketing-opt-in": bool(said.get("ticks"))}
            body = {"billing_address": {"email": email}, "additional_fields": ticked, "extensions": said.get("extensions", {})}
            answer = requests.post(f"{self.site.url}/wp-json/wc/store/v1/checkout", json=body, cookies=cookies, timeout=30)
        placed: dict[str, Any] = answer.json()
        return {"id": placed["order_id"], "key": placed.get("order_key") or placed.get("key")}

    def meta(self, order: dict[str, Any], key: str) -> str:
        return str(self.site.php(f"return wc_get_order({order['id']})->get_meta('{key}');"))


def make_shop(site: Site) -> Shop:
    made = site.php(MAKE)
    return Shop(site, made["mug"], made["tee"], made["tee_small"])


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page holds of the plugin: the marks of each widget, and the attributes of each of its scripts."""

    widgets: list[dict[str, str]]
    scripts: list[dict[str, str | None]]


def read_page(html: str) -> Shown:
    reader = _Reader()
    reader.feed(html)
    return Shown(reader.widgets, reader.scripts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.widgets: list[dict[str, str]] = []
        self.scripts: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if "data-luxebrain-placement" in attributes:
            marks = {re.sub(r"^data-(luxebrain-)?", "", name): str(value) for name, value in attributes.items() if name.startswith("data-")}
            self.widgets.append({name: value for name, value in marks.items() if name not in ("store", "api")})
            assert (marks["store"], marks["api"]) == ("pk_plugin_check", "https://brain.example/widgets/v1/")
        elif tag == "script" and "luxebrain" in (attributes.get("src") or ""):
            self.scripts.append(attributes)
