"""The end of the plugin's life in a real WordPress. These come last by name: the log holds what all the others did."""

from __future__ import annotations

import pytest

from tests.plugin.shop import Shop
from tests.plugin.test_wordpress_orders import CLICK, _cookie
from tests.plugin.wordpress import Site

LEFT = """
global $wpdb;
$options = "SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE '%luxebrain%' AND option_name NOT LIKE 'stand_in%'";
$meta = [];
foreach (["{$wpdb->prefix}wc_orders_meta", $wpdb->postmeta, $wpdb->usermeta] as $table) {
    $found = "SELECT meta_key FROM $table WHERE meta_key LIKE '%luxebrain%' AND meta_key NOT LIKE '_wc_other%'";
    $meta = array_merge($meta, $wpdb->get_col($found));
}
return ['options' => $wpdb->get_col($options), 'meta' => array_values(array_unique($meta))];
"""


@pytest.mark.parametrize("with_woocommerce", [True, False])
def test_uninstalling_leaves_the_record_of_consent_and_nothing_else(site: Site, shop: Shop, with_woocommerce: bool) -> None:
    site.php("return update_option('luxebrain_settings', ['opt_in_is_on' => true]);")
    for tables in ("yes", "no"):
        site.php(f"return update_option('stand_in_order_tables', '{tables}');")
        shop.order(checkout="classic", cookies=_cookie([CLICK]), ticks=True)
    before = site.php(LEFT)
    if not with_woocommerce:
        site.php("deactivate_plugins('woocommerce/woocommerce.php'); return true;")

    try:
        deleted = site.php("deactivate_plugins('luxebrain/luxebrain.php'); return delete_plugins(['luxebrain/luxebrain.php']);")
        after, home = site.php(LEFT), site.get("/")
    finally:
        site.php("return activate_plugin('woocommerce/woocommerce.php');")
        site.put_plugin()

    assert set(before["meta"]) == {"_luxebrain", "_luxebrain_marketing_opt_in"}
    assert deleted is True
    assert after == {"options": [], "meta": ["_luxebrain_marketing_opt_in"]}
    assert "luxebrain" not in home.text


def test_nothing_of_ours_was_complained_about(site: Site) -> None:
    """WordPress 6.1 under PHP 8.2 complains of itself; of us it must not."""
    complaints = [line for line in site.read_log() if "luxebrain" in line.lower() or "called <strong>incorrectly" in line]

    assert complaints == []
