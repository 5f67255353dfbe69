<?php

/**
 * Run by WordPress when the plugin is deleted, with or without WooCommerce. Takes away the settings and what was clicked before orders.
 * Orders keep `_luxebrain_marketing_opt_in`: it is the shop's proof that it may write to these people, and not ours to destroy.
 */

namespace LuxeBrain\Uninstall;

defined('WP_UNINSTALL_PLUGIN') || exit;

if (is_multisite()) {
    foreach (get_sites(['fields' => 'ids', 'number' => 0]) as $site) {
        switch_to_blog($site);
        leave();
        restore_current_blog();
    }
} else {
    leave();
}

// phpcs:disable -- straight from the tables: WooCommerce, which would know where its orders are, need not be active any more
function leave(): void
{
    global $wpdb;
    delete_option('luxebrain_settings');
    $orders = $wpdb->prefix . 'wc_orders_meta';
    if ($wpdb->get_var($wpdb->prepare('SHOW TABLES LIKE %s', $wpdb->esc_like($orders))) === $orders) {
        $wpdb->query("DELETE FROM {$orders} WHERE meta_key = '_luxebrain'");
    }
    $wpdb->delete($wpdb->postmeta, ['meta_key' => '_luxebrain']);
    wp_cache_flush();
}
