<?php

/**
 * Where widgets come by themselves. What fires where was recorded from WooCommerce 9.9.5 in a block theme and a classic one:
 * the block cart fires no hook of the classic cart, the other places fire the same hooks in both; home pages fire none of WooCommerce's.
 * That the classic cart says when it is empty is from WooCommerce's template cart/cart-empty.php.
 */

namespace LuxeBrain\Places;

use LuxeBrain\Settings;
use LuxeBrain\Widget;

defined('ABSPATH') || exit;

function start(): void
{
    add_action('woocommerce_after_single_product_summary', __NAMESPACE__ . '\\on_product', 15);
    add_action('woocommerce_after_cart', __NAMESPACE__ . '\\on_classic_cart');
    add_action('woocommerce_cart_is_empty', __NAMESPACE__ . '\\on_empty_cart', 20);
    add_filter('render_block_woocommerce/cart', __NAMESPACE__ . '\\after_cart_block');
    add_action('woocommerce_thankyou', __NAMESPACE__ . '\\on_thank_you', 20);
    add_action('woocommerce_after_shop_loop', __NAMESPACE__ . '\\on_shop', 20);
    add_action('get_footer', __NAMESPACE__ . '\\above_footer');
    add_filter('render_block_core/template-part', __NAMESPACE__ . '\\before_footer_block', 10, 2);
}

function on_product(): void
{
    $product = Widget\current_product() ?: global_product();
    if ($product > 0) {
        show('product_together', ['product' => $product]);
        show('product_similar', ['product' => $product]);
    }
}

function on_classic_cart(): void
{
    show('cart', ['cart' => Widget\cart_products()]);
}

function on_empty_cart(): void
{
    show('empty_cart', []);
}

/** The block cart is one block, whether there is something in it or not. */
function after_cart_block(string $block): string
{
    $cart = Widget\cart_products();
    return $block . ($cart ? html('cart', ['cart' => $cart]) : html('empty_cart', []));
}

/**
 * @param int|string $order_id
 */
function on_thank_you($order_id): void
{
    $order = wc_get_order($order_id);
    if (!$order) {
        return;
    }
    $bought = [];
    foreach ($order->get_items() as $line) {
        $bought[] = (int) $line->get_product_id(); // 0 once the product is gone
    }
    show('thank_you', ['order' => (int) $order->get_id(), 'cart' => array_values(array_unique(array_filter($bought)))]);
}

function on_shop(): void
{
    if (is_shop() && $GLOBALS['wp_query']->found_posts) {
        show('shop', []);
    }
}

/** In a classic theme: above its footer. */
function above_footer(): void
{
    foreach (before_footer() as $place) {
        show($place, []);
    }
}

/**
 * What stands at the end of pages that have no hook of WooCommerce's.
 *
 * @return string[]
 */
function before_footer(): array
{
    if (is_404()) {
        return ['not_found'];
    }
    if (is_search() && !$GLOBALS['wp_query']->found_posts) {
        return ['no_results'];
    }
    return is_home_page() ? ['home', 'home_viewed'] : [];
}

/** A block theme never calls get_footer(): its footer is a template part. */
function before_footer_block(string $html, array $block): string
{
    $is_footer = strpos((string) ($block['attrs']['slug'] ?? ''), 'footer') === 0 || ($block['attrs']['area'] ?? '') === 'footer';
    if (!$is_footer) {
        return $html;
    }
    $widgets = '';
    foreach (before_footer() as $place) {
        $widgets .= html($place, []);
    }
    return $widgets . $html;
}

function is_home_page(): bool
{
    return is_front_page() && !is_shop();
}

function global_product(): int
{
    $product = $GLOBALS['product'] ?? null;
    return $product instanceof \WC_Product ? (int) $product->get_id() : 0;
}

function show(string $place, array $about): void
{
    echo wp_kses(html($place, $about), Widget\ALLOWED_HTML);
}

/** What the settings want at this place; each place once a page, whatever a theme fires twice. */
function html(string $place, array $about): string
{
    static $shown = [];
    $chosen = Settings\read()['places'][$place] ?? ['is_on' => false, 'title' => ''];
    if (isset($shown[$place]) || !$chosen['is_on']) {
        return '';
    }
    $shown[$place] = true;
    return Widget\html(Settings\places()[$place]['placement'], $about + ['title' => $chosen['title']]);
}
