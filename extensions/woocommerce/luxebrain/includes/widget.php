<?php

/**
 * One widget: an empty element that names what to ask for, and the one script, which ships with this plugin and fills it in the browser.
 * The script is asked for where a widget is made, since block themes render their templates before wp_enqueue_scripts.
 */

namespace LuxeBrain\Widget;

use LuxeBrain\Settings;

defined('ABSPATH') || exit;

const SCRIPT = 'luxebrain';
const PLACEMENTS = [
    'similar', 'bought_together', 'cart', 'thank_you', 'empty_cart', 'trending', 'best_sellers', 'recently_viewed', 'for_you', 'not_found',
    'no_results',
];
const MOST_BOUGHT = 20;
const ALLOWED_HTML = ['div' => ['class' => true, 'data-*' => true]];

function start(): void
{
    add_action('init', __NAMESPACE__ . '\\register_script');
    add_filter('script_loader_tag', __NAMESPACE__ . '\\as_module', 10, 2);
    add_shortcode('luxebrain', __NAMESPACE__ . '\\shortcode');
}

function register_script(): void
{
    wp_register_script(SCRIPT, plugins_url('assets/luxebrain.js', \LuxeBrain\FILE), [], \LuxeBrain\VERSION, true);
}

/** A module waits for the page by itself; `defer` says so to whoever looks for it. */
function as_module(string $tag, string $handle): string
{
    if ($handle !== SCRIPT) {
        return $tag;
    }
    $untyped = (string) preg_replace('/\s(?:type=([\'"]).*?\1|defer\b)/', '', $tag);
    return str_replace('<script', '<script type="module" defer', $untyped);
}

/**
 * "" while the settings lack the key or the address, and for a placement that LuxeBrain does not know.
 *
 * @param array{product?: int, cart?: int[], order?: int, title?: string} $about
 */
function html(string $placement, array $about = []): string
{
    if (!Settings\is_set_up() || !in_array($placement, PLACEMENTS, true)) {
        return '';
    }
    wp_enqueue_script(SCRIPT);
    $settings = Settings\read();
    $marks = [
        'luxebrain-placement' => $placement,
        'product' => (string) ($about['product'] ?? ''),
        'cart' => implode(',', $about['cart'] ?? []),
        'order' => (string) ($about['order'] ?? ''),
        'title' => $about['title'] ?? '',
        'consent' => $settings['consent'],
        'bought' => $settings['consent'] === 'customer' ? implode(',', bought_products()) : '',
        'store' => $settings['public_key'],
        'api' => $settings['address'] . '/widgets/v1/',
    ];
    $html = '<div class="luxebrain-place alignwide"';
    foreach (array_filter($marks, 'strlen') as $name => $value) {
        $html .= " data-$name=\"" . esc_attr($value) . '"';
    }
    return $html . '></div>';
}

/**
 * [luxebrain placement="similar" product="24" title="You may also like"]; without a product that of the page counts.
 *
 * @param array<string, string>|string $given
 */
function shortcode($given): string
{
    $given = shortcode_atts(['placement' => 'similar', 'product' => '', 'title' => ''], is_array($given) ? $given : [], 'luxebrain');
    return anywhere($given['placement'], absint($given['product']), $given['title']);
}

/** For a shortcode or a block: what it is about is taken from the page. */
function anywhere(string $placement, int $product, string $title): string
{
    $about = ['title' => Settings\one_line($title)];
    if ($placement === 'cart' || $placement === 'thank_you') {
        $about['cart'] = cart_products();
    } elseif ($product > 0 || current_product() > 0) {
        $about['product'] = $product > 0 ? $product : current_product();
    }
    return html($placement, $about);
}

/** The product that the page is about; 0 for none. */
function current_product(): int
{
    return is_singular('product') ? (int) get_queried_object_id() : 0;
}

/**
 * What a customer who is logged in bought last, latest first; nothing for guests, whose pages may be cached for everybody.
 *
 * @return int[]
 */
function bought_products(): array
{
    static $bought = null;
    if ($bought !== null || !is_user_logged_in()) {
        return $bought ?? [];
    }
    $orders = wc_get_orders(['customer_id' => get_current_user_id(), 'status' => ['processing', 'completed'], 'limit' => 5]);
    $bought = [];
    foreach ($orders as $order) {
        foreach ($order->get_items() as $line) {
            $bought[] = (int) $line->get_product_id(); // 0 once the product is gone
        }
    }
    $bought = array_slice(array_values(array_unique(array_filter($bought))), 0, MOST_BOUGHT);
    return $bought;
}

/**
 * Each product once, the parent of a variation.
 *
 * @return int[]
 */
function cart_products(): array
{
    $cart = WC()->cart ? WC()->cart->get_cart() : [];
    return array_values(array_unique(array_map('intval', array_column($cart, 'product_id'))));
}
