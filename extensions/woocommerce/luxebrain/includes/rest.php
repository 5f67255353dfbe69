<?php

/**
 * What LuxeBrain asks this plugin, with the keys it has of WooCommerce: are you there, what does the store hold, and, once, forget us.
 */

namespace LuxeBrain\Rest;

use LuxeBrain\Digest;
use LuxeBrain\Forget;
use LuxeBrain\Settings;

defined('ABSPATH') || exit;

const ROOT = 'luxebrain/v1';

function start(): void
{
    add_action('rest_api_init', __NAMESPACE__ . '\\register');
}

function register(): void
{
    $common = ['methods' => 'GET', 'permission_callback' => __NAMESPACE__ . '\\runs_the_shop'];
    register_rest_route(ROOT, '/alive', $common + ['callback' => __NAMESPACE__ . '\\alive']);
    register_rest_route(ROOT, '/leave', ['methods' => 'POST', 'callback' => __NAMESPACE__ . '\\leave'] + $common);
    register_rest_route(ROOT, '/digest', $common + ['callback' => __NAMESPACE__ . '\\digest', 'args' => [
        'from' => ['type' => 'string', 'pattern' => '^([0-9]{4}-[0-9]{2}-[0-9]{2})?$', 'default' => ''] + [
            'description' => __('Only days from this one on (UTC, 2026-01-31).', 'luxebrain'),
        ],
    ]]);
}

/**
 * WooCommerce takes its keys for its own routes only unless told otherwise; it then also refuses a key that may not read.
 *
 * @param bool $is_woocommerce
 */
function takes_woocommerce_keys($is_woocommerce): bool
{
    // phpcs:ignore -- only looked at
    $address = isset($_SERVER['REQUEST_URI']) ? (string) wp_unslash($_SERVER['REQUEST_URI']) : '';
    return $is_woocommerce || strpos($address, trailingslashit(rest_get_url_prefix()) . ROOT . '/') !== false;
}

/** What the person a key belongs to may do: who runs the shop. */
function runs_the_shop(): bool
{
    return current_user_can('manage_woocommerce');
}

function alive(): \WP_REST_Response
{
    $settings = Settings\read();
    return new \WP_REST_Response(about() + [
        'public_key' => $settings['public_key'],
        'address' => $settings['address'],
        'places' => wp_list_pluck($settings['places'], 'is_on'),
        'asks_for_opt_in' => (bool) $settings['opt_in_is_on'],
    ]);
}

function digest(\WP_REST_Request $request): \WP_REST_Response
{
    $from = (string) $request['from'];
    return new \WP_REST_Response(about() + ['format' => Digest\FORMAT, 'from' => $from, 'entities' => Digest\compute($from)]);
}

/** The shop is disconnected: nothing of ours stays but this plugin, switched off, for somebody to delete or to switch on again. */
function leave(\WP_REST_Request $request): \WP_REST_Response
{
    Forget\everything();
    $removed = Forget\key(key_of($request));
    require_once ABSPATH . 'wp-admin/includes/plugin.php';
    deactivate_plugins(plugin_basename(\LuxeBrain\FILE));
    return new \WP_REST_Response(about() + ['keys_removed' => $removed]);
}

/** Over https it is the user name or a parameter; over http the request is signed with it. WooCommerce has checked it by now. */
function key_of(\WP_REST_Request $request): string
{
    // phpcs:ignore -- only looked at, and compared as a hash
    $user = isset($_SERVER['PHP_AUTH_USER']) ? wp_unslash($_SERVER['PHP_AUTH_USER']) : '';
    return (string) ($request['oauth_consumer_key'] ?: $request['consumer_key'] ?: $user);
}

function about(): array
{
    return [
        'plugin' => \LuxeBrain\VERSION,
        'at' => gmdate('Y-m-d\TH:i:s\Z'),
        'order_storage' => Digest\has_order_tables() ? 'tables' : 'posts',
    ];
}
