<?php

/**
 * What is taken away when LuxeBrain leaves the shop, and when the plugin is deleted: the settings and what was clicked before orders. Straight from
 * the tables, since WooCommerce, which would know where its orders are, need not be active any more. Orders keep `_luxebrain_marketing_opt_in`: it is
 * the shop's proof that it may write to these people, and not ours to destroy.
 */

namespace LuxeBrain\Forget;

defined('ABSPATH') || exit;

// phpcs:disable -- table names and constants
function everything(): void
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

/** The key of this request, as WooCommerce keeps it: hashed. Returns how many were there. */
function key(string $consumer_key): int
{
    global $wpdb;
    $hash = hash_hmac('sha256', $consumer_key, 'wc-api');
    return $consumer_key === '' ? 0 : (int) $wpdb->delete("{$wpdb->prefix}woocommerce_api_keys", ['consumer_key' => $hash]);
}
