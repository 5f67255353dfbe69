<?php

/**
 * Stand-in for WooCommerce's pages: which hook fires where, as recorded from WooCommerce 9.9.5 in a block theme and a classic one.
 */

defined('ABSPATH') || exit;

function is_shop()
{
    return is_post_type_archive('product');
}

function stand_in_hook($hook, ...$arguments)
{
    ob_start();
    do_action($hook, ...$arguments);
    return ob_get_clean();
}

// A product's page fires this once; a theme that fires it twice is not unheard of.
add_filter('the_content', function ($content) {
    if (!is_singular('product') || get_the_ID() !== get_queried_object_id()) {
        return $content;
    }
    return $content . stand_in_hook('woocommerce_after_single_product_summary') . stand_in_hook('woocommerce_after_single_product_summary');
}, 99);

// The shop: the loop's end in a classic theme, the query block in a block theme.
add_action('loop_end', function ($query) {
    if (!wp_is_block_theme() && $query->is_main_query() && is_shop()) {
        do_action('woocommerce_after_shop_loop');
    }
});
add_filter('render_block_core/query', function ($html) {
    return is_shop() ? $html . stand_in_hook('woocommerce_after_shop_loop') : $html;
});

add_action('init', function () {
    add_shortcode('woocommerce_cart', function () {
        if (!WC()->cart->get_cart()) {
            return stand_in_hook('woocommerce_cart_is_empty');
        }
        return '<form class="woocommerce-cart-form"></form>' . stand_in_hook('woocommerce_after_cart');
    });
    add_shortcode('woocommerce_checkout', 'stand_in_checkout_page');
    register_block_type('woocommerce/cart', ['render_callback' => function () {
        return '<div class="wp-block-woocommerce-cart"></div>';
    }]);
});

/** The form; or, after an order, the thank-you page of whoever has its key. */
function stand_in_checkout_page()
{
    $order = wc_get_order(absint($_GET['order-received'] ?? 0));
    if ($order && hash_equals((string) $order->get_meta('_order_key'), (string) ($_GET['key'] ?? ''))) {
        return '<p>Thank you.</p>' . stand_in_hook('woocommerce_thankyou', $order->get_id());
    }
    $html = '<form class="woocommerce-checkout" method="post">';
    foreach (stand_in_checkout_fields() as $group) {
        foreach ($group as $name => $field) {
            $html .= "<label><input type=\"{$field['type']}\" name=\"$name\"> " . wp_kses_post($field['label']) . '</label>';
        }
    }
    return $html . '</form>';
}
