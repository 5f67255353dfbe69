"""What LuxeBrain asks the plugin: whether it is there, and a digest of the store, which our side computes the same from its rows."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Iterable
from hashlib import md5, sha256
from typing import Any

import pytest
import requests

from tests.plugin.shop import Shop
from tests.plugin.wordpress import ADDRESS, KEY, Site

DIGEST, ALIVE = "/wp-json/luxebrain/v1/digest", "/wp-json/luxebrain/v1/alive"
READS = ("key_read", "secret")
FILL = """
global $wpdb;
$at = function (int $id, string $time) use ($wpdb) {
    $wpdb->update($wpdb->posts, ['post_modified_gmt' => $time], ['ID' => $id]);
    return $id;
};
$make = function (string $type, string $status, string $time, int $parent = 0) use ($at) {
    $post = ['post_type' => $type, 'post_status' => $status, 'post_title' => 'x', 'post_parent' => $parent];
    return $at(wp_insert_post($post, true), $time);
};
$wpdb->query("DELETE FROM {$wpdb->posts} WHERE post_type IN ('product', 'product_variation', 'shop_order')");
$wpdb->query("DELETE FROM {$wpdb->prefix}wc_orders");
$ids['plain'] = $make('product', 'publish', '2026-01-02 03:04:05');
$ids['draft'] = $make('product', 'draft', '2026-01-02 23:59:59');
$ids['variable'] = $make('product', 'publish', '2026-01-03 00:00:00');
$ids['younger'] = $make('product_variation', 'publish', '2026-01-05 06:07:08', $ids['variable']);
$ids['older'] = $make('product_variation', 'publish', '2026-01-01 00:00:00', $ids['variable']);
$make('product_variation', 'trash', '2026-01-09 00:00:00', $ids['variable']);
$make('product', 'trash', '2026-01-02 03:04:05');
$make('product', 'auto-draft', '2026-01-02 03:04:05');
$make('post', 'publish', '2026-01-02 03:04:05');
$ids['order_post'] = $make('shop_order', 'wc-completed', '2026-02-01 10:00:00');
$make('shop_order', 'wc-checkout-draft', '2026-02-01 10:00:00');
$make('shop_order', 'trash', '2026-02-01 10:00:00');
$orders = [[901, 'wc-processing', 'shop_order'], [902, 'wc-own-status', 'shop_order'], [903, 'wc-checkout-draft', 'shop_order'],
    [904, 'trash', 'shop_order'], [905, 'wc-completed', 'shop_order_refund']];
foreach ($orders as [$id, $status, $type]) {
    $order = ['id' => $id, 'status' => $status, 'type' => $type, 'date_updated_gmt' => '2026-02-03 04:05:06'];
    $wpdb->insert("{$wpdb->prefix}wc_orders", $order);
}
foreach (['new' => '', 'changed' => '1769904000'] as $name => $changed) {
    $user = ['user_login' => "buyer-$name", 'user_pass' => 'x', 'role' => 'customer', 'user_registered' => '2026-01-20 10:00:00'];
    $ids[$name] = wp_insert_user($user);
    $changed && update_user_meta($ids[$name], 'last_update', $changed);
}
return $ids;
"""


def computed(rows: Iterable[tuple[int, str]]) -> list[dict[str, Any]]:
    """Our side: (id, modified) as in docs/woocommerce.md."""
    days: dict[str, list[int]] = defaultdict(list)
    for id, modified in rows:
        days[modified[:10]].append(int(md5(f"{id}:{modified}".encode()).hexdigest()[:15], 16))
    return [{"day": day, "rows": len(sums), "checksum": str(sum(sums))} for day, sums in sorted(days.items())]


@pytest.fixture(scope="module")
def filled(site: Site, shop: Shop) -> dict[str, int]:
    ids: dict[str, int] = site.php(FILL)
    return ids


def _digest(site: Site, **parameters: str) -> dict[str, Any]:
    answer = site.get(DIGEST, auth=READS, params=parameters)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_digest_of_products_is_what_our_side_computes(site: Site, filled: dict[str, int]) -> None:
    rows = [
        (filled["plain"], "2026-01-02T03:04:05"),
        (filled["draft"], "2026-01-02T23:59:59"),
        (filled["variable"], "2026-01-05T06:07:08"),  # its younger variation's
    ]

    assert _digest(site)["entities"]["products"] == computed(rows)


def test_digest_of_variations_is_what_our_side_computes(site: Site, filled: dict[str, int]) -> None:
    rows = [(filled["younger"], "2026-01-05T06:07:08"), (filled["older"], "2026-01-01T00:00:00")]

    assert _digest(site)["entities"]["variations"] == computed(rows)


@pytest.mark.parametrize("storage", ["tables", "posts"])
def test_digest_of_orders_is_what_our_side_computes_wherever_they_are_kept(site: Site, filled: dict[str, int], storage: str) -> None:
    site.php(f"return update_option('stand_in_order_tables', '{'yes' if storage == 'tables' else 'no'}');")

    document = _digest(site)

    rows = {
        "tables": [(901, "2026-02-03T04:05:06"), (902, "2026-02-03T04:05:06")],
        "posts": [(filled["order_post"], "2026-02-01T10:00:00")],
    }
    assert document["order_storage"] == storage
    assert document["entities"]["orders"] == computed(rows[storage])


def test_digest_of_customers_is_what_our_side_computes(site: Site, filled: dict[str, int]) -> None:
    rows = [(filled["new"], "2026-01-20T10:00:00"), (filled["changed"], "2026-02-01T00:00:00")]

    assert _digest(site)["entities"]["customers"] == computed(rows)


def test_digest_from_a_day_leaves_older_days_out(site: Site, filled: dict[str, int]) -> None:
    document = _digest(site, **{"from": "2026-01-05"})

    assert [entry["day"] for entry in document["entities"]["products"]] == ["2026-01-05"]
    assert site.get(DIGEST, auth=READS, params={"from": "yesterday"}).status_code == 400


def test_a_change_shows_in_the_digest(site: Site, filled: dict[str, int]) -> None:
    before = _digest(site)["entities"]["products"]
    _modify(site, filled["plain"], "2026-01-02 03:04:06")

    after = _digest(site)["entities"]["products"]

    _modify(site, filled["plain"], "2026-01-02 03:04:05")
    assert before[0]["rows"] == after[0]["rows"]
    assert before[0]["checksum"] != after[0]["checksum"]
    assert before[1:] == after[1:]


def _modify(site: Site, product: int, moment: str) -> None:
    site.php(f"global $wpdb; return $wpdb->update($wpdb->posts, ['post_modified_gmt' => '{moment}'], ['ID' => {product}]);")


def test_each_entity_takes_one_statement(site: Site, filled: dict[str, int]) -> None:
    count = "$GLOBALS['wpdb']->num_queries"

    asked = site.php(f"LuxeBrain\\Digest\\compute(''); $before = {count}; LuxeBrain\\Digest\\compute(''); return {count} - $before;")

    assert asked == 4


@pytest.mark.parametrize("path", [DIGEST, ALIVE])
def test_only_a_key_that_may_read_for_the_shop_is_answered(site: Site, shop: Shop, path: str) -> None:
    refused = {key: site.get(path, auth=(key, "secret")).status_code for key in ("key_write", "key_of_nobody", "unknown")}

    assert site.get(path, auth=READS).status_code == 200
    assert site.get(path).status_code == 401
    assert site.get(path, auth=("key_read", "wrong")).status_code == 401
    assert refused == {"key_write": 401, "key_of_nobody": 403, "unknown": 401}
    assert requests.post(site.url + path, auth=READS, timeout=30).status_code == 404


KEYS_TABLE = """
global $wpdb;
$table = "{$wpdb->prefix}woocommerce_api_keys";
$wpdb->query("CREATE TABLE IF NOT EXISTS $table (key_id int AUTO_INCREMENT PRIMARY KEY, consumer_key char(64))");
foreach (['key_read_write', 'of_another_app'] as $key) {
    $wpdb->insert($table, ['consumer_key' => hash_hmac('sha256', $key, 'wc-api')]);
}
$ours = ['key_read_write' => ['secret' => 'secret', 'user' => 1, 'permissions' => 'read_write']];
update_option('stand_in_keys', $ours + get_option('stand_in_keys'));
return update_option('luxebrain_settings', ['opt_in_is_on' => true]);
"""
LEFT = """
global $wpdb;
$keys = $wpdb->get_col("SELECT consumer_key FROM {$wpdb->prefix}woocommerce_api_keys");
$settings = get_option('luxebrain_settings', 'none');
return ['keys' => $keys, 'settings' => $settings, 'is_active' => is_plugin_active('luxebrain/luxebrain.php')];
"""


def test_leaving_takes_away_the_settings_and_the_key_that_asks_and_switches_the_plugin_off(site: Site, shop: Shop) -> None:
    site.php(KEYS_TABLE)
    leave = f"{site.url}/wp-json/luxebrain/v1/leave"
    assert requests.post(leave, timeout=30).status_code == 401
    assert requests.post(leave, auth=("key_of_nobody", "secret"), timeout=30).status_code == 403

    answer = requests.post(leave, auth=("key_read_write", "secret"), timeout=30)
    try:
        left = site.php(f"require_once ABSPATH . 'wp-admin/includes/plugin.php'; {LEFT}")
    finally:
        site.put_plugin()

    assert (answer.status_code, answer.json()["keys_removed"]) == (200, 1), answer.text
    assert left == {"keys": [hmac.new(b"wc-api", b"of_another_app", sha256).hexdigest()], "settings": "none", "is_active": False}


def test_alive_says_which_plugin_serves_which_store(site: Site, shop: Shop) -> None:
    answer = site.get(ALIVE, auth=READS).json()

    assert (answer["plugin"], answer["public_key"], answer["address"], answer["asks_for_opt_in"]) == ("0.1.0", KEY, ADDRESS, False)
    together = ["product_together", "product_similar", "cart", "thank_you", "empty_cart"]
    assert answer["places"] == dict.fromkeys([*together, "shop", "home", "home_viewed", "not_found", "no_results"], True)
