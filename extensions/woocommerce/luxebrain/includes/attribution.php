<?php

/**
 * Which recommendations were clicked before an order: the script keeps them in the cookie `luxebrain`, the order gets them as meta `_luxebrain`
 * (JSON, a list of clicks), and LuxeBrain reads them with the order. Where the WP Consent API is there, nothing is kept without consent.
 */

namespace LuxeBrain\Attribution;

defined('ABSPATH') || exit;

const META = '_luxebrain';
const COOKIE = 'luxebrain';
const MOST_CLICKS = 20;
const LONGEST_TEXT = 8192;

function start(): void
{
    add_action('woocommerce_checkout_create_order', __NAMESPACE__ . '\\keep_from_cookie');
    add_action('woocommerce_store_api_checkout_update_order_from_request', __NAMESPACE__ . '\\keep_from_request', 10, 2);
    add_filter('wp_consent_api_registered_' . plugin_basename(\LuxeBrain\FILE), '__return_true');
    add_action('init', __NAMESPACE__ . '\\declare_cookie');
}

/** Both hooks run before WooCommerce saves the order, wherever it keeps orders. */
function keep_from_cookie(\WC_Order $order): void
{
    // phpcs:ignore -- JSON: clicks() takes it apart and keeps only what it knows
    keep($order, clicks(isset($_COOKIE[COOKIE]) ? wp_unslash($_COOKIE[COOKIE]) : ''));
}

/**
 * The block checkout sends the cookie along; a shop front on another domain has none and may send {"extensions": {"luxebrain": [...]}}.
 *
 * @param \WP_REST_Request $request
 */
function keep_from_request(\WC_Order $order, $request): void
{
    $sent = clicks($request['extensions'][COOKIE] ?? '');
    if ($sent) {
        keep($order, $sent);
    } else {
        keep_from_cookie($order);
    }
}

function keep(\WC_Order $order, array $clicks): void
{
    if ($clicks && has_consent()) {
        $order->update_meta_data(META, (string) wp_json_encode($clicks));
    }
}

/** The two purposes a click is kept for; one of them has to be agreed to. */
function has_consent(): bool
{
    return !function_exists('wp_has_consent') || wp_has_consent('statistics') || wp_has_consent('marketing');
}

/**
 * A browser wrote it, so it may be anything: what is no click is left out, and of a click only its known fields are kept.
 *
 * @param mixed $value
 *
 * @return array<int, array<string, int|string>>
 */
function clicks($value): array
{
    if (is_string($value)) {
        $value = strlen($value) <= LONGEST_TEXT ? json_decode($value, true, 8) : null;
    }
    $clicks = array_filter(array_map(__NAMESPACE__ . '\\click', is_array($value) ? array_values($value) : []));
    return array_slice(array_values($clicks), -MOST_CLICKS);
}

/**
 * @param mixed $entry
 */
function click($entry): array
{
    $click = [];
    foreach (['click_id', 'recommendation_id', 'placement'] as $name) {
        $text = is_array($entry) ? ($entry[$name] ?? null) : null;
        if (!is_string($text) || !preg_match('/^[A-Za-z0-9_-]{1,64}$/D', $text)) {
            return [];
        }
        $click[$name] = $text;
    }
    foreach (['product_id', 'at'] as $name) {
        if (!is_int($entry[$name] ?? null) || $entry[$name] <= 0) {
            return [];
        }
        $click[$name] = $entry[$name];
    }
    return $click;
}

/** For the list of cookies that consent plugins show. */
function declare_cookie(): void
{
    if (function_exists('wp_add_cookie_info')) {
        $purpose = __('Remembers which recommended products were clicked, so that an order can tell.', 'luxebrain');
        wp_add_cookie_info(COOKIE, 'LuxeBrain', 'statistics', __('30 days', 'luxebrain'), $purpose);
    }
}
