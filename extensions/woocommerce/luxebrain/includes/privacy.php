<?php

/**
 * WordPress's tools for personal data: the suggested text, the export and the erasure of what this plugin keeps on a person's orders.
 */

namespace LuxeBrain\Privacy;

use LuxeBrain\Attribution;
use LuxeBrain\OptIn;

defined('ABSPATH') || exit;

const PER_PAGE = 20;

function start(): void
{
    add_action('admin_init', __NAMESPACE__ . '\\suggest_text');
    add_filter('wp_privacy_personal_data_exporters', __NAMESPACE__ . '\\with_exporter');
    add_filter('wp_privacy_personal_data_erasers', __NAMESPACE__ . '\\with_eraser');
}

function suggest_text(): void
{
    $text = __(
        'Product recommendations come from our LuxeBrain service: your browser sends it the numbers of the product you look at or of those '
        . 'in your cart, of what you looked at before in this shop and, if you are logged in, of what you bought, as far as the shop asks for '
        . 'that, and as with any request your IP address. It is told which recommendations were seen, clicked and added to the cart, without '
        . 'your name or a number for you. What you looked at stays in your browser. If you click a recommendation, the cookie “luxebrain” '
        . 'remembers it for 30 days, and your order keeps it. If you agree to marketing e-mail at checkout, your order keeps your answer, its '
        . 'wording and the time.',
        'luxebrain'
    );
    wp_add_privacy_policy_content('LuxeBrain', wpautop(esc_html($text)));
}

function with_exporter(array $exporters): array
{
    $exporters['luxebrain'] = ['exporter_friendly_name' => 'LuxeBrain', 'callback' => __NAMESPACE__ . '\\export'];
    return $exporters;
}

function with_eraser(array $erasers): array
{
    $erasers['luxebrain'] = ['eraser_friendly_name' => 'LuxeBrain', 'callback' => __NAMESPACE__ . '\\erase'];
    return $erasers;
}

function export(string $email, int $page = 1): array
{
    $orders = orders_of($email, $page);
    $exported = array_values(array_filter(array_map(__NAMESPACE__ . '\\exported', $orders)));
    return ['data' => $exported, 'done' => count($orders) < PER_PAGE];
}

function exported(\WC_Order $order): array
{
    $lines = [];
    if ($order->get_meta(Attribution\META) !== '') {
        $lines[] = ['name' => __('Recommendations clicked before the order', 'luxebrain'), 'value' => $order->get_meta(Attribution\META)];
    }
    $record = OptIn\find_record($order);
    if ($record) {
        $lines[] = ['name' => __('Marketing opt-in', 'luxebrain'), 'value' => "{$record['wording']} ({$record['at']})"];
    }
    $group = ['group_id' => 'luxebrain', 'group_label' => 'LuxeBrain', 'item_id' => 'order-' . $order->get_id()];
    return $lines ? $group + ['data' => $lines] : [];
}

/** Clicks go. A yes to marketing stays as long as the order: it is what the shop proves its right by. */
function erase(string $email, int $page = 1): array
{
    $orders = orders_of($email, $page);
    $removed = $retained = false;
    foreach ($orders as $order) {
        if ($order->get_meta(Attribution\META) !== '') {
            $order->delete_meta_data(Attribution\META);
            $order->save_meta_data();
            $removed = true;
        }
        $retained = $retained || OptIn\find_record($order) !== null;
    }
    $kept = __('The record of a marketing opt-in stays with the order, as proof that it was given.', 'luxebrain');
    return [
        'items_removed' => $removed,
        'items_retained' => $retained,
        'messages' => $retained ? [$kept] : [],
        'done' => count($orders) < PER_PAGE,
    ];
}

/**
 * @return \WC_Order[]
 */
function orders_of(string $email, int $page): array
{
    return wc_get_orders([
        'type' => 'shop_order',
        'billing_email' => $email,
        'limit' => PER_PAGE,
        'page' => $page,
        'orderby' => 'ID',
        'order' => 'ASC',
    ]);
}
