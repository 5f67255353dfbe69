<?php

/**
 * Stand-in for WooCommerce's REST keys: Basic auth with a key of the option stand_in_keys ({key: {secret, user, permissions}}), on WooCommerce's own
 * routes and on those the filter names; what a key may not do is refused before the route is asked. The real one takes Basic only over https.
 */

defined('ABSPATH') || exit;

function stand_in_key()
{
    $keys = get_option('stand_in_keys', []);
    $key = $keys[$_SERVER['PHP_AUTH_USER'] ?? ''] ?? null;
    return $key && hash_equals($key['secret'], $_SERVER['PHP_AUTH_PW'] ?? '') ? $key : null;
}

function stand_in_is_for_keys()
{
    $prefix = trailingslashit(rest_get_url_prefix());
    $address = $_SERVER['REQUEST_URI'] ?? '';
    $is_own = strpos($address, $prefix . 'wc/') !== false || strpos($address, $prefix . 'wc-') !== false;
    return apply_filters('woocommerce_rest_is_request_to_rest_api', $is_own);
}

add_filter('determine_current_user', function ($user) {
    $key = !$user && stand_in_is_for_keys() ? stand_in_key() : null;
    return $key ? $key['user'] : $user;
}, 15);

add_filter('rest_pre_dispatch', function ($result, $server, $request) {
    $key = stand_in_is_for_keys() ? stand_in_key() : null;
    if ($key && $request->get_method() === 'GET' && !in_array($key['permissions'], ['read', 'read_write'], true)) {
        return new WP_Error('woocommerce_rest_authentication_error', 'The API key provided does not have read permissions.', ['status' => 401]);
    }
    return $result;
}, 10, 3);
